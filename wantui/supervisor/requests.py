"""What clients may ask of the supervisor: one function an operation, from a JSON document to a JSON document."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import wantui
from wantui.jobs.codec import run_from_document, run_to_document, spec_from_document
from wantui.jobs.model import Job, JobError, JobState, Run, RunKind
from wantui.supervisor import queue_requests
from wantui.supervisor.attempts import go_on, kinds_to_retry, queue_again

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.jobs.fields import Fields
    from wantui.supervisor.engine import Engine

Document = dict[str, Any]


def hello(engine: Engine, _: Fields) -> Document:
    """Who answers: lets a client of another version replace this supervisor."""
    return {
        "version": wantui.__version__,
        "pid": os.getpid(),
        "runs": sorted(engine.queue.runs),
        "trouble": engine.trouble or engine.machine.trouble or engine.notice,
    }


def submit(engine: Engine, request: Fields) -> Document:
    """Take a run into the queue.

    Args:
        engine: takes it.
        request: ``kind``, ``settings`` and ``jobs``, a list of job specifications in the order of their needs;
            ``replaces`` as `Job.replaces`; ``held`` and ``after`` as `Run.held` and `Run.after`.
    """
    replaces = request.flag("replaces")
    after = request.integers("after")
    for other in after:
        engine.queue.store.get(other)
    specs = [spec_from_document(document) for document in request.items("jobs")]
    kind, settings = RunKind(request.text("kind")), request.mapping("settings")
    number = engine.queue.store.create_folder()
    now = time.time()
    jobs = tuple(
        Job(f"{number}.{spec.kind}", number, spec, JobState.QUEUED, now, argv=spec.argv, replaces=replaces)
        for spec in specs
    )
    order = engine.queue.last_place(number)
    run = Run(number, kind, now, settings, jobs, order, request.flag("held"), tuple(dict.fromkeys(after)))
    try:
        run_from_document(run_to_document(run))  # what could not be read again is not taken
        engine.queue.add(run)
    except (OSError, ValueError, JobError):
        engine.queue.store.discard_folder(number)
        raise
    return {"run": run_to_document(run)}


def stop(engine: Engine, request: Fields) -> Document:
    """End a job, or every job of a run, or take it out of the queue."""
    run, job = engine.queue.find(request.text("name"))
    wanted = [job] if job is not None else list(run.jobs)
    stopped = [each.id for each in wanted if not each.state.has_ended]
    for job_id in reversed(stopped):  # experts before the caches that they wait for: nothing starts in between
        engine.stop(next(each for each in engine.queue.runs[run.number].jobs if each.id == job_id))
    return {"stopped": stopped}


def retry(engine: Engine, request: Fields) -> Document:
    """Queue a job, or every job of a run that is not good, again with the same settings.

    The cache jobs of the run go through their hooks again as well: see `wantui.supervisor.attempts`.
    """
    run, job = engine.queue.find(request.text("name"))
    if not run.has_ended and engine.queue.is_held(run):
        return _released(engine, run)
    wanted = kinds_to_retry(run, job)
    if not wanted:
        what = job.id if job is not None else f"run {run.number}"
        raise JobError(f"{what} has nothing to retry: " + ", ".join(f"{each.id} {each.state}" for each in run.jobs))
    engine.queue.add(queue_again(run, wanted, replaces=request.flag("replaces")))
    return {"run": run_to_document(engine.queue.store.get(run.number))}


def resume(engine: Engine, request: Fields) -> Document:
    """Let ended jobs of a run go on from what they have saved.

    Args:
        engine: takes them.
        request: ``run``; ``jobs``, the changes of each job (`Job.changes`) by its kind; ``anew`` as in `go_on`.
    """
    run, _ = engine.queue.find(str(request.integer("run")))
    jobs = request.inner("jobs")
    changes = {job.kind: jobs.mapping(job.kind) for job in run.jobs if jobs.has(job.kind)}
    going = [job.id for job in run.jobs if job.kind in changes and not job.state.has_ended]
    if going:
        raise JobError(f"{' and '.join(going)} {'has' if len(going) == 1 else 'have'} not ended")
    engine.queue.add(go_on(run, changes, anew=request.flag("anew")))
    return {"run": run_to_document(engine.queue.store.get(run.number))}


def end_after(engine: Engine, request: Fields) -> Document:
    """Let jobs end by themselves after an epoch; ``jobs`` has the epochs by kind, null: not any more."""
    run, _ = engine.queue.find(str(request.integer("run")))
    jobs = request.inner("jobs")
    named = [job for job in run.jobs if jobs.has(job.kind) and not job.state.has_ended]
    for job in named:
        engine.end_after(job, jobs.integer_or_none(job.kind))
    return {"jobs": [job.id for job in named]}


def release(engine: Engine, request: Fields) -> Document:
    """Let a held run go on, whoever holds it: from now on it is one that this user has started."""
    run, _ = engine.queue.find(str(request.integer("run")))
    if run.has_ended or not (run.held or engine.queue.is_held(run)):
        raise JobError(f"run {run.number} is not held: " + ", ".join(f"{job.id} {job.state}" for job in run.jobs))
    return _released(engine, run)


def _released(engine: Engine, run: Run) -> Document:
    jobs = tuple(replace(job, reason=None) if job.is_held or job.is_held_by_hand else job for job in run.jobs)
    released = replace(run, jobs=jobs, held=False)
    engine.queue.add(released)
    return {"run": run_to_document(released)}


def shut_down(engine: Engine, _: Fields) -> Document:
    """Leave; trainers run on."""
    return {"running": [job.id for run in engine.queue.runs.values() for job in run.jobs if job.state.is_active]}


OPERATIONS: dict[str, Callable[[Engine, Fields], Document]] = {
    "hello": hello,
    "submit": submit,
    "stop": stop,
    "retry": retry,
    "resume": resume,
    "end_after": end_after,
    "release": release,
    "shutdown": shut_down,
    "move": queue_requests.move,
    "hold": queue_requests.hold,
    "pause": queue_requests.pause,
    "go": queue_requests.go,
}


def answer(engine: Engine, name: str, request: Fields) -> Document:
    """Carry out the operation `name`; what goes wrong becomes an ``error`` sentence."""
    operation = OPERATIONS.get(name)
    if operation is None:
        return {"error": f"unknown request {name[:40]!r}; this supervisor is wantui {wantui.__version__}"}
    try:
        return operation(engine, request)
    except JobError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": f"{engine.queue.workspace.state}: {error.strerror}; nothing was started or changed"}
    except ValueError as error:
        return {"error": f"a request that cannot be read: {error}"}
