"""This machine: GPUs are leased, a job is a shim with the trainer below it, and lives as its liveness lock does."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from wantui.gpus.model import GpuError
from wantui.jobs import liveness
from wantui.jobs.model import JobError
from wantui.jobs.process import boot_id
from wantui.jobs.store import job_files, read_exit, run_folder
from wantui.supervisor.devices import Devices
from wantui.supervisor.machine import Seen
from wantui.supervisor.spawn import mark, read_started, spawn
from wantui.supervisor.sweep import Sweep

if TYPE_CHECKING:
    import subprocess

    from wantui.gpus.model import GpuReading
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.supervisor.spawn import Started


class LocalMachine:
    """The processes and GPUs of this machine, as `wantui.supervisor.machine.Machine` has them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._devices = Devices(workspace)
        self._locks: dict[str, int] = {}
        """Descriptors of the liveness locks of jobs that are about to start."""
        self._shims: list[subprocess.Popen[bytes]] = []
        self._sweeps: dict[str, Sweep] = {}
        self._pressed: set[str] = set()
        self._lease_refused: set[str] = set()

    @property
    def trouble(self) -> str | None:
        """Why the configuration of now is not in force."""
        return self._devices.trouble

    def offers(self) -> list[GpuReading]:
        """Every GPU that may be used, and whether it is free."""
        return self._devices.offers()

    def take(self, job: Job) -> bool:
        """Take the liveness lock and the GPU."""
        files = job_files(self._workspace, job)
        if liveness.is_alive(files.liveness_lock, files.log, {mark(self._workspace, job)}):
            return False  # what this attempt left behind is still going; it is not started twice
        lock = liveness.hold(files.liveness_lock)
        try:
            is_taken = job.gpu_uuid is None or self._devices.lease(
                job.gpu_uuid, job.id, files.liveness_lock, files.log
            )
        except BaseException:
            os.close(lock)
            raise
        if is_taken:
            self._locks[job.id] = lock
        else:
            os.close(lock)
        return is_taken

    def holds(self, job: Job) -> bool:
        """Whether its liveness lock is held here."""
        return job.id in self._locks

    def start(self, job: Job) -> str | None:
        """Start its shim, which holds the lock from here on."""
        self._shims.append(spawn(self._workspace, job, self._locks[job.id], self.restart_command()))
        os.close(self._locks.pop(job.id))
        return None

    def restart_command(self) -> list[str]:
        """What a shim runs at its end, so that a queue goes on whose supervisor was killed in the night."""
        supervisor = [sys.executable, "-P", "-m", "wantui.supervisor"]
        return [*supervisor, "--workspace", str(self._workspace.root), "--unless-stopped"]

    def see(self, job: Job) -> Seen:
        """By lock, log and mark, and by the exit record."""
        files = job_files(self._workspace, job)
        is_alive = liveness.is_alive(files.liveness_lock, files.log, {mark(self._workspace, job)})
        try:
            record = read_exit(files.exit)  # after the look: it is written before the liveness lock is let go
        except JobError as error:
            return Seen(is_alive, broken=str(error))
        if record is not None or is_alive:
            return Seen(is_alive, record)
        # Renamed or removed a moment ago: what was looked for lies elsewhere, and another will look there.
        is_away = not run_folder(self._workspace, job.run).is_dir() or read_exit(files.exit) is not None
        return Seen(is_alive=False, is_certain=not is_away)

    def identify(self, job: Job) -> Started | None:
        """From what its shim has written down."""
        return read_started(job_files(self._workspace, job))

    def keep(self, job: Job) -> str | None:
        """Lease its GPU again where the lease was removed or spoilt, or the workspace renamed."""
        files = job_files(self._workspace, job)
        if (
            job.gpu_uuid is None
            or job.id in self._lease_refused
            or self._devices.is_leased(job.gpu_uuid, files.liveness_lock)
            or self._devices.lease(job.gpu_uuid, job.id, files.liveness_lock, files.log)
        ):
            return None
        self._lease_refused.add(job.id)
        return f"{job.id} is on GPU {job.gpu}, whose lease names another job or another folder"

    def press(self, job: Job) -> None:
        """Its shim sweeps it, or we do where that is gone."""
        files = job_files(self._workspace, job)
        if job.id in self._sweeps:
            self._sweeps[job.id].go_on()
        elif job.shim is None and not files.started.exists():
            return  # it starts just now
        elif job.shim is None or not job.shim.is_alive:
            self._sweeps[job.id] = Sweep(mark(self._workspace, job), files.log)
        elif job.id not in self._pressed:
            self._pressed.add(job.id)
            job.shim.signal(signal.SIGTERM)

    def how_lost(self, job: Job) -> str:
        """By the disk, the boot, or not at all."""
        if self._workspace.is_full:
            return f"the disk of {self._workspace.state} is full, so neither log nor exit code could be written"
        if job.shim is not None and job.shim.boot != boot_id():
            return "the machine was restarted while it ran"
        return "it ended together with the process that watched it, so its exit code is not known; read its log"

    def give_back(self, job: Job) -> None:
        """Let the lock go, and take the lease away; without its lock that holds no longer anyhow."""
        descriptor = self._locks.pop(job.id, None)
        if descriptor is not None:
            os.close(descriptor)
        if job.gpu_uuid is not None:
            with suppress(OSError, GpuError):
                self._devices.release(job.gpu_uuid, job_files(self._workspace, job).liveness_lock)

    def forget(self, job: Job) -> None:
        """Keep nothing more of it."""
        self._sweeps.pop(job.id, None)
        self._pressed.discard(job.id)
        self._lease_refused.discard(job.id)

    def collect(self) -> None:
        """Shims that have ended."""
        self._shims = [process for process in self._shims if process.poll() is None]

    def rest(self) -> None:
        """Let go of the GPU driver."""
        self._devices.rest()
