"""The engine: every tick it looks at what has ended, what the gates say and who may start, and acts on it.

All state is in the run records, written before each act, so an engine that is killed at any line is continued by the
next one: a job whose lifeline is held is alive, one with an exit record has ended, one that was starting and has
neither goes back to the queue.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.jobs import lifeline
from wantui.jobs.gate import Decision, Verdict
from wantui.jobs.model import Job, JobError, JobState, Run
from wantui.jobs.process import boot_id
from wantui.jobs.store import ExitRecord, RunStore, job_files, read_exit
from wantui.supervisor.attempts import attempted_again, queue_again, unstarted
from wantui.supervisor.gates import GateCall
from wantui.supervisor.schedule import Ask, Drop, Start, Wait, decide
from wantui.supervisor.spawn import mark, read_started, spawn
from wantui.supervisor.sweep import Sweep

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from wantui.gpus.model import Gpu
    from wantui.paths import Workspace
    from wantui.supervisor.devices import Devices

ACTIVE_TICK_S = 0.25
"""While something starts or runs. The end of an own child also wakes the engine at once."""
WAITING_TICK_S = 1.0
"""While jobs wait for a GPU that somebody else uses."""


class Engine:
    """The queue of one workspace and its trainer processes."""

    def __init__(self, workspace: Workspace, devices: Devices) -> None:
        self.workspace = workspace
        self.store = RunStore(workspace)
        self.devices = devices
        self.runs = {run.number: run for run in self.store.runs() if not run.has_ended}
        """The runs that have not ended; the others are only on disk."""
        self._gates: dict[str, GateCall] = {}
        self._asked: set[str] = set()
        self._lifelines: dict[str, int] = {}
        self._sweeps: dict[str, Sweep] = {}
        self._pressed: set[str] = set()
        self._attendants: list[subprocess.Popen[bytes]] = []
        self.trouble: str | None = None
        """Why the last look at the queue could not be finished; None: it was."""

    # -- the loop --------------------------------------------------------------------------------------------------

    def tick(self) -> float | None:
        """Do everything that can be done now; return in how many seconds to look again, None: not by itself."""
        self._attendants = [process for process in self._attendants if process.poll() is None]
        for job in self._jobs(lambda job: job.state.is_active):
            self._look_after(job)
        for job in self._jobs(lambda job: job.id in self._gates):
            self._hear_gate(job)
        waits_for_gpu = self._schedule()
        if self._gates or self._jobs(lambda job: job.state.is_active):
            return ACTIVE_TICK_S
        if waits_for_gpu:
            return WAITING_TICK_S
        self.devices.rest()
        return None

    def _jobs(self, wanted: Callable[[Job], bool]) -> list[Job]:
        return [job for run in self.runs.values() for job in run.jobs if wanted(job)]

    def _schedule(self) -> bool:
        """Carry out what the rules say; whether a job waits for a GPU."""
        waits_for_gpu = False
        orders = decide(self.runs.values(), self.devices.offers, asked=self._asked, asking=self._gates.keys())
        for order in orders:
            match order:
                case Ask(job):
                    self._ask(job)
                case Start(job, gpu):
                    self._start(job, gpu)
                case Wait(job, reason, for_gpu):
                    waits_for_gpu = waits_for_gpu or for_gpu
                    if job.reason != reason:
                        self._keep(replace(job, reason=reason))
                case Drop(job, reason):
                    self._end(job, JobState.CANCELLED, reason)
        return waits_for_gpu

    def _keep(self, job: Job) -> Job:
        """Write `job` down, and forget its run once that has ended."""
        run = self.runs[job.run].with_job(job)
        self.store.write(run)
        if run.has_ended:
            del self.runs[run.number]
        else:
            self.runs[run.number] = run
        return job

    # -- from the queue to a process -------------------------------------------------------------------------------

    def _ask(self, job: Job) -> None:
        if job.spec.prepare is None:
            self._asked.add(job.id)
        else:
            self._gates[job.id] = GateCall(self.workspace, job, job.spec.prepare)

    def _start(self, job: Job, gpu: Gpu | None) -> None:
        """Take the lifeline and the GPU, then let the gate say what exactly to run."""
        files = job_files(self.workspace, job)
        try:
            self._lifelines[job.id] = lifeline.hold(files.lifeline)
        except JobError:
            return  # what this attempt left behind is still going; it is not started twice
        if gpu is not None and not self.devices.lease(gpu.uuid, job.id, files.lifeline):
            self._let_go(job)
            return  # another workspace was faster; the next tick looks again
        job = self._keep(
            job.moved(
                JobState.STARTING,
                reason=None,
                gpu=None if gpu is None else gpu.index,
                gpu_uuid=None if gpu is None else gpu.uuid,
                started=time.time(),
            )
        )
        if job.spec.prepare is None:
            self._launch(job, Verdict(Decision.GO))
        else:
            self._gates[job.id] = GateCall(self.workspace, job, job.spec.prepare, gpu=gpu)

    def _hear_gate(self, job: Job) -> None:
        verdict = self._gates[job.id].answer()
        if verdict is None:
            return
        del self._gates[job.id]
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

    def _launch(self, job: Job, verdict: Verdict) -> None:
        job = replace(job, argv=verdict.argv or job.spec.argv, env=verdict.env or job.spec.env)
        try:
            attendant = spawn(self.workspace, job, self._lifelines[job.id], self.restart_command())
        except OSError as error:
            self._end(job, JobState.FAILED, f"cannot be started in {job.spec.cwd}: {error.strerror}")
            return
        self._attendants.append(attendant)
        os.close(self._lifelines.pop(job.id))  # the attendant holds it now
        self._keep(job.moved(JobState.RUNNING, started=time.time()))

    def _go_back(self, job: Job, reason: str | None) -> None:
        """Let the jobs that `job` needs go first once more; its siblings that wait, wait for them as well."""
        self._let_go(job)
        run = self.runs[job.run].with_job(unstarted(replace(job, reason=reason)))
        run = queue_again(run, {job.kind})
        for other in run.jobs:
            if other.state is JobState.QUEUED and other.detached:
                run = run.with_job(replace(other, detached=False))
        self.store.write(run)
        self.runs[run.number] = run

    def restart_command(self) -> list[str]:
        """What an attendant runs at its end, so that a queue goes on whose supervisor was killed in the night."""
        return [
            sys.executable,
            "-m",
            "wantui.supervisor",
            "--workspace",
            str(self.workspace.root),
            "--unless-stopped",
        ]

    # -- while it runs ---------------------------------------------------------------------------------------------

    def _look_after(self, job: Job) -> None:
        """See whether an active job still lives, whoever started it."""
        if job.id in self._gates or job.id in self._lifelines:
            return
        files = job_files(self.workspace, job)
        alive = lifeline.is_held(files.lifeline)
        try:
            record = read_exit(files.exit)  # after the probe: it is written before the lifeline is let go
        except JobError as error:
            self._end(job, JobState.LOST, str(error))
            return
        if record is not None:
            self._has_ended(self._with_pid(job), record)
        elif alive:
            job = self._with_pid(job)
            if job.state is JobState.STARTING:
                self._keep(job.moved(JobState.RUNNING))
            if job.stopping:
                self._press(job)
        elif job.state is JobState.STARTING:
            self._keep(replace(unstarted(job), detached=job.detached))
        elif job.stopping:
            self._end(job, JobState.CANCELLED, "stopped", ended=time.time())
        else:
            self._end(job, JobState.LOST, self._how_lost(job))

    def _with_pid(self, job: Job) -> Job:
        if job.pid is not None:
            return job
        started = read_started(job_files(self.workspace, job))
        if started is None:
            return job
        return self._keep(replace(job, pid=started.pid, attendant=started.attendant))

    def _how_lost(self, job: Job) -> str:
        if self.workspace.is_full:
            return f"the disk of {self.workspace.state} is full, so neither log nor exit code could be written"
        if job.attendant is not None and job.attendant.boot != boot_id():
            return "the machine was restarted while it ran"
        return "it ended together with the process that watched it, so nobody saw how; read its log"

    def _press(self, job: Job) -> None:
        """Make a job that was asked to stop do so: its attendant sweeps it, or we do where that is gone."""
        if job.id in self._sweeps:
            self._sweeps[job.id].go_on()
        elif job.attendant is None or job.id in self._pressed:
            return  # it starts just now, or its attendant is at it
        elif job.attendant.signal(signal.SIGTERM):
            self._pressed.add(job.id)
        else:
            self._sweeps[job.id] = Sweep(mark(self.workspace, job))

    # -- how it ended ----------------------------------------------------------------------------------------------

    def _has_ended(self, job: Job, record: ExitRecord) -> None:
        job = replace(job, exit_code=record.exit_code, ended=record.ended)
        if job.gpu_uuid is not None:
            self.devices.release(job.gpu_uuid, job_files(self.workspace, job).lifeline)
        if record.error is not None:
            self._end(job, JobState.FAILED, record.error, ended=record.ended)
        elif job.spec.verify is None:
            self._judge(job, Verdict(Decision.GO))
        else:
            self._gates[job.id] = GateCall(self.workspace, job, job.spec.verify, exit_code=record.exit_code)
            self._keep(job.moved(JobState.RUNNING))

    def _judge(self, job: Job, verdict: Verdict) -> None:
        if job.stopping:
            self._end(job, JobState.CANCELLED, "stopped", ended=job.ended)
        elif job.exit_code == 0 and verdict.decision is Decision.GO:
            self._end(job, JobState.SUCCEEDED, verdict.reason, ended=job.ended, detaches=verdict.detaches)
        elif verdict.decision is Decision.AGAIN:
            self._try_again(job)
        else:
            self._end(job, JobState.FAILED, verdict.reason or f"exit code {job.exit_code}", ended=job.ended)

    def _try_again(self, job: Job) -> None:
        """Another attempt at a job that has ended badly: one step, so that nobody sees it failed in between.

        The jobs that it needs stay as they are, and what it was handed stays its own: the experts of one LoRA train
        on one training set, whatever becomes of the captions between two attempts.
        """
        self._let_go(job)
        self._asked.discard(job.id)
        self._keep(replace(attempted_again(job), detached=job.detached))

    def _end(
        self, job: Job, state: JobState, reason: str | None, *, ended: float | None = None, detaches: bool = False
    ) -> None:
        self._let_go(job)
        self._asked.discard(job.id)
        self._sweeps.pop(job.id, None)
        self._pressed.discard(job.id)
        if detaches:
            for other in self.runs[job.run].jobs:
                if job.kind in other.spec.needs and not other.state.has_ended:
                    self._keep(replace(other, detached=True))
        self._keep(job.moved(state, reason=reason, ended=ended or time.time()))

    def _let_go(self, job: Job) -> None:
        """Give back what a job holds that has no process (any more)."""
        descriptor = self._lifelines.pop(job.id, None)
        if descriptor is not None:
            os.close(descriptor)
        if job.gpu_uuid is not None:
            self.devices.release(job.gpu_uuid, job_files(self.workspace, job).lifeline)

    # -- what clients ask for --------------------------------------------------------------------------------------

    def add(self, run: Run) -> None:
        """Take `run` into the queue."""
        self.store.write(run)
        self.runs[run.number] = run

    def stop(self, job: Job) -> None:
        """End `job`, or take it out of the queue."""
        gate = self._gates.get(job.id)
        if gate is not None and job.exit_code is not None and not job.stopping:
            self._keep(replace(job, stopping=True))  # its process has ended, and is being judged: that tidies up too
            return
        if gate is not None:
            gate.abandon()
            del self._gates[job.id]
        if gate is not None and job.state is JobState.STARTING and job.spec.verify is not None:
            self._tidy_up(job, job.spec.verify)
        elif job.state is JobState.RUNNING and job.exit_code is None:
            job = replace(job, stopping=True)
            self.runs[job.run] = self.runs[job.run].with_job(job)
            self._press(job)  # before it is written down: a full disk keeps nobody from stopping a job
            self._keep(job)
        elif not job.state.has_ended:
            self._end(job, JobState.CANCELLED, "stopped")

    def _tidy_up(self, job: Job, verify: tuple[str, ...]) -> None:
        """Judge a job whose start was called off: its gate may have begun to make way for it."""
        job = replace(job, stopping=True, exit_code=-signal.SIGTERM, ended=time.time())
        self._gates[job.id] = GateCall(self.workspace, job, verify, exit_code=job.exit_code)
        self._keep(job.moved(JobState.RUNNING))

    def put_back(self, run: Run) -> None:
        """Take a changed run, ended or not, back into the queue."""
        self.store.write(run)
        if not run.has_ended:
            self.runs[run.number] = run

    def leave(self) -> None:
        """Let go of everything; trainers run on, jobs that were starting go back to the queue."""
        for job in self._jobs(lambda job: job.state is JobState.STARTING):
            gate = self._gates.pop(job.id, None)
            if gate is not None:
                gate.abandon()
            self._let_go(job)
            self._keep(replace(unstarted(job), detached=job.detached))
        for gate in self._gates.values():
            gate.abandon()
        self._gates.clear()
        with suppress(OSError):
            self.devices.rest()
