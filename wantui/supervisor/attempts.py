"""Another attempt: jobs that have ended go back into the queue."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.jobs.model import JobState

if TYPE_CHECKING:
    from collections.abc import Collection

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
        replace(attempted_again(job), replaces=replaces) if job.kind in wanted and job.state.has_ended else job
        for job in run.jobs
    )
    return replace(run, jobs=jobs, held=run.held and not run.has_ended)


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
    )


def attempted_again(job: Job) -> Job:
    """`job` in the queue once more, for an attempt with files of its own."""
    return replace(unstarted(job), queued=time.time(), attempt=job.attempt + 1, reason=None, replaces=False)
