"""Waiting for a run where somebody looks on: one line for each thing that happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.jobs.model import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.jobs.model import Job
    from wantui.services.annotations import JobView
    from wantui.services.runs import Runs

PROGRESS_S = 10.0
"""How often a job that runs gets a line although nothing but its steps has changed."""


def watch(
    runs: Runs,
    number: int,
    *,
    quiet: bool = False,
    timeout: float | None = None,
    more: Callable[[JobView], str] = lambda _: "",
) -> bool:
    """Wait until run `number` has ended; whether it ended well.

    Args:
        runs: of the workspace.
        number: of the run.
        quiet: print nothing.
        timeout: seconds; None: as long as it takes.
        more: says what else is to be told of a job.

    Raises:
        JobError: there is no such run, or nobody can look after it.
        TimeoutError: it has not ended by then.
    """
    teller = None if quiet else _Teller(more)
    is_good = False
    for run in runs.watch(number, timeout=timeout):
        if teller is not None:
            for view in runs.jobs_of(run):
                teller.look_at(view)
        is_good = run.is_good
    return is_good


class _Teller:
    """Prints a job when its state or reason changes, and now and then while it runs."""

    def __init__(self, more: Callable[[JobView], str]) -> None:
        self._more = more
        self._told: dict[str, tuple[JobState, str | None, int | None]] = {}
        self._told_at: dict[str, float] = {}
        self._warned: set[tuple[str, int, str]] = set()

    def look_at(self, view: JobView) -> None:
        job = view.job
        if job.state is JobState.STARTING or (job.state is JobState.QUEUED and job.reason is None):
            return  # a moment later there is more to tell
        for warning in view.progress.warnings:
            self._warn(job, warning)
        fact = (job.state, job.reason, view.progress.epoch if job.state is JobState.RUNNING else None)
        now = time.monotonic()
        overdue = job.state is JobState.RUNNING and now - self._told_at.get(job.id, now) >= PROGRESS_S
        if self._told.get(job.id) == fact and not overdue:
            return
        self._told[job.id] = fact
        self._told_at[job.id] = now
        cells = [cell for cell in (*show.job_line(view), self._more(view)) if cell]
        print(f"{time.strftime('%H:%M:%S')}  {'  '.join(cells)}", flush=True)
        if job.state is JobState.SUCCEEDED:
            for path in view.progress.saved:
                print(f"          wrote {path}", flush=True)

    def _warn(self, job: Job, warning: str) -> None:
        """Print what the trainer said in passing, or wantui of another attempt; once."""
        fact = (job.id, job.attempt, warning)
        if fact not in self._warned:
            self._warned.add(fact)
            print(f"{time.strftime('%H:%M:%S')}  !  {job.id}  {warning}", flush=True)
