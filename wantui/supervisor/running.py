"""While a job runs: see whether it still lives, whoever started it, and notice its end."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.jobs.model import JobState
from wantui.supervisor.attempts import unstarted

if TYPE_CHECKING:
    from wantui.jobs.model import Interruption, Job
    from wantui.jobs.store import ExitRecord
    from wantui.supervisor.ending import Ending
    from wantui.supervisor.machine import Machine, Seen
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
            self._has_ended(self._identified(job), seen.ended, seen.interruption)
        elif seen.waits is not None:
            self._waits(self._identified(job), seen.waits)
        elif seen.is_alive:
            self._goes_on(self._identified(job))
        elif seen.is_certain:
            self._is_gone(self._identified(job), seen)

    def _waits(self, job: Job, reason: str) -> None:
        """It was handed to a scheduler, which lets it wait: again, where it had begun."""
        if (job.state, job.reason) != (JobState.STARTING, reason):
            job = self._queue.keep(job.moved(JobState.STARTING, reason=reason))
        if job.stopping:
            self._machine.press(job)

    def _goes_on(self, job: Job) -> None:
        if job.state is JobState.STARTING:
            job = self._queue.keep(job.moved(JobState.RUNNING, reason=None, started=job.started or time.time()))
        if (complaint := self._machine.keep(job)) is not None:
            self._queue.errors.append(complaint)
        if job.stopping:
            self._machine.press(job)

    def _is_gone(self, job: Job, seen: Seen) -> None:
        """It lives no longer, and no exit record says how it ended."""
        if job.state is JobState.STARTING and job.stopping:
            # Its hook may have begun to make way for it, so the other hook judges a start that was called off.
            called_off = job.moved(JobState.RUNNING, exit_code=-signal.SIGTERM, ended=time.time())
            self._ending.ask_how_it_went(self._queue.keep(called_off))
            return
        if job.state is JobState.STARTING and seen.interruption is None:
            self._queue.keep(replace(unstarted(job), detached=job.detached))
            return
        if job.ended is None or job.state is JobState.STARTING:
            ended = job.moved(JobState.RUNNING, ended=time.time(), interruption=seen.interruption, reason=None)
            job = self._queue.keep(ended)
        lost = self._machine.how_lost(job) if job.interruption is None else job.interruption.says
        if not self._queue.is_held(self._queue.runs[job.run]):
            self._ending.ask_how_it_went(job, lost=lost)
        elif job.stopping:
            self._ending.end(job, JobState.CANCELLED, "stopped", ended=job.ended)
        else:
            self._ending.end(job, JobState.LOST, lost, ended=job.ended)

    def _has_ended(self, job: Job, record: ExitRecord, interruption: Interruption | None) -> None:
        exit_code, ended = record.exit_code, record.ended
        changed = replace(job, exit_code=exit_code, ended=ended, interruption=interruption)
        job = self._queue.keep(changed.moved(JobState.RUNNING))
        if record.error is not None:
            self._ending.end(job, JobState.FAILED, record.error, ended=record.ended)
        else:
            self._ending.ask_how_it_went(job)

    def _identified(self, job: Job) -> Job:
        """The job with its processes, or its node and ticket, as soon as they are known."""
        if job.pid is not None or job.node is not None:
            return job
        started = self._machine.identify(job)
        if started is None:
            return job
        node, ticket = started.node, started.ticket
        known = replace(job, pid=started.pid, shim=started.shim, node=node, ticket=ticket)
        return job if known == job else self._queue.keep(known)
