"""One look at what a run stands on: the dataset, its caches, and everything that is wrong with either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.caches.state import examine
from wantui.dataset import blueprint, steps
from wantui.dataset.lint import lint
from wantui.dataset.model import Dataset, Problem, Severity, StepPlan
from wantui.dataset.scan import scan
from wantui.trainer.protocol import Expert, RunSettings, Task

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.caches.model import CacheReport


@dataclass(frozen=True, slots=True)
class Look:
    """A dataset and its caches at one moment."""

    dataset: Dataset
    caches: CacheReport
    problems: tuple[Problem, ...]
    steps: StepPlan

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that training refuses."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def cache_folders(self) -> tuple[Path, ...]:
        """The folders that cache jobs write and trainings read, links resolved, each once."""
        folders = {subset.cache_directory.resolve() for subset in self.dataset.config.subsets}
        return tuple(sorted(folders))


def look_at(settings: RunSettings) -> Look:
    """Read, lint and examine the dataset of `settings`.

    Raises:
        DatasetError: the ``dataset.toml`` cannot be read.
    """
    dataset = scan(blueprint.load(settings.dataset))
    return Look(
        dataset=dataset,
        caches=examine(dataset, i2v=settings.task is Task.I2V),
        problems=lint(dataset, output_directory=settings.output_directory),
        steps=steps.plan(
            dataset,
            epochs=settings.epochs,
            gradient_accumulation_steps=accumulation(settings, settings.experts[0]),
        ),
    )


def accumulation(settings: RunSettings, expert: Expert) -> int:
    """``--gradient_accumulation_steps`` of an expert; the trainer's default is 1."""
    own = settings.training_high if expert is Expert.HIGH else settings.training_low
    value = {**settings.training, **own}.get("gradient_accumulation_steps", 1)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 1
