"""The seam: what the screen asks of the rooms below. Values in, values out; every call may block, so workers call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wantui.caches.model import CacheReport
    from wantui.dataset.model import Item, Problem, StepPlan
    from wantui.dataset.scan import Found
    from wantui.gpus.model import Gpu
    from wantui.jobs.model import Job
    from wantui.runs.board import JobView
    from wantui.runs.forecast import Forecast
    from wantui.runs.output_names import NamesInUse
    from wantui.runs.watch.state import WatchState
    from wantui.services.captions import Editing
    from wantui.services.dataset_settings import DatasetSettings
    from wantui.services.fixes import Mending
    from wantui.services.importing import Importing
    from wantui.services.presets import Named
    from wantui.services.proposals import Proposing
    from wantui.services.setup import SettingUp
    from wantui.trainer.memory_plans import Way


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the run form starts with, and what the top line says of the workspace."""

    trainer_kind: str
    """``musubi`` or ``rehearsal``."""
    dataset: Path
    suffix: str = "mylora"
    author: str = "authorName"
    task: str = "t2v"
    experts: str = "both"
    epochs: int = 100
    save_every: int = 20
    preset: str = "auto"
    preview: str = "auto"
    """How pictures are shown: ``auto``, ``halfcell``, ``sixel``, ``kitty`` or ``off``."""
    has_trainer: bool = True
    """Whether there is anything where the trainer should be."""

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


@dataclass(frozen=True, slots=True)
class CaptionText:
    """A caption as it stands in its file."""

    text: str
    token: object = None
    """What the room below wants back when saving, to see whether the file has changed since."""


@dataclass(frozen=True, slots=True)
class GpuReading:
    """A GPU at one moment."""

    gpu: Gpu
    busy: str | None = None
    """What keeps it from being free; None: it is."""


@dataclass(frozen=True, slots=True)
class HostReading:
    """The machine without its GPUs, at one moment. What is not known is None."""

    cpu_pct: float | None = None
    ram_used_mib: float | None = None
    ram_total_mib: float | None = None
    disk_free_mib: float | None = None
    """Free space where the workspace lies."""


@dataclass(frozen=True, slots=True)
class RunWish:
    """What a person asks for in the run form."""

    suffix: str
    author: str
    dataset: Path
    task: str
    experts: str
    epochs: int
    save_every: int
    preset: str = "auto"
    """How memory is spent: ``auto``, ``workflow``, or the name of a rung."""
    loaded: str = ""
    """The named preset that it began with; empty: none."""
    replaces: bool = False
    """Whether files that exist under its names may be replaced."""


