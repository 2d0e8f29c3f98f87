"""The machine: readings of its GPUs and of the host, who uses which device, and an hour of readings."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.errors import WantuiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.gpus.model import GpuProvider, GpuReading
    from wantui.paths import Workspace
    from wantui.services.values import HostReading

HOUR_SAMPLES = 3600
BUCKETS = 60
"""Points kept of the last hour: one a minute."""


@dataclass(frozen=True, slots=True)
class MachineView:
    """The machine at one moment."""

    gpus: tuple[GpuReading, ...] = ()
    trouble: str | None = None
    """Why no GPU can be read, and what to do; None where they can."""
    host: HostReading | None = None
    hour: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By uuid: mean utilisation in percent of each minute of the last hour, oldest first."""


class MachineReadings:
    """The machine that a workspace is on."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._provider: GpuProvider | None = None
        self._provider_for: object = None

    def look(self) -> MachineView:
        """The GPUs that may be used, each with its job of this workspace, and why there is none where that is so."""
        from wantui.jobs.store import RunStore  # noqa: PLC0415  when it is asked for

        with explained():
            readings, why_none = self._read()
            own = {
                job.gpu: job.id
                for run in RunStore(self._workspace).runs()
                for job in run.jobs
                if job.state.is_active and job.gpu is not None
            }
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
        from wantui.services.host import read_host  # noqa: PLC0415  when it is asked for

        return read_host(self._workspace.root)

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
        wanted = (config.gpus, config.trainer.kind)
        if self._provider is None or wanted != self._provider_for:
            self.close()
            self._provider, self._provider_for = open_for(config, self._workspace), wanted
        found = self._provider.snapshot()
        why_none = None if found else self._provider.reason or "none may be used"
        offers = judge(self._workspace, config, found) if found else ()
        return tuple(offers), why_none


class HourOfUse:
    """Remembers utilisation, one mean a minute."""

    def __init__(self, samples_a_bucket: int = HOUR_SAMPLES // BUCKETS) -> None:
        self._samples_a_bucket = samples_a_bucket
        self._closed: dict[str, deque[int]] = {}
        self._open: dict[str, list[int]] = {}

    def add(self, gpus: Sequence[GpuReading]) -> None:
        """Take one reading of each device, as it is made once a second."""
        for reading in gpus:
            gpu = reading.gpu
            if gpu.utilization_pct is None:
                continue
            open_bucket = self._open.setdefault(gpu.uuid, [])
            open_bucket.append(gpu.utilization_pct)
            if len(open_bucket) >= self._samples_a_bucket:
                closed = self._closed.setdefault(gpu.uuid, deque(maxlen=BUCKETS))
                closed.append(round(sum(open_bucket) / len(open_bucket)))
                open_bucket.clear()

    def snapshot(self) -> dict[str, tuple[int, ...]]:
        """The closed minutes of each device."""
        return {uuid: tuple(closed) for uuid, closed in self._closed.items()}
