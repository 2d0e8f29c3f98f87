"""The machine: readings of its GPUs and of the host, who uses which device, and what the night has been."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.errors import WantuiError
from wantui.formatting import HOUR_S, MINUTE_S

if TYPE_CHECKING:
    from wantui.config.schema import SlurmConfig
    from wantui.gpus.model import GpuProvider, GpuReading
    from wantui.jobs.model import Job
    from wantui.jobs.store import RunStore
    from wantui.paths import Workspace
    from wantui.services.host import Host
    from wantui.services.values import HostReading

NIGHT_S = 8 * HOUR_S
"""So much of what was kept is shown."""
NODES_S = 5.0
"""How long what Slurm has said of its nodes counts."""
FRESH_S = 60.0
"""How old the reading of a node's GPU may be; its clock may be off by some of it."""


@dataclass(frozen=True, slots=True)
class MachineView:
    """The machine at one moment."""

    gpus: tuple[GpuReading, ...] = ()
    trouble: str | None = None
    """Why no GPU can be read, and what to do; None where they can."""
    host: HostReading | None = None
    night: dict[str, tuple[int | None, ...]] = field(default_factory=dict)
    """By uuid: mean use in percent of each minute of the last `NIGHT_S`, oldest first; None where none was kept."""


class MachineReadings:
    """The machine that a workspace is on."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._provider: GpuProvider | None = None
        self._provider_for: object = None
        self._is_slurm = False
        self._runs: RunStore | None = None
        self._nodes: tuple[tuple[GpuReading, ...], str | None] = ((), None)
        self._nodes_at = -math.inf
        self._host: Host | None = None
        self._night: dict[str, tuple[int | None, ...]] = {}
        self._night_until = 0

    def look(self) -> MachineView:
        """The GPUs that may be used, each with its job of this workspace, and why there is none where that is so."""
        with explained():
            readings, why_none = self._read()
            own = {job.gpu: job.id for job in self._active_jobs() if job.gpu is not None}
        if self._is_slurm:
            return MachineView(readings, why_none)
        return MachineView(tuple(replace(each, job=own.get(each.gpu.index)) for each in readings), why_none)

    def gpus(self) -> tuple[GpuReading, ...]:
        """Every GPU with what keeps it from being free.

        Raises:
            WantuiError: there is none that may be used.
        """
        with explained():
            readings, why_none = self._read()
        if why_none is not None:
            raise WantuiError(
                f"No GPU: {why_none}. `wantui gpus` tells more. "
                'To try things without one set kind = "rehearsal" in [trainer] of wantui.toml.'
            )
        return readings

    def host(self) -> HostReading:
        """The machine without its GPUs."""
        if self._host is None:
            from wantui.services.host import Host  # noqa: PLC0415  when it is asked for

            self._host = Host(self._workspace)
        return self._host.read()

    def night(self) -> dict[str, tuple[int | None, ...]]:
        """See `MachineView.night`; a new one each minute, and none where the history cannot be read."""
        from wantui.history.model import HistoryError  # noqa: PLC0415  when it is asked for
        from wantui.history.reader import HistoryReader  # noqa: PLC0415  the same

        until = int(time.time()) // MINUTE_S * MINUTE_S
        if until != self._night_until:
            self._night_until = until
            try:
                self._night = HistoryReader(self._workspace).gpu_use(until - NIGHT_S, until, NIGHT_S // MINUTE_S)
            except HistoryError:
                self._night = {}
        return self._night

    def close(self) -> None:
        """Let go of the driver."""
        if self._provider is not None:
            self._provider.close()
            self._provider = None

    def _read(self) -> tuple[tuple[GpuReading, ...], str | None]:
        """The GPUs that may be used, and why there is none where that is so."""
        from wantui import config as configuration  # noqa: PLC0415  when it is asked for
        from wantui.gpus.choice import open_for  # noqa: PLC0415  the same
        from wantui.supervisor.devices import judge  # noqa: PLC0415  the same

        config = configuration.load(self._workspace)
        self._is_slurm = config.machines.engine == "slurm"
        if self._is_slurm:
            self.close()
            return self._read_nodes(config.machines.slurm)
        wanted = (config.gpus, config.trainer.kind)
        if self._provider is None or wanted != self._provider_for:
            self.close()
            self._provider, self._provider_for = open_for(config, self._workspace), wanted
        found = self._provider.snapshot()
        why_none = None if found else self._provider.reason or "none is allowed"
        offers = judge(self._workspace, config, found) if found else ()
        return tuple(offers), why_none

    def _read_nodes(self, config: SlurmConfig) -> tuple[tuple[GpuReading, ...], str | None]:
        """The GPUs of the cluster's nodes with our jobs; Slurm is asked no more often than every `NODES_S`."""
        from wantui.slurm.commands import SlurmError  # noqa: PLC0415  where there is a cluster
        from wantui.slurm.nodes import nodes, readings  # noqa: PLC0415  the same

        if time.monotonic() - self._nodes_at > NODES_S:
            try:
                found = readings(nodes(config), config)
                self._nodes = found, None if found else "Slurm lists no node with such a GPU; see `wantui doctor`"
            except SlurmError as error:
                self._nodes = (), str(error)
            self._nodes_at = time.monotonic()
        from wantui.slurm.nodes import with_jobs  # noqa: PLC0415  the same

        jobs = {job.id: job for job in self._active_jobs()}
        placed = with_jobs(self._nodes[0], jobs.values())
        return tuple(self._with_figures(each, jobs.get(each.job or "")) for each in placed), self._nodes[1]

    def _with_figures(self, reading: GpuReading, job: Job | None) -> GpuReading:
        """A GPU of a node with what the job there has read of it lately."""
        from wantui.jobs.store import job_files  # noqa: PLC0415  the same
        from wantui.slurm.gpu_record import read_last  # noqa: PLC0415  where there is a cluster

        last = None if job is None else read_last(job_files(self._workspace, job).gpus)
        if last is None or not last.gpus or time.time() - last.time > FRESH_S:
            return reading
        own = reading.gpu
        return replace(reading, gpu=replace(last.gpus[0], index=own.index, name=own.name))

    def _active_jobs(self) -> list[Job]:
        from wantui.jobs.store import RunStore  # noqa: PLC0415  when it is asked for

        if self._runs is None:
            self._runs = RunStore(self._workspace)
        return [job for run in self._runs.runs() for job in run.jobs if job.state.is_active]
