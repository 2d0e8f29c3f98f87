"""The engine: every tick it looks at what has ended, what the hooks say and who may start, and acts on it.

All state is in the run records, written before each start, so an engine that is killed at any line is continued by
the next one: a job whose liveness lock is held is alive, one with an exit record has ended, one that was starting and
has neither goes back to the queue. What has happened already is true whether or not the disk takes it at the moment:
it is kept in memory, and written as soon as that goes.

An error with one job (`Engine._apart`) keeps nobody from the others, and gives back what its start had taken.
"""

from __future__ import annotations

import logging
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from wantui.gpus.model import GpuError
from wantui.jobs import pause, trust
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import Job, JobError, JobState, Run
from wantui.jobs.passing import is_passing
from wantui.jobs.store import ExitRecord, RunStore, run_folder
from wantui.supervisor.attempts import attempted_again, queue_again, unstarted
from wantui.supervisor.hooks import HookCall
from wantui.supervisor.schedule import Ask, Drop, Order, Start, Wait, decide, why_held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wantui.gpus.model import Gpu
    from wantui.paths import Workspace
    from wantui.supervisor.machine import Machine

log = logging.getLogger(__name__)

ACTIVE_TICK_S = 0.25
"""While something starts or runs. The end of an own child also wakes the engine at once."""
WAITING_TICK_S = 1.0
"""While jobs wait for a GPU that somebody else uses, or for a time."""

READ_AGAIN_S = 2.0
"""How often to look for runs on disk that are not known."""


