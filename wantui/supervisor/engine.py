"""The engine: every tick it looks at what has ended, what the hooks say and who may start, and acts on it.

All state is in the run records (`wantui.supervisor.run_queue`), written before each start, so an engine that is
killed at any line is continued by the next one: a job whose liveness lock is held is alive, one with an exit record
has ended, one that was starting and has neither goes back to the queue.

An error with one job (`Engine._apart`) keeps nobody from the others, and gives back what its start had taken.
"""

from __future__ import annotations

import logging
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from wantui.errors import MachineError
from wantui.jobs.model import Job, JobError, JobState
from wantui.supervisor.ending import Ending
from wantui.supervisor.hooks import Hooks
from wantui.supervisor.run_queue import RunQueue
from wantui.supervisor.running import Running
from wantui.supervisor.schedule import Ask, Drop, Order, Start, Wait, decide
from wantui.supervisor.starting import Starting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.paths import Workspace
    from wantui.supervisor.machine import Machine

log = logging.getLogger(__name__)

ACTIVE_TICK_S = 0.25
"""While something starts or runs. The end of an own child also wakes the engine at once."""
WAITING_TICK_S = 1.0
"""While jobs wait for a GPU that somebody else uses, or for a time."""


class Engine:
    """Carries out what the rules say about the queue of one workspace, and what clients ask for."""

    def __init__(self, workspace: Workspace, machine: Machine) -> None:
        self.queue = RunQueue(workspace)
        self.machine = machine
        self.notice: str | None = None
        """What clients are to be told for as long as this engine lives; None: nothing."""
        self.trouble: str | None = None
        """What went wrong in the last look at the queue; None: nothing."""
        self._hooks = Hooks(workspace)
        self._ending = Ending(self.queue, machine, self._hooks)
        self._starting = Starting(self.queue, machine, self._hooks, self._ending)
        self._running = Running(self.queue, machine, self._ending)
        self.queue.take_up()

    # -- the loop --------------------------------------------------------------------------------------------------

    def tick(self) -> float | None:
        """Do everything that can be done now; return in how many seconds to look again, None: not by itself."""
        self.queue.errors.clear()
        self.queue.refresh()
        self.machine.collect()
        for job in self.queue.jobs(self._is_to_be_looked_after):
            with self._apart(job):
                self._running.look_after(job)
        for job in self.queue.jobs(self._hooks.are_about):
            with self._apart(job):
                self._hear_hook(job)
        waits = self._schedule()
        self.trouble = "; ".join(dict.fromkeys(self.queue.errors)) or None
        if self._hooks or self.queue.jobs(lambda job: job.state.is_active):
            return ACTIVE_TICK_S
        if waits or self.trouble is not None:
            return WAITING_TICK_S
        self.machine.rest()
        return None

    def _is_to_be_looked_after(self, job: Job) -> bool:
        return job.state.is_active and not self._hooks.are_about(job) and not self.machine.holds(job)

    @contextmanager
    def _apart(self, job: Job) -> Iterator[None]:
        """What goes wrong with one job is told, and keeps nobody from the others; a start leaves nothing behind.

        The disk, the processes, the descriptors and the GPU driver may each refuse something for a moment. The next
        look tries it again, from the state that the records tell.
        """
        try:
            yield
        except (OSError, MachineError, JobError) as error:
            log.exception("%s: looking again soon", job.id)
            self.queue.errors.append(f"{job.id}: {error}")
            self._starting.give_back(self.queue.current(job))

    def _hear_hook(self, job: Job) -> None:
        """Do what the hook of a job has answered, if it has."""
        result = self._hooks.answer(job)
        if result is None:
            trouble = self._hooks.trouble(job)
            if trouble is not None and trouble != job.reason:
                self.queue.keep(replace(job, reason=trouble))
        elif job.state is JobState.RUNNING:
            self._ending.judge(job, result)
        else:
            self._starting.go_on(job, result)

    def _schedule(self) -> bool:
        """Carry out what the rules say; whether a job waits for something that nobody tells of."""
        waits = False
        runs = self.queue.runs.values()
        try:
            orders = decide(
                runs,
                self.machine.offers,
                asked=self._hooks.asked,
                asking=self._hooks.asking,
                held={run.number for run in runs if self.queue.is_held(run)},
                now=time.time(),
                paused=self.queue.is_paused(),
                unread=self.queue.store.unread() if any(run.after for run in runs) else (),
            )
        except (OSError, MachineError) as error:
            log.exception("the GPUs cannot be read")
            self.queue.errors.append(str(error))
            return True
        for order in orders:
            waits = waits or (isinstance(order, Wait) and (order.for_gpu or order.for_time))
            with self._apart(order.job):
                self._carry_out(order)
        return waits

    def _carry_out(self, order: Order) -> None:
        match order:
            case Ask(job):
                self._starting.ask(job)
            case Start(job, gpu):
                self._starting.start(job, gpu)
            case Wait(job, reason):
                if job.reason != reason:
                    self.queue.keep(replace(job, reason=reason))
            case Drop(job, reason):
                self._ending.end(job, JobState.CANCELLED, reason)
            case _:
                assert_never(order)

    # -- what clients ask for --------------------------------------------------------------------------------------

    def stop(self, job: Job) -> None:
        """End `job`, or take it out of the queue; whether or not that can be written down now."""
        if job.state is JobState.RUNNING and job.exit_code is not None:
            self.queue.keep(replace(job, stopping=True))  # it is being judged: that tidies up too
            self._hooks.hurry(job)
        elif job.state is JobState.RUNNING:
            self.machine.press(self.queue.keep(replace(job, stopping=True)))
        elif job.state is JobState.STARTING and self._hooks.are_about(job) and job.spec.verify is not None:
            self._hooks.abandon(job)
            # Its hook may have begun to make way for it, so the other hook judges a start that was called off.
            called_off = job.moved(JobState.RUNNING, stopping=True, exit_code=-signal.SIGTERM, ended=time.time())
            self.queue.keep(called_off)
            self.machine.give_back(job)
        elif job.state is JobState.STARTING and not self._hooks.are_about(job) and not self.machine.holds(job):
            self.machine.press(self.queue.keep(replace(job, stopping=True)))  # it waits where it was handed to
        elif not job.state.has_ended:
            self._hooks.abandon(job)
            had_begun = bool(job.past) and job.past[-1].cause is not None
            self._ending.end(job, JobState.STOPPED if had_begun else JobState.CANCELLED, "stopped")

    def end_after(self, job: Job, epoch: int | None) -> None:
        """Let a job end by itself after an epoch; None: at its end, as if nothing had been said."""
        if not job.state.has_ended:
            self.queue.keep(replace(job, end_after=epoch))

    def leave(self) -> None:
        """Let go of everything; trainers run on, jobs that were starting go back to the queue."""
        for job in self.queue.jobs(lambda job: job.state is JobState.STARTING):
            self._starting.give_back(job)
        self._hooks.abandon_all()
        with suppress(OSError):
            self.machine.rest()
