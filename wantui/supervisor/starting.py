"""From the queue to a process: ask the hook, take what the job needs, start it, or put it back."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobState
from wantui.jobs.passing import is_passing
from wantui.jobs.store import run_folder
from wantui.supervisor.attempts import queue_again, unstarted

if TYPE_CHECKING:
    from wantui.gpus.model import Gpu
    from wantui.jobs.model import Job
    from wantui.supervisor.ending import Ending
    from wantui.supervisor.hooks import Hooks
    from wantui.supervisor.machine import Machine
    from wantui.supervisor.run_queue import RunQueue


class Starting:
    """Starts the jobs of one queue."""

    def __init__(self, queue: RunQueue, machine: Machine, hooks: Hooks, ending: Ending) -> None:
        self._queue = queue
        self._machine = machine
        self._hooks = hooks
        self._ending = ending

    def ask(self, job: Job) -> None:
        """Ask the hook whether there is anything to do at all."""
        if not self._hooks.ask_before(job):
            self._hooks.asked.add(job.id)

    def start(self, job: Job, gpu: Gpu | None) -> None:
        """Take what it needs, then let the hook say what exactly to run."""
        job = job.moved(
            JobState.STARTING,
            reason=None,
            gpu=None if gpu is None or gpu.is_to_be_chosen else gpu.index,
            gpu_uuid=None if gpu is None or gpu.is_to_be_chosen else gpu.uuid,
            started=time.time(),
        )
        if not self._machine.take(job):
            return  # the next look sees who was faster, or that its last start is over
        self._queue.begin(job)
        if not self._hooks.ask_before(job, gpu):
            self._launch(job, HookResult(Decision.GO))

    def go_on(self, job: Job, result: HookResult) -> None:
        """Do what the hook of a job has answered that has no process yet."""
        if result.decision is Decision.FAIL:
            self._ending.end(job, JobState.FAILED, result.reason)
        elif result.decision is Decision.SKIP:
            self._ending.end(job, JobState.SKIPPED, result.reason, detaches=result.detaches)
        elif result.decision is Decision.AGAIN:
            self._let_needed_go_first(job, result.reason)
        elif job.state is JobState.STARTING:
            self._launch(job, result)
        else:
            self._hooks.asked.add(job.id)

    def give_back(self, job: Job) -> None:
        """Put a job that was about to start back into the queue, with all that it had taken given back."""
        if job.state is JobState.STARTING and self._machine.holds(job):
            self._hooks.abandon(job)
            self._machine.give_back(job)
            self._queue.keep(replace(unstarted(job), detached=job.detached))

    def _launch(self, job: Job, result: HookResult) -> None:
        argv, env = result.argv or job.spec.argv, result.env or job.spec.env
        job = replace(job, argv=argv, env=env, launcher=result.launcher)
        try:
            waits = self._machine.start(job)
        except OSError as error:
            if is_passing(error) or not run_folder(self._queue.workspace, job.run).is_dir():
                raise
            self._ending.end(job, JobState.FAILED, f"cannot be started in {job.spec.cwd}: {error.strerror}")
            return
        if waits is None:
            self._queue.keep(job.moved(JobState.RUNNING, started=time.time(), reason=None))
        else:
            self._queue.keep(replace(job, started=None, reason=waits))

    def _let_needed_go_first(self, job: Job, reason: str | None) -> None:
        """Let the jobs that `job` needs go first once more; its siblings that wait, wait for them as well."""
        self._machine.give_back(job)
        run = self._queue.runs[job.run].with_job(unstarted(replace(job, reason=reason)))
        run = queue_again(run, {job.kind})
        for other in run.jobs:
            if other.state is JobState.QUEUED and other.detached:
                run = run.with_job(replace(other, detached=False))
        self._queue.keep_run(run)
