"""Another attempt: jobs that have ended go back into the queue."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.jobs.model import JobState, PastAttempt

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from wantui.jobs.model import Job, JobKind, Run


def kinds_to_retry(run: Run, job: Job | None) -> set[JobKind]:
    """What a retry of `job`, or where that is None of `run`, starts again; the jobs that these need not counted."""
    if job is not None:
        return {job.kind} if job.state.has_ended else set()
    return {each.kind for each in run.jobs if each.state.has_ended and not each.state.is_good}


def queue_again(run: Run, kinds: Collection[JobKind], *, replaces: bool = False) -> Run:
    """`run` with the ended jobs of `kinds`, and those that they need, back in the queue.

    What a cache job once encoded may have changed since, so the jobs that are needed go through their hooks again.

    Args:
        run: with jobs that have ended.
        kinds: of the jobs that are wanted again.
        replaces: `Job.replaces` of these attempts.
    """
    wanted = set(kinds)
    for job in run.jobs:
        if job.kind in kinds:
            wanted |= needs_of(run, job)
    jobs = tuple(
        replace(attempted_again(job), replaces=replaces, end_after=None)
        if job.kind in wanted and job.state.has_ended
        else job
        for job in run.jobs
    )
    return replace(run, jobs=jobs, held=run.held and not run.has_ended)


def go_on(run: Run, changes: Mapping[JobKind, dict[str, Any]], *, anew: bool) -> Run:
    """`run` with some ended jobs back in the queue, to go on from what they have saved.

    Args:
        run: with jobs that have ended.
        changes: `Job.changes`, by the jobs that go on.
        anew: whether the jobs that they need go first once more; else these stay as they are, and what they handed
            over is used again.
    """
    held = run.held and not run.has_ended
    if anew:
        run = queue_again(run, changes)
    else:
        run = replace(
            run,
            jobs=tuple(
                replace(attempted_again(job), detached=job.detached, end_after=None) if job.kind in changes else job
                for job in run.jobs
            ),
        )
    for kind, changed in changes.items():
        if (job := run.job(kind)) is not None:
            run = run.with_job(replace(job, changes=changed))
    return replace(run, held=held)


def needs_of(run: Run, job: Job) -> set[JobKind]:
    """The kinds of jobs that must be good before `job`, directly or not."""
    needs = set(job.spec.needs)
    for other in run.jobs:
        if other.kind in job.spec.needs:
            needs |= needs_of(run, other)
    return needs


def unstarted(job: Job) -> Job:
    """`job` in the queue, as if it had never been given a GPU; the attempt stays the same."""
    return replace(
        job,
        state=JobState.QUEUED,
        argv=job.spec.argv,
        env={},
        gpu=None,
        gpu_uuid=None,
        pid=None,
        shim=None,
        started=None,
        ended=None,
        exit_code=None,
        stopping=False,
        detached=False,
        launcher=(),
        node=None,
        ticket=None,
        interruption=None,
    )


def attempted_again(job: Job, reason: str | None = None, cause: str | None = None, pause_s: float = 0.0) -> Job:
    """`job` in the queue once more, for an attempt with files of its own.

    Args:
        job: that has ended, or is about to.
        reason: why it has ended; None: its own reason says so.
        cause: `PastAttempt.cause`.
        pause_s: seconds until it may start.
    """
    now = time.time()
    past = PastAttempt(job.attempt, job.started, job.ended or now, job.exit_code, reason or job.reason, cause)
    return replace(
        unstarted(job),
        queued=now,
        attempt=job.attempt + 1,
        reason=reason,
        replaces=False,
        not_before=now + pause_s if pause_s > 0 else None,
        past=(*job.past, past),
    )
