"""``jobs``, ``logs``, ``stop``, ``retry``, ``wait``: what runs and ran."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED, complain
from wantui.cli.watch import watch
from wantui.jobs.logs import Folder, follow, read
from wantui.jobs.model import JobError
from wantui.jobs.store import RunStore, job_files
from wantui.runs.board import Board
from wantui.runs.output_names import NamesInUseError, retry_meets
from wantui.supervisor import client

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from wantui.paths import Workspace

RECENT = 5
"""How many ended runs are listed without ``--all``, besides those that have not ended."""
STOP_S = 15.0
"""How long to wait for a job to be gone: SIGKILL follows SIGTERM after 5 s."""
LOOK_S = 0.1


def jobs(workspace: Workspace, options: argparse.Namespace) -> int:
    """List jobs, the latest run last."""
    client.wake(workspace)
    board = Board(workspace)
    runs = board.store.runs()
    if not options.all:
        recent = {run.number for run in [run for run in runs if run.has_ended][-RECENT:]}
        runs = tuple(run for run in runs if not run.has_ended or run.number in recent)
    views = [view for run in runs for view in board.of(run)]
    for trouble in board.store.broken.values():
        complain(trouble)
    in_force = client.status(workspace)
    if in_force.trouble:
        complain(f"what is listed may be old: {in_force.trouble}")
    if options.json:
        show.document([view.document() for view in views])
    elif views:
        show.table([show.job_line(view) for view in views])
    else:
        print("no runs yet; `wantui train` starts one")
    return DONE


def logs(workspace: Workspace, options: argparse.Namespace) -> int:
    """Print a job's log."""
    client.wake(workspace)
    store = RunStore(workspace)
    _, job = store.find(options.job)
    if job is None:
        raise JobError(f"{options.job} is a run; name one of its jobs, as in {options.job}.high")
    files = job_files(workspace, job)

    def goes_on() -> bool:
        return not store.find(job.id)[1].state.has_ended  # type: ignore[union-attr]  # it was there a moment ago

    chunks = follow(files.log, goes_on, lambda: time.sleep(LOOK_S)) if options.follow else read(files.log)
    _print(chunks, raw=options.raw)
    if not options.follow and not files.log.exists():
        complain(f"{job.id} has no log: it is {job.state}" + (f", {job.reason}" if job.reason else ""))
    return DONE


def _print(chunks: Iterable[bytes], *, raw: bool) -> None:
    folder = Folder()
    for chunk in chunks:
        if raw:
            sys.stdout.buffer.write(chunk)
        else:
            for line in folder.feed(chunk):
                print(line)
        sys.stdout.flush()
    if not raw and folder.rest():
        print(folder.rest())


def stop(workspace: Workspace, options: argparse.Namespace) -> int:
    """End a job or run and wait until it is gone."""
    store = RunStore(workspace)
    store.find(options.name)
    stopped = client.stop(workspace, options.name)
    if not stopped:
        print(f"{options.name} has ended already")
        return DONE
    deadline = time.monotonic() + STOP_S
    left = stopped
    while left and time.monotonic() < deadline:
        time.sleep(LOOK_S)
        left = [name for name in left if not _has_ended(store, name)]
    for name in stopped:
        print(f"{name} {'is still being stopped' if name in left else 'stopped'}")
    return FAILED if left else DONE


def _has_ended(store: RunStore, name: str) -> bool:
    _, job = store.find(name)
    return job is None or job.state.has_ended


def retry(workspace: Workspace, options: argparse.Namespace) -> int:
    """Queue a job or run again, unless that would overwrite what was saved."""
    in_use = retry_meets(workspace, *RunStore(workspace).find(options.name))
    if in_use is not None and (in_use.writers or not options.replace):
        raise NamesInUseError(in_use, f"`wantui retry {options.name} --replace` moves them to a folder beside them")
    run = client.retry(workspace, options.name, replaces=options.replace)
    waiting = [job.id for job in run.jobs if not job.state.has_ended]
    print(f"queued again: {', '.join(waiting)}")
    return DONE


def queue(workspace: Workspace, options: argparse.Namespace) -> int:
    """Release a run that is held, after its command lines."""
    run = RunStore(workspace).get(options.run)
    waiting = [job.spec for job in run.jobs if not job.state.has_ended]
    show.commands([replace(spec, argv=command) for spec in waiting for command in spec.commands])
    run = client.release(workspace, options.run)
    print(f"released: {', '.join(job.id for job in run.jobs if not job.state.has_ended)}")
    return DONE


def wait(workspace: Workspace, options: argparse.Namespace) -> int:
    """Wait for a run."""
    RunStore(workspace).get(options.run)
    try:
        return DONE if watch(workspace, options.run, timeout=options.timeout) else FAILED
    except TimeoutError:
        complain(f"run {options.run} has not ended within {options.timeout:g} s; it goes on")
        return FAILED
