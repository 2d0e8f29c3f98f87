"""The runs that have not ended, as they are now, and their records on disk.

What has happened already is true whether or not the disk takes it at the moment: it is kept in memory, and written as
soon as that goes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wantui.jobs import pause, trust
from wantui.jobs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.jobs.model import Job, Run
    from wantui.paths import Workspace

READ_AGAIN_S = 2.0
"""How often to look for runs on disk that are not known."""


class RunQueue:
    """The queue of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = RunStore(workspace)
        self.runs: dict[int, Run] = {}
        """The runs that have not ended; the others are only on disk."""
        self.errors: list[str] = []
        """What the disk has refused since somebody last emptied this list."""
        self._reads_again_at = 0.0
        self._approved: set[int] = set()
        """Runs of which it is known that this user has started them."""
        self._unwritten: set[int] = set()
        """Runs whose record on disk is older than what is known."""

    # -- what is in it ---------------------------------------------------------------------------------------------

    def find(self, name: str) -> tuple[Run, Job | None]:
        """The run, or the job of a run, that is called `name`, as it is now.

        Raises:
            JobError: there is none.
        """
        run, job = self.store.find(name)
        run = self.runs.get(run.number, run)
        return run, job if job is None else run.job(job.kind)

    def jobs(self, wanted: Callable[[Job], bool]) -> list[Job]:
        """The jobs that are `wanted`, of all runs."""
        return [job for run in self.runs.values() for job in run.jobs if wanted(job)]

    def current(self, job: Job) -> Job:
        """`job` as it is now."""
        run = self.runs.get(job.run)
        return job if run is None else run.job(job.kind) or job

    def in_order(self) -> list[Run]:
        """The runs that have not ended, in the order in which they get GPUs."""
        return sorted((run for run in self.runs.values() if not run.has_ended), key=lambda run: run.place)

    def last_place(self, number: int) -> float | None:
        """`Run.order` of a new run, behind all others; None where its number puts it there."""
        last = max((run.place[0] for run in self.runs.values()), default=0.0)
        return None if last < number else last + 1

    def is_held(self, run: Run) -> bool:
        """Whether nothing of `run` may be executed until a person releases it."""
        if run.number not in self._approved and trust.is_approved(run):
            self._approved.add(run.number)
        return run.number not in self._approved

    def is_paused(self) -> bool:
        """Whether nothing may start; where that cannot be told, nothing does."""
        try:
            return pause.is_paused(self.workspace)
        except OSError as error:
            why = error.strerror or error
            self.errors.append(f"{self.workspace.state}: {why}: whether the queue is paused is not known")
            return True

    # -- what becomes of it ----------------------------------------------------------------------------------------

    def add(self, run: Run) -> None:
        """Take `run`, new or with jobs to be tried again, into the queue, as one that this user has started.

        Raises:
            JobError: that cannot be recorded.
            OSError: it cannot be written down; nothing has changed.
        """
        trust.approve(run)
        self.change(run)

    def change(self, run: Run) -> None:
        """Take `run` as it is now for true: where it stands in the queue, and what it waits for.

        Raises:
            OSError: it cannot be written down; nothing has changed.
        """
        self.store.write(run)
        self.runs[run.number] = run

    def begin(self, job: Job) -> None:
        """Take it for true that `job` is about to start.

        Raises:
            OSError: it cannot be written down, so it must not start; it is kept as starting until it is given back.
        """
        self.runs[job.run] = self.runs[job.run].with_job(job)
        self.store.write(self.runs[job.run])

    def keep(self, job: Job) -> Job:
        """Take `job` as it is now for true, and write it down; what cannot be written now is written later."""
        self.keep_run(self.runs[job.run].with_job(job))
        return job

    def keep_run(self, run: Run) -> None:
        """Take `run` as it is now for true, as `keep` does with a job."""
        self.runs[run.number] = run
        self._write(run.number)

    def refresh(self) -> None:
        """Write what could not be written so far, and read the runs that are not known here."""
        for number in sorted(self._unwritten):
            self._write(number)
        self.take_up()

    def take_up(self) -> None:
        """Read the runs that have not ended and are not known here, now and then.

        That is all of them at the start; later those whose record could not be read then, because the workspace was
        renamed or its disk was away, and those that another supervisor took before its lock was found removed.
        """
        if time.monotonic() < self._reads_again_at:
            return
        self._reads_again_at = time.monotonic() + READ_AGAIN_S
        for run in self.store.runs():
            if not run.has_ended:
                self.runs.setdefault(run.number, run)

    def _write(self, number: int) -> None:
        """Write a run down, and forget it once it has ended."""
        run = self.runs[number]
        try:
            self.store.write(run)
        except OSError as error:
            self._unwritten.add(number)
            self.errors.append(f"{self.workspace.state}: {error.strerror or error}")
            return
        self._unwritten.discard(number)
        if run.has_ended:
            del self.runs[number]
