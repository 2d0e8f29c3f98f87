"""While a job runs: see whether it still lives, whoever started it, and notice its end."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.jobs.model import JobState
from wantui.supervisor.attempts import unstarted

if TYPE_CHECKING:
    from wantui.jobs.model import Job
    from wantui.jobs.store import ExitRecord
    from wantui.supervisor.ending import Ending
    from wantui.supervisor.machine import Machine
    from wantui.supervisor.run_queue import RunQueue


class Running:
    """Looks after the active jobs of one queue."""

    def __init__(self, queue: RunQueue, machine: Machine, ending: Ending) -> None:
        self._queue = queue
        self._machine = machine
        self._ending = ending

    def look_after(self, job: Job) -> None:
        """See how an active job is that was started, and that no hook is asked about."""
        if job.exit_code is not None:
            self._ending.ask_how_it_went(job)
            return
        seen = self._machine.see(job)
        if seen.broken is not None:
            if not seen.is_alive:
                self._ending.end(job, JobState.LOST, seen.broken)
        elif seen.ended is not None:
            self._has_ended(self._with_pid(job), seen.ended)
        elif seen.is_alive:
            self._goes_on(self._with_pid(job))
        elif seen.is_certain:
            self._is_gone(job)

    def _goes_on(self, job: Job) -> None:
        if job.state is JobState.STARTING:
            job = self._queue.keep(job.moved(JobState.RUNNING))
        if (complaint := self._machine.keep(job)) is not None:
            self._queue.errors.append(complaint)
        if job.stopping:
            self._machine.press(job)

    def _is_gone(self, job: Job) -> None:
        """It lives no longer, and no exit record says how it ended."""
        if job.state is JobState.STARTING:
            self._queue.keep(replace(unstarted(job), detached=job.detached))
            return
        if job.ended is None:
            job = self._queue.keep(replace(job, ended=time.time()))
        lost = self._machine.how_lost(job)
        if not self._queue.is_held(self._queue.runs[job.run]):
            self._ending.ask_how_it_went(job, lost=lost)
        elif job.stopping:
            self._ending.end(job, JobState.CANCELLED, "stopped", ended=job.ended)
        else:
            self._ending.end(job, JobState.LOST, lost, ended=job.ended)

    def _has_ended(self, job: Job, record: ExitRecord) -> None:
        exit_code, ended = record.exit_code, record.ended
        job = self._queue.keep(replace(job, exit_code=exit_code, ended=ended, state=JobState.RUNNING))
        if record.error is not None:
            self._ending.end(job, JobState.FAILED, record.error, ended=record.ended)
        else:
            self._ending.ask_how_it_went(job)

    def _with_pid(self, job: Job) -> Job:
        if job.pid is not None:
            return job
        started = self._machine.identify(job)
        return job if started is None else self._queue.keep(replace(job, pid=started.pid, shim=started.shim))
