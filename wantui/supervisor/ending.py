"""How a job ended: ask its hook whether it did what it is for, and end it, or queue it for another attempt."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobState
from wantui.supervisor.attempts import attempted_again
from wantui.supervisor.schedule import why_held

if TYPE_CHECKING:
    from wantui.jobs.model import Job
    from wantui.supervisor.hooks import Hooks
    from wantui.supervisor.machine import Machine
    from wantui.supervisor.run_queue import RunQueue


class Ending:
    """Ends the jobs of one queue."""

    def __init__(self, queue: RunQueue, machine: Machine, hooks: Hooks) -> None:
        self._queue = queue
        self._machine = machine
        self._hooks = hooks

    def ask_how_it_went(self, job: Job, lost: str | None = None) -> None:
        """Let the hook say whether a job that has ended did what it is for; its GPU is free meanwhile.

        Args:
            job: that has ended.
            lost: why nobody saw how; None: its exit code is known.
        """
        if not self._machine.holds(job):
            self._machine.give_back(job)
        run = self._queue.runs[job.run]
        is_held = self._queue.is_held(run)
        if is_held and not job.stopping:  # its check is a command of the run as well
            if job.reason != why_held(run):
                self._queue.keep(replace(job, reason=why_held(run)))
        elif is_held or not self._hooks.ask_after(job, lost):
            went_well = lost is None and job.exit_code == 0
            self.judge(job, HookResult(Decision.GO if went_well else Decision.FAIL, lost))

    def judge(self, job: Job, result: HookResult) -> None:
        """Do what the hook of a job has answered that has ended."""
        if result.decision is Decision.STOP:
            self.end(job, JobState.STOPPED, result.reason or "stopped", ended=job.ended)
        elif result.decision is Decision.GO and (job.spec.verify is not None or not job.stopping):
            self.end(job, JobState.SUCCEEDED, result.reason, ended=job.ended, detaches=result.detaches)
        elif job.stopping:
            self.end(job, JobState.CANCELLED, "stopped", ended=job.ended)
        elif result.decision is Decision.AGAIN:
            self._try_again(job, result)
        elif job.exit_code is None and job.interruption is None:
            self.end(job, JobState.LOST, result.reason, ended=job.ended)
        else:
            self.end(job, JobState.FAILED, result.reason or f"exit code {job.exit_code}", ended=job.ended)

    def end(
        self, job: Job, state: JobState, reason: str | None, *, ended: float | None = None, detaches: bool = False
    ) -> None:
        """End `job` in `state`, with all that it holds given back.

        Args:
            job: that has no process (any more).
            state: of the ended states.
            reason: a sentence for a person, where there is one.
            ended: when, in seconds since 1970; None: now.
            detaches: `HookResult.detaches`.
        """
        self._machine.give_back(job)
        self._hooks.asked.discard(job.id)
        self._machine.forget(job)
        if detaches:
            for other in self._queue.runs[job.run].jobs:
                if job.kind in other.spec.needs and not other.state.has_ended:
                    self._queue.keep(replace(other, detached=True))
        self._queue.keep(job.moved(state, reason=reason, ended=ended or time.time()))

    def _try_again(self, job: Job, result: HookResult) -> None:
        """Another attempt at a job that has ended badly: one step, so that nobody sees it failed in between.

        The jobs that it needs stay as they are, and what it was handed stays its own: the experts of one LoRA train
        on one training set, whatever becomes of the captions between two attempts.
        """
        self._machine.give_back(job)
        self._machine.forget(job)
        self._hooks.asked.discard(job.id)
        again = attempted_again(job, result.reason, result.cause, result.pause_s)
        self._queue.keep(replace(again, detached=job.detached))