@dataclass(frozen=True, slots=True)
class PlannedCommand:
    """One job of a planned run."""

    kind: str
    """``latents``, ``text``, ``high`` or ``low``."""
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunPreview:
    """What would happen if the wish were granted now."""

    problems: tuple[Problem, ...] = ()
    steps: StepPlan | None = None
    to_encode: dict[str, int] = field(default_factory=dict)
    """Cache files to encode, by step: ``latents``, ``text``."""
    commands: tuple[PlannedCommand, ...] = ()
    forecast: Forecast | None = None
    """What it would write."""
    ways: tuple[Way, ...] = ()
    """How each expert would train on each GPU."""
    in_use: NamesInUse | None = None
    """Files that exist under its names, or that another run is still to write."""

    @property
    def may_start(self) -> bool:
        """Whether nothing forbids the start."""
        return not any(problem.severity.value == "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class RunStory:
    """What a run was."""

    run: int
    kind: str
    """``train`` or ``cache``."""
    trainer: str | None
    """The trainer and its commit; None before an expert started."""
    settings: tuple[tuple[str, str], ...]
    items: tuple[tuple[str, str], ...]
    """Name and caption of what it trained on; empty before that was settled."""
    before: int | None = None
    """The training run before it, which it is compared with."""
    differs: tuple[tuple[str, str], ...] = ()
    """What differs from that one, and how."""


class Backend(Protocol):
    """Everything that the screen can ask for. Every call raises `WantuiError`, and nothing else of its own."""

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        ...

    def defaults(self) -> Defaults:
        """The workspace's configuration, as far as the screen needs it."""
        ...

    def dataset(self, found: Found | None = None) -> DatasetView:
        """Read the dataset and look at its caches.

        Args:
            found: told of items before all are known; of the caches and of what lint says it is told nothing.
        """
        ...

    def changes(self, stop: threading.Event) -> Iterator[frozenset[Path]]:
        """The files that something has happened to, as it happens, until it is others that should be watched.

        Args:
            stop: set to end it.

        An empty set comes at least twice a second, the first one once everything is watched.
        """
        ...

    def glance(self, changed: Iterable[Path]) -> DatasetView:
        """Look at the items of these files alone, within a few milliseconds; `dataset` has the last word.

        Args:
            changed: files; those that belong to no known item are passed over.
        """
        ...

    def changed_since(self, run: int) -> str:
        """How the dataset differs from what the run trains on: ``3 captions changed``; empty where it does not."""
        ...

    def watching(self) -> WatchState | None:
        """What the supervisor's watcher is at; None where none is at work."""
        ...

    def pause_watching(self, *, paused: bool) -> None:
        """Let changes lead to no cache run, or let them again."""
        ...

    def read_caption(self, item: Item) -> CaptionText:
        """The caption as it stands in its file now."""
        ...

    def save_caption(self, item: Item, text: str, read_as: CaptionText | None) -> CaptionText:
        """Write a caption.

        Args:
            item: whose.
            text: the new caption.
            read_as: what the edit began with; None overwrites whatever is there now.

        Raises:
            ConflictError: the file has been changed since `read_as`.
        """
        ...

    def jobs(self) -> tuple[JobView, ...]:
        """Every job with its progress, oldest first."""
        ...

    def loss_history(self, job: Job) -> Sequence[tuple[int, float]]:
        """Step and loss, as far as they are known, ascending by step."""
        ...

    def story(self, run: int) -> RunStory:
        """What a run was: settings, trainer, items, and how it differs from the training before it."""
        ...

    def memory_of(self, job: Job) -> str | None:
        """How a job spends memory, as a sentence; None before that is settled."""
        ...

    def gpus(self) -> tuple[GpuReading, ...]:
        """Read every GPU."""
        ...

    def host(self) -> HostReading:
        """Read the rest of the machine."""
        ...

    def preview(self, wish: RunWish) -> RunPreview:
        """What a run would do."""
        ...

    def start(self, wish: RunWish) -> int:
        """Start a training run; answers with its number."""
        ...

    def cache(self) -> int:
        """Start a cache run for what is not current; answers with its number."""
        ...

    def stop(self, job_id: str) -> None:
        """End a job, or take it out of the queue."""
        ...

    def retry_meets(self, job_id: str) -> NamesInUse | None:
        """What a retry of a job would overwrite; None where nothing."""
        ...

    def retry(self, job_id: str, *, replaces: bool = False) -> None:
        """Queue a job again with the same settings; `replaces` as in `RunWish`."""
        ...

    def wake(self) -> None:
        """Make sure that somebody looks after runs that have not ended, and after the dataset."""
        ...

    @property
    def proposing(self) -> Proposing:
        """Captions that a program proposes."""
        ...

    @property
    def editing(self) -> Editing:
        """Changes of captions and items."""
        ...

    @property
    def mending(self) -> Mending:
        """Problems and their cures."""
        ...

    @property
    def settings(self) -> DatasetSettings:
        """The ``dataset.toml``."""
        ...

    @property
    def setting_up(self) -> SettingUp:
        """Setting the box up, and the doctor."""
        ...

    @property
    def named(self) -> Named:
        """Named presets."""
        ...

    @property
    def importing(self) -> Importing:
        """Media from elsewhere."""
        ...

    def close(self) -> None:
        """Let go of drivers and files."""
        ...
