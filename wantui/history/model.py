"""The values of the history: points of a training, readings of the machine, events."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wantui.errors import MachineError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.gpus.model import Throttle


class HistoryError(MachineError):
    """A history that cannot be read or written; the message says which file, why and what to do."""


class NewerHistoryError(HistoryError):
    """A history that a newer wantui has written: it is left as it is."""


@dataclass(frozen=True, slots=True)
class TrainingPoint:
    """One training step. What is not known is None; a loss that is not a number counts as not known."""

    run: int
    kind: str
    """Of the job: ``high`` or ``low``."""
    step: int
    """Counted from the first attempt, from 1."""
    attempt: int
    time: float
    """Seconds since 1970, as every time here."""
    epoch: int | None = None
    """That the step belongs to, counted from the first attempt, from 1."""
    loss: float | None = None
    """Of this step alone."""
    smoothed: float | None = None
    """The trainer's mean over the steps of an epoch."""
    learning_rate: float | None = None
    grad_norm: float | None = None

    def document(self) -> dict[str, Any]:
        """As JSON and tables have it; whose step it is stands beside it."""
        return {
            "step": self.step,
            "epoch": self.epoch,
            "attempt": self.attempt,
            "time": self.time,
            "loss": self.loss,
            "smoothed_loss": self.smoothed,
            "learning_rate": self.learning_rate,
            "grad_norm": self.grad_norm,
        }


@dataclass(frozen=True, slots=True)
class AttemptStart:
    """An attempt at a training that has begun: what earlier ones have trained beyond its first step is void."""

    run: int
    kind: str
    attempt: int
    step: int
    """Done before."""


@dataclass(frozen=True, slots=True)
class KeptGpuReading:
    """A GPU in one second, or on average over more of them when that is long ago."""

    time: int
    uuid: str
    index: int
    name: str
    utilization_pct: int | None = None
    """The mean."""
    memory_used_mib: int | None = None
    """The most."""
    temperature_c: int | None = None
    """The highest."""
    power_w: int | None = None
    """The mean."""
    job: str | None = None
    """Id of the job of this workspace that had it."""
    sm_clock_mhz: int | None = None
    """The mean."""
    throttle: Throttle | None = None
    """The weightiest."""


@dataclass(frozen=True, slots=True)
class KeptHostReading:
    """The machine without its GPUs in one second, or over more of them."""

    time: int
    cpu_pct: int | None = None
    """The mean."""
    memory_used_mib: int | None = None
    """The most."""
    disk_free_mib: int | None = None
    """The least, where the workspace lies."""


class EventSeverity(StrEnum):
    """How much an event matters."""

    INFO = "info"
    """As it should be."""
    WARNING = "warning"
    """A person should look."""
    ERROR = "error"
    """Something has ended badly, or will."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened."""

    time: float
    severity: EventSeverity
    kind: str
    """``job-started``, ``job-ended``, ``tried-again``, ``loss-nan``, ``stall``, ``disk``, ``memory-kill``, ..."""
    job: str | None
    """Id of the job that it is about."""
    message: str
    """A sentence without a final stop."""
    evidence: dict[str, Any] = field(default_factory=dict)
    """What it was concluded from, as JSON."""
    key: str | None = None
    """Names what has happened: of two events with one key the first is kept. None: every one is kept."""
    number: int | None = None
    """In the order in which they were kept, from 1; None: not kept yet."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a file has been read, so that no byte of it is read twice."""

    path: Path
    offset: int
    epoch: int | None = None
    """The last one that it has told of, as the file counts."""


SEEN_UNTIL = "seen_until"
"""The fact until when the recorder has seen what happened."""


def disk_pace(device: int) -> str:
    """The name of the fact how fast a disk fills, in MiB a second, while trainings write to it.

    Args:
        device: ``st_dev`` of its folders.
    """
    return f"disk pace {device}"


@dataclass(slots=True)
class Batch:
    """What is kept in one go: all of it or nothing."""

    starts: list[AttemptStart] = field(default_factory=list)
    points: list[TrainingPoint] = field(default_factory=list)
    """Kept after `starts`."""
    gpus: list[KeptGpuReading] = field(default_factory=list)
    host: list[KeptHostReading] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    places: dict[Path, Place] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)
    """Numbers that the recorder wants to know after a restart, by names."""

    def begin(self, start: AttemptStart) -> None:
        """Keep that an attempt has begun, and nothing of what it makes void."""
        self.starts.append(start)
        self.points = [
            point
            for point in self.points
            if (point.run, point.kind) != (start.run, start.kind)
            or point.attempt >= start.attempt
            or point.step <= start.step
        ]

    def __bool__(self) -> bool:
        return bool(self.starts or self.points or self.gpus or self.host or self.events or self.places or self.facts)
