"""The GPUs as the supervisor sees them: read when a job waits for one, leased across all workspaces of this user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.gpus.choice import open_for
from wantui.gpus.free import why_busy
from wantui.gpus.leases import Leases
from wantui.gpus.model import GpuReading
from wantui.jobs import liveness
from wantui.paths import runtime_folder
from wantui.supervisor.configured import Configured

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.config import Config
    from wantui.gpus.model import Gpu, GpuProvider
    from wantui.paths import Workspace

SIMULATED_PREFIX = "SIM-"
"""How the UUIDs of simulated GPUs begin."""


class Devices:
    """Offers GPUs by the ``[gpus]`` section of ``wantui.toml``, which is read again when it has changed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._configured = Configured(workspace)
        self._leases = leases()
        self._provider: GpuProvider | None = None

    @property
    def trouble(self) -> str | None:
        """Why the configuration of now is not in force; None: it is."""
        return self._configured.trouble

    def offers(self) -> list[GpuReading]:
        """Read every GPU that may be used, and whether it is free."""
        if self._configured.follow():
            self.rest()
        config = self._configured.config
        if config is None:
            return []
        if self._provider is None:
            self._provider = open_for(config, self.workspace)
        return judge(self.workspace, config, self._provider.snapshot())

    def lease(self, uuid: str, job_id: str, held: Path, log: Path) -> bool:
        """Lease a GPU for as long as the liveness lock `held` is, or where it gets lost, somebody writes to `log`.

        Returns False where somebody else was faster.
        """
        key, root = lease_key(self.workspace, uuid), str(self.workspace.root)
        return self._leases.acquire(key, job=job_id, workspace=root, liveness_lock=held, log=log)

    def is_leased(self, uuid: str, held: Path) -> bool:
        """Whether a GPU is leased with the liveness lock `held`."""
        return self._leases.is_leased(lease_key(self.workspace, uuid), held)

    def release(self, uuid: str, held: Path) -> None:
        """Give a GPU back, where it was leased with the liveness lock `held`."""
        self._leases.release(lease_key(self.workspace, uuid), held)

    def rest(self) -> None:
        """Let go of the driver until a job waits for a GPU again."""
        if self._provider is not None:
            self._provider.close()
            self._provider = None


def leases() -> Leases:
    """The leases of this user on this machine."""
    return Leases(runtime_folder() / "gpus", liveness.is_alive)


def judge(workspace: Workspace, config: Config, readings: Iterable[Gpu]) -> list[GpuReading]:
    """Which of the GPUs read are free, and why the others are not."""
    holders = leases().holders()
    offers = []
    for gpu in readings:
        lease = holders.get(lease_key(workspace, gpu.uuid))
        by = None
        if lease is not None:
            by = lease.job if lease.workspace == str(workspace.root) else f"{lease.job} of {lease.workspace}"
        offers.append(GpuReading(gpu, why_busy(gpu, leased_by=by, free_below_mib=config.gpus.free_below_mib)))
    return offers


def lease_key(workspace: Workspace, uuid: str) -> str:
    """What a GPU is leased as: simulated ones exist once in each workspace, real ones once on the machine."""
    return f"{uuid}-{workspace.runtime.name}" if uuid.startswith(SIMULATED_PREFIX) else uuid
