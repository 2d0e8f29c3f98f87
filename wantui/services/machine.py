"""What the GPU pane shows: readings, who uses which device, and an hour of history."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.services.values import GpuReading, HostReading

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