class Engine:
    """The queue of one workspace and its trainer processes."""

    def __init__(self, workspace: Workspace, machine: Machine) -> None:
        self.workspace = workspace
        self.store = RunStore(workspace)
        self.machine = machine
        self.runs: dict[int, Run] = {}
        """The runs that have not ended; the others are only on disk."""
        self._reads_again_at = 0.0
        self._hooks: dict[str, HookCall] = {}
        self._asked: set[str] = set()
        self._approved: set[int] = set()
        """Runs of which it is known that this user has started them."""
        self._unwritten: set[int] = set()
        """Runs whose record on disk is older than what is known."""
        self._errors: list[str] = []
        self.notice: str | None = None
        """What clients are to be told for as long as this engine lives; None: nothing."""
        self.trouble: str | None = None
        """What went wrong in the last look at the queue; None: nothing."""
        self._take_up()

    # -- the loop --------------------------------------------------------------------------------------------------

    def tick(self) -> float | None:
        """Do everything that can be done now; return in how many seconds to look again, None: not by itself."""
        self._errors = []
        for number in sorted(self._unwritten):
            self._write(number)
        self._take_up()
        self.machine.collect()
        for job in self._jobs(lambda job: job.state.is_active):
            with self._apart(job):
                self._look_after(job)
        for job in self._jobs(lambda job: job.id in self._hooks):
            with self._apart(job):
                self._hear_hook(job)
        waits = self._schedule()
        self.trouble = "; ".join(dict.fromkeys(self._errors)) or None
        if self._hooks or self._jobs(lambda job: job.state.is_active):
            return ACTIVE_TICK_S
        if waits or self.trouble is not None:
            return WAITING_TICK_S
        self.machine.rest()
        return None

    def _take_up(self) -> None:
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

    @contextmanager
    def _apart(self, job: Job) -> Iterator[None]:
        """What goes wrong with one job is told, and keeps nobody from the others; a start leaves nothing behind.

        The disk, the processes, the descriptors and the GPU driver may each refuse something for a moment. The next
        look tries it again, from the state that the records tell.
        """
        try:
            yield
        except (OSError, GpuError, JobError) as error:
            log.exception("%s: looking again soon", job.id)
            self._errors.append(f"{job.id}: {error}")
            self._give_back(self._current(job))

    def _give_back(self, job: Job) -> None:
        """Put a job that was about to start back into the queue, with all that it had taken given back."""
        if job.state is JobState.STARTING and self.machine.holds(job):
            self._abandon_hook(job)
            self.machine.give_back(job)
            self._keep(replace(unstarted(job), detached=job.detached))

    def _current(self, job: Job) -> Job:
        run = self.runs.get(job.run)
        return job if run is None else run.job(job.kind) or job

    def find(self, name: str) -> tuple[Run, Job | None]:
        """The run, or the job of a run, that is called `name`, as it is now.

        Raises:
            JobError: there is none.
        """
        run, job = self.store.find(name)
        run = self.runs.get(run.number, run)
        return run, job if job is None else run.job(job.kind)

    def _jobs(self, wanted: Callable[[Job], bool]) -> list[Job]:
        return [job for run in self.runs.values() for job in run.jobs if wanted(job)]

    def _schedule(self) -> bool:
        """Carry out what the rules say; whether a job waits for something that nobody tells of."""
        waits = False
        try:
            orders = decide(
                self.runs.values(),
                self.machine.offers,
                asked=self._asked,
                asking=self._hooks.keys(),
                held={run.number for run in self.runs.values() if self.is_held(run)},
                now=time.time(),
                paused=self._is_paused(),
                unread=self.store.unread() if any(run.after for run in self.runs.values()) else (),
            )
        except (OSError, GpuError) as error:
            log.exception("the GPUs cannot be read")
            self._errors.append(str(error))
            return True
        for order in orders:
            waits = waits or (isinstance(order, Wait) and (order.for_gpu or order.for_time))
            with self._apart(order.job):
                self._carry_out(order)
        return waits

    def _carry_out(self, order: Order) -> None:
        match order:
            case Ask(job):
                self._ask(job)
            case Start(job, gpu):
                self._start(job, gpu)
            case Wait(job, reason):
                if job.reason != reason:
                    self._keep(replace(job, reason=reason))
            case Drop(job, reason):
                self._end(job, JobState.CANCELLED, reason)
            case _:
                assert_never(order)

    def is_held(self, run: Run) -> bool:
        """Whether nothing of `run` may be executed until a person releases it."""
        if run.number not in self._approved and trust.is_approved(run):
            self._approved.add(run.number)
        return run.number not in self._approved

    def _is_paused(self) -> bool:
        """Whether nothing may start; where that cannot be told, nothing does."""
        try:
            return pause.is_paused(self.workspace)
        except OSError as error:
            why = error.strerror or error
            self._errors.append(f"{self.workspace.state}: {why}: whether the queue is paused is not known")
            return True

    def _keep(self, job: Job) -> Job:
        """Take `job` as it is now for true, and write it down; what cannot be written now, the next look writes."""
        self._replace(self.runs[job.run].with_job(job))
        return job

    def _replace(self, run: Run) -> None:
        self.runs[run.number] = run
        self._write(run.number)

    def _write(self, number: int) -> None:
        """Write a run down, and forget it once it has ended."""
        run = self.runs[number]
        try:
            self.store.write(run)
        except OSError as error:
            self._unwritten.add(number)
            self._errors.append(f"{self.workspace.state}: {error.strerror or error}")
            return
        self._unwritten.discard(number)
        if run.has_ended:
            del self.runs[number]

    # -- from the queue to a process -------------------------------------------------------------------------------

    def _ask(self, job: Job) -> None:
        if job.spec.prepare is None:
            self._asked.add(job.id)
        else:
            self._hooks[job.id] = HookCall(self.workspace, job, job.spec.prepare)

    def _start(self, job: Job, gpu: Gpu | None) -> None:
        """Take what it needs, then let the hook say what exactly to run."""
        job = job.moved(
            JobState.STARTING,
            reason=None,
            gpu=None if gpu is None else gpu.index,
            gpu_uuid=None if gpu is None else gpu.uuid,
            started=time.time(),
        )
        if not self.machine.take(job):
            return  # the next look sees who was faster, or that its last start is over
        self.runs[job.run] = self.runs[job.run].with_job(job)
        self.store.write(self.runs[job.run])
        if job.spec.prepare is None:
            self._launch(job, HookResult(Decision.GO))
        else:
            self._hooks[job.id] = HookCall(self.workspace, job, job.spec.prepare, gpu=gpu)

    def _hear_hook(self, job: Job) -> None:
        hook = self._hooks[job.id]
        verdict = hook.answer()
        if verdict is None:
            if hook.trouble is not None and hook.trouble != job.reason:
                self._keep(replace(job, reason=hook.trouble))
            return
        del self._hooks[job.id]
        if job.state is JobState.RUNNING:
            self._judge(job, verdict)
        elif verdict.decision is Decision.FAIL:
            self._end(job, JobState.FAILED, verdict.reason)
        elif verdict.decision is Decision.SKIP:
            self._end(job, JobState.SKIPPED, verdict.reason, detaches=verdict.detaches)
        elif verdict.decision is Decision.AGAIN:
            self._go_back(job, verdict.reason)
        elif job.state is JobState.STARTING:
            self._launch(job, verdict)
        else:
            self._asked.add(job.id)

    def _launch(self, job: Job, verdict: HookResult) -> None:
        argv, env = verdict.argv or job.spec.argv, verdict.env or job.spec.env
        job = replace(job, argv=argv, env=env, launcher=verdict.launcher)
        try:
            self.machine.start(job)
        except OSError as error:
            if is_passing(error) or not run_folder(self.workspace, job.run).is_dir():
                raise
            self._end(job, JobState.FAILED, f"cannot be started in {job.spec.cwd}: {error.strerror}")
            return
        self._keep(job.moved(JobState.RUNNING, started=time.time(), reason=None))

    def _go_back(self, job: Job, reason: str | None) -> None:
        """Let the jobs that `job` needs go first once more; its siblings that wait, wait for them as well."""
        self.machine.give_back(job)
        run = self.runs[job.run].with_job(unstarted(replace(job, reason=reason)))
        run = queue_again(run, {job.kind})
        for other in run.jobs:
            if other.state is JobState.QUEUED and other.detached:
                run = run.with_job(replace(other, detached=False))
        self._replace(run)

    # -- while it runs ---------------------------------------------------------------------------------------------

    def _look_after(self, job: Job) -> None:
        """See whether an active job still lives, whoever started it."""
        if job.id in self._hooks or self.machine.holds(job):
            return
        if job.exit_code is not None:
            self._ask_how_it_went(job)
            return
        seen = self.machine.see(job)
        if seen.broken is not None:
            if not seen.is_alive:
                self._end(job, JobState.LOST, seen.broken)
        elif seen.ended is not None:
            self._has_ended(self._with_pid(job), seen.ended)
        elif seen.is_alive:
            self._goes_on(self._with_pid(job))
        elif seen.is_certain:
            self._is_gone(job)

    def _goes_on(self, job: Job) -> None:
        if job.state is JobState.STARTING:
            job = self._keep(job.moved(JobState.RUNNING))
        if (complaint := self.machine.keep(job)) is not None:
            self._errors.append(complaint)
        if job.stopping:
            self.machine.press(job)

    def _is_gone(self, job: Job) -> None:
        """It lives no longer, and no exit record says how it ended."""
        if job.state is JobState.STARTING:
            self._keep(replace(unstarted(job), detached=job.detached))
            return
        if job.ended is None:
            job = self._keep(replace(job, ended=time.time()))
        lost = self.machine.how_lost(job)
        if not self.is_held(self.runs[job.run]):
            self._ask_how_it_went(job, lost=lost)
        elif job.stopping:
            self._end(job, JobState.CANCELLED, "stopped", ended=job.ended)
        else:
            self._end(job, JobState.LOST, lost, ended=job.ended)

    def _with_pid(self, job: Job) -> Job:
        if job.pid is not None:
            return job
        started = self.machine.identify(job)
        return job if started is None else self._keep(replace(job, pid=started.pid, shim=started.shim))

    # -- how it ended ----------------------------------------------------------------------------------------------

    def _has_ended(self, job: Job, record: ExitRecord) -> None:
        job = self._keep(replace(job, exit_code=record.exit_code, ended=record.ended, state=JobState.RUNNING))
        if record.error is not None:
            self._end(job, JobState.FAILED, record.error, ended=record.ended)
        else:
            self._ask_how_it_went(job)

    def _ask_how_it_went(self, job: Job, lost: str | None = None) -> None:
        """Let the hook say whether a job that has ended did what it is for; its GPU is free meanwhile.

        Args:
            job: that has ended.
            lost: why nobody saw how; None: its exit code is known.
        """
        if not self.machine.holds(job):
            self.machine.give_back(job)
        run = self.runs[job.run]
        is_held = self.is_held(run)
        if is_held and not job.stopping:  # its check is a command of the run as well
            if job.reason != why_held(run):
                self._keep(replace(job, reason=why_held(run)))
        elif is_held or job.spec.verify is None:
            went_well = lost is None and job.exit_code == 0
            self._judge(job, HookResult(Decision.GO if went_well else Decision.FAIL, lost))
        else:
            self._hooks[job.id] = HookCall(self.workspace, job, job.spec.verify, exit_code=job.exit_code, lost=lost)

    def _judge(self, job: Job, verdict: HookResult) -> None:
        if verdict.decision is Decision.STOP:
            self._end(job, JobState.STOPPED, verdict.reason or "stopped", ended=job.ended)
        elif verdict.decision is Decision.GO and (job.spec.verify is not None or not job.stopping):
            self._end(job, JobState.SUCCEEDED, verdict.reason, ended=job.ended, detaches=verdict.detaches)
        elif job.stopping:
            self._end(job, JobState.CANCELLED, "stopped", ended=job.ended)
        elif verdict.decision is Decision.AGAIN:
            self._try_again(job, verdict)
        elif job.exit_code is None:
            self._end(job, JobState.LOST, verdict.reason, ended=job.ended)
        else:
            self._end(job, JobState.FAILED, verdict.reason or f"exit code {job.exit_code}", ended=job.ended)

    def _try_again(self, job: Job, verdict: HookResult) -> None:
        """Another attempt at a job that has ended badly: one step, so that nobody sees it failed in between.

        The jobs that it needs stay as they are, and what it was handed stays its own: the experts of one LoRA train
        on one training set, whatever becomes of the captions between two attempts.
        """
        self.machine.give_back(job)
        self._asked.discard(job.id)
        again = attempted_again(job, verdict.reason, verdict.cause, verdict.pause_s)
        self._keep(replace(again, detached=job.detached))

    def _end(
        self, job: Job, state: JobState, reason: str | None, *, ended: float | None = None, detaches: bool = False
    ) -> None:
        self.machine.give_back(job)
        self._asked.discard(job.id)
        self.machine.forget(job)
        if detaches:
            for other in self.runs[job.run].jobs:
                if job.kind in other.spec.needs and not other.state.has_ended:
                    self._keep(replace(other, detached=True))
        self._keep(job.moved(state, reason=reason, ended=ended or time.time()))

    def _abandon_hook(self, job: Job) -> None:
        hook = self._hooks.pop(job.id, None)
        if hook is not None:
            hook.abandon()

    # -- what clients ask for --------------------------------------------------------------------------------------

    def add(self, run: Run) -> None:
        """Take `run`, new or with jobs to be tried again, into the queue, as one that this user has started.

        Raises:
            JobError: that cannot be recorded.
            OSError: it cannot be written down; nothing has changed.
        """
        trust.approve(run)
        self.store.write(run)
        self.runs[run.number] = run

    def change(self, run: Run) -> None:
        """Take `run` as it is now for true: where it stands in the queue, and what it waits for.

        Raises:
            OSError: it cannot be written down; nothing has changed.
        """
        self.store.write(run)
        self.runs[run.number] = run

    def stop(self, job: Job) -> None:
        """End `job`, or take it out of the queue; whether or not that can be written down now."""
        if job.state is JobState.RUNNING and job.exit_code is not None:
            self._keep(replace(job, stopping=True))  # it is being judged: that tidies up too
            if (hook := self._hooks.get(job.id)) is not None:
                hook.hurry()
        elif job.state is JobState.RUNNING:
            self.machine.press(self._keep(replace(job, stopping=True)))
        elif job.state is JobState.STARTING and job.id in self._hooks and job.spec.verify is not None:
            self._abandon_hook(job)
            # Its hook may have begun to make way for it, so the other hook judges a start that was called off.
            self._keep(job.moved(JobState.RUNNING, stopping=True, exit_code=-signal.SIGTERM, ended=time.time()))
            self.machine.give_back(job)
        elif not job.state.has_ended:
            self._abandon_hook(job)
            had_begun = bool(job.past) and job.past[-1].cause is not None
            self._end(job, JobState.STOPPED if had_begun else JobState.CANCELLED, "stopped")

    def end_after(self, job: Job, epoch: int | None) -> None:
        """Let a job end by itself after an epoch; None: at its end, as if nothing had been said."""
        if not job.state.has_ended:
            self._keep(replace(job, end_after=epoch))

    def leave(self) -> None:
        """Let go of everything; trainers run on, jobs that were starting go back to the queue."""
        for job in self._jobs(lambda job: job.state is JobState.STARTING):
            self._give_back(job)
        for hook in self._hooks.values():
            hook.abandon()
        self._hooks.clear()
        with suppress(OSError):
            self.machine.rest()
