"""The seam: what the screen asks of the rooms below. Values in, values out; every call may block, so workers call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.caches.model import CacheReport
    from wantui.dataset.model import Item, Problem, StepPlan
    from wantui.jobs.model import JobSpec
    from wantui.runs.forecast import Forecast
    from wantui.runs.output_names import NamesInUse
    from wantui.trainer.memory_plans import MemoryPlan
    from wantui.trainer.model import RunSettings


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the run form starts with, and what the top line says of the workspace.

    It comes from another process before the first rows. `wantui.config.Config`, which has all this, would have to be
    imported for them: 26 ms of CPU, measured with the screen's own imports done. So this is a type of its own.
    """

    trainer_kind: str
    """``musubi`` or ``rehearsal``."""
    dataset: Path
    suffix: str = "mylora"
    author: str = "authorName"
    task: str = "t2v"
    experts: str = "both"
    epochs: int = 100
    save_every: int = 20
    memory: str = "auto"
    preview: str = "auto"
    """How pictures are shown: ``auto``, ``halfcell``, ``quadrant``, ``sextant``, ``sixel``, ``kitty`` or ``off``."""
    bell: bool = True
    """Whether the terminal is to ring when something has happened."""
    curves: str = "braille"
    """What the curves screen draws with: ``braille`` or ``picture``."""
    has_trainer: bool = True
    """Whether there is anything where the trainer should be."""
    is_first_run: bool = False
    """Whether something is missing for a training, and none was ever started here."""

    @property
    def is_rehearsal(self) -> bool:
        """Whether nothing here is the real trainer."""
        return self.trainer_kind == "rehearsal"


@dataclass(frozen=True, slots=True)
class DatasetView:
    """A dataset with what is wrong with it and how its caches stand."""

    path: Path
    items: tuple[Item, ...]
    problems: tuple[Problem, ...] = ()
    report: CacheReport | None = None
    """None where the caches could not be looked at."""
    held_out: frozenset[str] = frozenset()
    """`Item.key` of the items that are never trained on."""


@dataclass(frozen=True, slots=True)
class CaptionText:
    """A caption as it stands in its file."""

    text: str
    token: object = None
    """What the room below wants back when saving, to see whether the file has changed since."""


@dataclass(frozen=True, slots=True)
class DiskReading:
    """A disk at one moment."""

    names: str
    """What lies on it: ``output, caches``."""
    free_mib: float | None = None
    full_in_s: float | None = None
    """When it is full if it goes on as in the last half hour; None: it does not become fuller, or nobody knows."""


@dataclass(frozen=True, slots=True)
class HostReading:
    """The machine without its GPUs, at one moment. What is not known is None."""

    cpu_pct: float | None = None
    ram_used_mib: float | None = None
    ram_total_mib: float | None = None
    """Of the machine, or what a container may use of it."""
    ram_is_limited: bool = False
    """Whether that is a container's limit."""
    network_bytes_s: float | None = None
    """Received and sent."""
    disks: tuple[DiskReading, ...] = ()
    """Those of output, caches and weights, each once."""


@dataclass(frozen=True, slots=True)
class RunPreview:
    """What would happen if a run were started now."""

    settings: RunSettings
    problems: tuple[Problem, ...] = ()
    steps: StepPlan | None = None
    to_encode: dict[str, int] = field(default_factory=dict)
    """Cache files to encode, by step: ``latents``, ``text``."""
    jobs: tuple[JobSpec, ...] = ()
    forecast: Forecast | None = None
    """What it would write."""
    ways: tuple[MemoryPlan, ...] = ()
    """How each expert would train on each GPU."""
    in_use: NamesInUse | None = None
    """Files that exist under its names, or that another run is still to write."""

    @property
    def may_start(self) -> bool:
        """Whether nothing forbids the start."""
        return not any(problem.severity.value == "error" for problem in self.problems)
