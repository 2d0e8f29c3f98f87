"""The values of the history: points of a training, readings of the machine, events."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from shlex import quote
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
class Action:
    """What a person can do about an event."""

    command: str | None
    """Of the screen, by the name that keys are given to: ``jobs.resume``; None: there is none for it."""
    verb: str
    """The command line: ``wantui resume 7.high``."""


_ACTIONS = {
    "stall": Action("log", "wantui logs {job}"),
    "gpu-idle": Action("log", "wantui logs {job}"),
    "tried-again": Action("log", "wantui logs {job}"),
    "out-of-memory": Action("log", "wantui logs {job}"),
    "loss-nan": Action("stop", "wantui stop {job}"),
    "loss-exploding": Action("stop", "wantui stop {job}"),
    "gpu-lost": Action(None, "wantui doctor"),
    "gpu-throttled": Action(None, "wantui gpus --history --since 1h"),
    "disk": Action(None, "df -h {folder}"),
    "memory-kill": Action(None, "wantui jobs"),
    "run-finished": Action("jobs.story", "wantui runs show {run}"),
    "upload-failed": Action("jobs.release", "wantui release {run} --upload {repository}"),
    "run-failed": Action("jobs.resume", "wantui resume {run}"),
    "cache-failed": Action("cache", "wantui cache"),
    "notify": Action(None, "wantui notify --test"),
}
"""By the kind of the event."""
_RESUME = Action("jobs.resume", "wantui resume {job}")
_RETRY = Action("retry", "wantui retry {job}")
_RETRY_RUN = Action("retry", "wantui retry {run}")
_ENDED = {"failed": _RETRY, "lost": _RETRY, "stopped": _RESUME}
"""What can be done about a job, by the state that it has ended in."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened."""

    time: float
    severity: EventSeverity
    kind: str
    """``job-ended``, ``stall``, ``disk`` and others: ``docs/night.md`` has all of them."""
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

    @property
    def action(self) -> Action | None:
        """What a person can do about it; None: nothing has to be done."""
        known = _ACTIONS.get(self.kind)
        if self.kind == "job-ended":
            known = _ENDED.get(str(self.evidence.get("state")))
            if known is _RETRY and str(self.job).endswith((".high", ".low")):
                known = _RESUME
        if self.kind == "run-failed" and self.evidence.get("kind") not in (None, "train"):
            known = _RETRY_RUN
        if known is None:
            return None
        words = {"job": self.job, "run": self.evidence.get("run"), "folder": self.evidence.get("folder")}
        words["repository"] = self.evidence.get("repository")
        quoted = {name: quote(str(word)) for name, word in words.items()}
        return Action(known.command, known.verb.format_map(quoted))


@dataclass(frozen=True, slots=True)
class ReadUpTo:
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
    places: dict[Path, ReadUpTo] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)
    """Numbers that the recorder wants to know after a restart, by names."""

    def add(self, later: Batch) -> None:
        """Keep what another one holds as well, which was found later."""
        for start in later.starts:
            self.begin(start)
        self.points += later.points
        self.gpus += later.gpus
        self.host += later.host
        self.events += later.events
        self.places |= later.places
        self.facts |= later.facts

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
