"""Readings of GPUs and host, taken once a second while jobs run."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.gpus.choice import open_for
from wantui.gpus.host_load import HostLoad
from wantui.gpus.model import GpuError
from wantui.history.model import KeptGpuReading, KeptHostReading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wantui.gpus.model import Gpu, GpuProvider
    from wantui.paths import Workspace


class Readings:
    """Takes them for one workspace, by the ``[gpus]`` section of ``wantui.toml``."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._provider: GpuProvider | None = None
        self._stamp: int | None = -1
        self.generation = 0
        """Counts how often the configuration has said which GPUs are read."""
        self.seen: tuple[Gpu, ...] | None = None
        """The devices at the last look, as they were told of; None: nobody can be asked."""
        self.load = HostLoad()

    def gpus(self, now: float, jobs: Mapping[str, str]) -> list[KeptGpuReading]:
        """Every device that tells anything.

        Args:
            now: seconds since 1970.
            jobs: id of the job that has a device, by its uuid.
        """
        self._follow_configuration()
        self.seen = None
        if self._provider is None:
            return []
        try:
            self.seen = self._provider.snapshot(with_processes=False)
        except GpuError:
            return []
        return [kept(gpu, int(now), jobs.get(gpu.uuid)) for gpu in self.seen if tells(gpu)]

    def host(self, now: float) -> KeptHostReading:
        """Processor, memory, disk."""
        return KeptHostReading(int(now), self.load.cpu_pct(), self.load.memory_used_mib(), self._disk_free_mib())

    def close(self) -> None:
        """Let go of the driver."""
        if self._provider is not None:
            self._provider.close()
            self._provider = None

    def _disk_free_mib(self) -> int | None:
        try:
            return shutil.disk_usage(self._workspace.state).free >> 20
        except OSError:
            return None

    def _follow_configuration(self) -> None:
        """Read ``wantui.toml`` again where it has changed; one that is broken leaves things as they are."""
        try:
            stamp: int | None = self._workspace.config_file.stat().st_mtime_ns
        except OSError:
            stamp = None
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            provider = open_for(configuration.load(self._workspace), self._workspace)
        except (configuration.ConfigError, GpuError) as error:
            print(f"GPUs are read as before: {error}", file=sys.stderr, flush=True)  # noqa: T201  goes to its log
            return
        self.close()
        self._provider = provider
        self.generation += 1


def tells(gpu: Gpu) -> bool:
    """Whether a device says anything that is kept."""
    figures = (gpu.utilization_pct, gpu.memory_used_mib, gpu.temperature_c, gpu.power_w)
    return any(figure is not None for figure in figures)


def kept(gpu: Gpu, now: int, job: str | None, name: str | None = None) -> KeptGpuReading:
    """What is kept of a device.

    Args:
        gpu: as it was read.
        now: seconds since 1970.
        job: id of the job that has it.
        name: to be kept instead of its own.
    """
    power = None if gpu.power_w is None else round(gpu.power_w)
    return KeptGpuReading(
        now, gpu.uuid, gpu.index, name or gpu.name, gpu.utilization_pct, gpu.memory_used_mib, gpu.temperature_c,
        power, job, gpu.sm_clock_mhz, gpu.throttle,
    )  # fmt: skip
