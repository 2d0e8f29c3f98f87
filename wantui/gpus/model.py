"""The values of the GPU room: a reading of one device, and the seam to whatever reads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from wantui.errors import MachineError

TO_BE_CHOSEN = -1
"""Index of a device that a scheduler will choose: its kind is known, not which one."""


class GpuError(MachineError):
    """GPUs that cannot be asked for; the message says why and what to do."""


class Throttle(IntEnum):
    """What holds a device's clocks down, the weightiest; a greater number is more of a reason to look."""

    NONE = 0
    POWER = 1
    """Its power limit: under full load that is as it should be."""
    HARDWARE = 2
    """It halves them, or less, by itself, and does not say whether for heat or for lack of power."""
    THERMAL = 3
    """It is too hot."""

    @property
    def word(self) -> str:
        """As documents have it: ``thermal``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Gpu:
    """One device at one moment. What a device does not tell is None."""

    index: int
    """Position in PCI bus order, as ``CUDA_DEVICE_ORDER=PCI_BUS_ID`` numbers them; MIG slices have numbers of
    wantui's own beyond those."""
    uuid: str
    name: str
    memory_used_mib: int | None = None
    memory_total_mib: int | None = None
    utilization_pct: int | None = None
    temperature_c: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    sm_clock_mhz: int | None = None
    """Of its multiprocessors."""
    throttle: Throttle | None = None
    processes: tuple[int, ...] = ()
    """Process ids with a compute context, in the namespace of the driver: in a container they match none of ours."""
    compute_capability: tuple[int, int] | None = None
    """Major and minor, e.g. (12, 0) for Blackwell."""
    problem: str | None = None
    """Why the device cannot be used at all, as a sentence: it has fallen off the bus, or does not answer."""

    @property
    def is_to_be_chosen(self) -> bool:
        """Whether it stands for any device of its kind, of which a scheduler will choose one."""
        return self.index == TO_BE_CHOSEN

    @property
    def cuda_name(self) -> str:
        """What ``CUDA_VISIBLE_DEVICES`` calls it: CUDA knows a MIG slice by its UUID only."""
        return self.uuid if self.uuid.startswith("MIG-") else str(self.index)


@dataclass(frozen=True, slots=True)
class GpuReading:
    """A GPU at one moment, and whether it can be had."""

    gpu: Gpu
    busy: str | None = None
    """What keeps it from being free, for a person: ``GPU 0 is used by 6.high``; None: it is."""
    job: str | None = None
    """Id of the job of this workspace that has it, where that was asked for."""


class GpuProvider(Protocol):
    """Something that reads GPUs."""

    @property
    def reason(self) -> str | None:
        """Why the last `snapshot` had no device, as a sentence; None where it had one, and before the first."""
        ...

    def snapshot(self, *, with_processes: bool = True) -> tuple[Gpu, ...]:
        """Read every device that may be used, in index order.

        Args:
            with_processes: also list processes, which takes milliseconds under the driver's lock; without it
                `Gpu.processes` may be as old as the last listing.
        """
        ...

    def close(self) -> None:
        """Let go of the driver."""
        ...
