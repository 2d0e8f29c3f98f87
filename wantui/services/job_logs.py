"""The logs of jobs: as a person reads them, or as they were written."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.formatting import plain_plural
from wantui.jobs.model import JobError
from wantui.jobs.store import job_files
from wantui.runs.attempt_logs import AttemptLog
from wantui.runs.board import Board
from wantui.runs.log_reading import followed, lines, written
from wantui.runs.log_times import kept_times
from wantui.runs.run_log import joined
from wantui.runs.summary import trainer_kind
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.runs.log_reading import Attempts, Look
    from wantui.runs.run_log import RunLine

LOG_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class JobLog:
    """A job's log as a person reads it."""

    job: Job
    path: Path
    """Of the present attempt, or of the one that was asked for."""
    lines: Iterable[list[str]]
    """What is in it, some lines at a time as they come."""


@dataclass(frozen=True, slots=True)
class RawLog:
    """A job's log, as the job writes it."""

    job: Job
    path: Path
    """As in `JobLog`."""
    chunks: Iterable[bytes]
    """What is in it, piece by piece as it comes."""


@dataclass(frozen=True, slots=True)
class RunLog:
    """The logs of all jobs of a run as one."""

    jobs: tuple[str, ...]
    """Their ids."""
    lines: Iterable[RunLine]
    """What is in them, line by line as it comes."""


class JobLogs:
    """The logs of a workspace's jobs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._board = Board(workspace)

    def log(self, name: str, *, follows: bool = False, attempt: int | None = None) -> JobLog:
        """The log of a job, all attempts in one, with absolute numbers; a supervisor is seen to where one is needed.

        Args:
            name: of the job.
            follows: whether it goes on until the job has ended, through all attempts that are still to come.
            attempt: the one that is wanted; None: all.

        Raises:
            JobError: there is no such job or attempt, or it is a run.
        """
        job = self._job_with(name, attempt)
        found = self._attempts(job, attempt or 1, attempt, follows=follows)
        return JobLog(job, self._log_path(job, attempt), lines(found, marks=attempt is None))

    def raw_log(self, name: str, *, follows: bool = False, attempt: int | None = None) -> RawLog:
        """The log of the present attempt at a job as it was written; arguments and errors as with `log`."""
        job = self._job_with(name, attempt)
        found = self._attempts(job, attempt or job.attempt, attempt, follows=follows)
        return RawLog(job, self._log_path(job, attempt), (chunk for _, chunks in found for chunk in chunks))

    def run_log(self, number: int, *, follows: bool = False) -> RunLog:
        """The logs of all jobs of a run as one, in the order of their times as far as the history knows them.

        Args:
            number: of the run.
            follows: whether it goes on until all jobs have ended.

        Raises:
            JobError: there is no such run.
        """
        with explained():
            client.wake(self._workspace)
            jobs = self._board.store.get(number).jobs
        looks = [self._look_at(job) for job in jobs]
        times = [kept_times(self._workspace, job) for job in jobs]
        pause = (lambda: time.sleep(LOG_LOOK_S)) if follows else None
        return RunLog(tuple(job.id for job in jobs), joined(looks, times, pause))

    def _job_with(self, name: str, attempt: int | None) -> Job:
        """A job that has had an attempt of that number."""
        with explained():
            client.wake(self._workspace)
            _, job = self._board.store.find(name)
        if job is None:
            raise JobError(f"{name} is a run; name one of its jobs, as in {name}.high")
        if attempt is not None and attempt > job.attempt:
            raise JobError(f"{name} has had {plain_plural(job.attempt, 'attempt')}; there is no attempt {attempt}")
        return job

    def _log_path(self, job: Job, attempt: int | None) -> Path:
        return job_files(self._workspace, replace(job, attempt=attempt or job.attempt)).log

    def _attempts(self, job: Job, first: int, last: int | None, *, follows: bool) -> Attempts:
        look = self._look_at(job)
        if follows:
            return followed(look, lambda: time.sleep(LOG_LOOK_S), first=first, last=last)
        return written(look, first=first, last=last)

    def _look_at(self, job: Job) -> Look:
        """What answers with a job as it is now, and the logs of its attempts."""

        def look() -> tuple[Job, tuple[AttemptLog, ...]]:
            with explained():
                run, now = self._board.store.find(job.id)
                now = now or job
                begun = self._board.logs_of(now, trainer_kind(run))
            path = self._log_path(now, None)
            return now, begun or (AttemptLog(now.attempt, path),)

        return look
