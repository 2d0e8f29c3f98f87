"""One look at what a run stands on: the dataset, its caches, and everything that is wrong with either."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wantui.caches.held_out import HeldOut, without
from wantui.caches.model import CacheReport, CacheStep
from wantui.caches.records import Records
from wantui.caches.source import Source
from wantui.caches.state import examine
from wantui.trainer.model import Expert, RunSettings, Task

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Dataset, Problem, StepPlan
    from wantui.paths import Workspace


@dataclass(frozen=True)
class DatasetReport:
    """A dataset and its caches at one moment; what is wrong with it is found when it is first asked for."""

    workspace: Workspace
    settings: RunSettings
    dataset: Dataset
    caches: CacheReport
    steps: StepPlan
    records: Records
    held_out: frozenset[str] = frozenset()
    """`Item.key` of the items that are encoded and never trained on."""

    @property
    def trained(self) -> Dataset:
        """The dataset without its held-out items."""
        return without(self.dataset, self.held_out)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong."""
        from wantui.runs.diagnosis import problems_of  # noqa: PLC0415  many looks are at the caches alone

        return problems_of(self.workspace, self.dataset, self.settings)

    @cached_property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that training refuses."""
        from wantui.runs.diagnosis import errors_of  # noqa: PLC0415  the same

        return errors_of(self.workspace, self.dataset, self.settings)

    @property
    def cache_folders(self) -> tuple[Path, ...]:
        """The folders that cache jobs write and trainings read, links resolved, each once."""
        folders = {subset.cache_directory.resolve() for subset in self.dataset.config.subsets}
        return tuple(sorted(folders))

    @property
    def all_current(self) -> bool:
        """Whether nothing has to be encoded before training."""
        return not any(self.caches.to_encode(step) for step in CacheStep)

    @property
    def all_clean(self) -> bool:
        """Whether the cache folders themselves may be trained on: an orphan would be trained on as well."""
        return self.all_current and not any(self.caches.to_remove(step) for step in CacheStep)


def look_at(workspace: Workspace, settings: RunSettings) -> DatasetReport:
    """Read and examine the dataset of `settings`.

    Raises:
        DatasetError: the ``dataset.toml`` cannot be read.
        CacheError: the list of held-out items cannot be read.
    """
    from wantui.runs.scanning import scan_for  # noqa: PLC0415  many jobs end without a look

    return look_over(scan_for(workspace, settings), workspace, settings)


def look_over(dataset: Dataset, workspace: Workspace, settings: RunSettings) -> DatasetReport:
    """Examine a dataset.

    Args:
        dataset: freshly scanned.
        workspace: whose records of caches count.
        settings: of a run on it.

    Raises:
        CacheError: the list of held-out items cannot be read.
    """
    from wantui.dataset import steps  # noqa: PLC0415  the same

    records = open_records(workspace)
    report = examine(
        dataset,
        i2v=settings.task is Task.I2V,
        records=records,
        latents_source=source_of(settings, CacheStep.LATENTS),
        text_source=source_of(settings, CacheStep.TEXT),
    )
    held_out = HeldOut(workspace).among(dataset.items)
    plan = steps.plan(
        without(dataset, held_out),
        epochs=settings.epochs,
        gradient_accumulation_steps=accumulation(settings, settings.experts[0]),
    )
    return DatasetReport(workspace, settings, dataset, report, plan, records, held_out)


def open_records(workspace: Workspace) -> Records:
    """What wantui knows of the caches that it had made for `workspace`."""
    return Records.open(workspace.state / "caches")


def source_of(settings: RunSettings, step: CacheStep) -> Source:
    """What a step encodes with."""
    rehearsal = settings.trainer_kind == "rehearsal"
    if step is CacheStep.LATENTS:
        return Source(settings.models.get("vae"), settings.caching_latents, rehearsal)
    return Source(settings.models.get("t5"), settings.caching_text, rehearsal)


def accumulation(settings: RunSettings, expert: Expert) -> int:
    """``--gradient_accumulation_steps`` of an expert; the trainer's default is 1."""
    own = settings.training_high if expert is Expert.HIGH else settings.training_low
    value = {**settings.training, **own}.get("gradient_accumulation_steps", 1)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 1
