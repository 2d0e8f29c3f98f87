"""This machine and the cluster as one: ``[machines] engine`` says where a job starts; it is followed where it did.

What wants no GPU, as the steps of a setup do, starts here: nodes of clusters often have no way to the internet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.config.schema import SlurmConfig
from wantui.jobs.store import job_files
from wantui.supervisor.configured import Configured
from wantui.supervisor.local import LocalMachine
from wantui.supervisor.slurm.files import SlurmFiles
from wantui.supervisor.slurm.machine import SlurmMachine

if TYPE_CHECKING:
    from wantui.gpus.model import GpuReading
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.supervisor.machine import Machine, Seen
    from wantui.supervisor.spawn import Started


class Machines:
    """Both, as `wantui.supervisor.machine.Machine` has one: what runs goes on though the engine is changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._configured = Configured(workspace)
        self._local = LocalMachine(workspace)
        self._slurm = SlurmMachine(workspace, self._slurm_config)

    @property
    def trouble(self) -> str | None:
        """Why the configuration of now is not in force, or Slurm is silent."""
        return self._configured.trouble or self._local.trouble or self._slurm.trouble

    def offers(self) -> list[GpuReading]:
        """Those of the engine of now."""
        return self._engine().offers()

    def take(self, job: Job) -> bool:
        """By the engine of now."""
        return (self._engine() if job.spec.wants_gpu else self._local).take(job)

    def holds(self, job: Job) -> bool:
        """Whether either holds it."""
        return self._local.holds(job) or self._slurm.holds(job)

    def start(self, job: Job) -> str | None:
        """By the engine that has taken it."""
        return self._of(job).start(job)

    def see(self, job: Job) -> Seen:
        """Where it was started."""
        return self._of(job).see(job)

    def identify(self, job: Job) -> Started | None:
        """Where it was started."""
        return self._of(job).identify(job)

    def keep(self, job: Job) -> str | None:
        """Where it was started."""
        return self._of(job).keep(job)

    def press(self, job: Job) -> None:
        """Where it was started."""
        self._of(job).press(job)

    def how_lost(self, job: Job) -> str:
        """Where it was started."""
        return self._of(job).how_lost(job)

    def give_back(self, job: Job) -> None:
        """What either holds."""
        self._local.give_back(job)
        self._slurm.give_back(job)

    def forget(self, job: Job) -> None:
        """By both."""
        self._local.forget(job)
        self._slurm.forget(job)

    def collect(self) -> None:
        """By both."""
        self._local.collect()
        self._slurm.collect()

    def rest(self) -> None:
        """By both."""
        self._local.rest()
        self._slurm.rest()

    def _engine(self) -> Machine:
        self._configured.follow()
        config = self._configured.config
        return self._slurm if config is not None and config.machines.engine == "slurm" else self._local

    def _slurm_config(self) -> SlurmConfig:
        self._configured.follow()
        config = self._configured.config
        return SlurmConfig() if config is None else config.machines.slurm

    def _of(self, job: Job) -> Machine:
        """Who has the job: known by what is kept of it, for the engine may be another by now."""
        if self._slurm.holds(job):
            return self._slurm
        if self._local.holds(job):
            return self._local
        is_at_slurm = SlurmFiles.of(job_files(self._workspace, job)).submission.exists()
        return self._slurm if is_at_slurm else self._local
