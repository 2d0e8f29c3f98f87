"""What a run was: settings, command lines, trainer, and every item that it trained on; and how two runs differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui.caches.items import ItemsDifference, Row, difference
from wantui.caches.model import CacheError
from wantui.dataset.model import DatasetError
from wantui.jobs.model import RunKind
from wantui.jobs.shown import shown
from wantui.runs.hooks.training import trained_with
from wantui.runs.kept_settings import TABLES, KeptSettings, kept_run
from wantui.runs.memory_choice import choice_of
from wantui.runs.scanning import scan_for
from wantui.runs.training_set import TrainingSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.jobs.model import Job, Run
    from wantui.jobs.store import RunStore
    from wantui.paths import Workspace

NOT_COMPARED = frozenset({"trainer_env", "base_directory", "most_at_once"})
"""Settings that say nothing about what was trained."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run as it was."""

    run: Run
    settings: dict[str, Any]
    """Of the run, as JSON; secrets of its environment are left out."""
    trainer: str | None
    """The trainer and its commit; None before an expert started."""
    items: tuple[Row, ...]
    """What it trained on; empty before that was settled."""
    memory: dict[str, str]
    """How each expert that has started spends memory, as a sentence."""
    attempts: dict[str, tuple[str, ...]]
    """How the attempts at each job that was started more than once have ended, the present one last."""

    @property
    def told_settings(self) -> dict[str, Any]:
        """The settings that have anything to tell."""
        return {key: value for key, value in self.settings.items() if value not in ({}, [], None)}


@dataclass(frozen=True, slots=True)
class ReportDifference:
    """How a later run differs from an earlier one."""

    settings: dict[str, tuple[Any, Any]]
    """What was and what is, by key."""
    trainer: tuple[str | None, str | None] | None
    items: ItemsDifference

    def __bool__(self) -> bool:
        return bool(self.settings or self.trainer or self.items)


def report_of(workspace: Workspace, run: Run) -> RunReport:
    """What is kept of `run`."""
    try:
        rows = tuple(TrainingSet.of(workspace, run).rows())
    except CacheError:
        rows = ()
    choices = {str(job.kind): choice_of(workspace, job) for job in run.jobs}
    memory = {kind: str(choice) for kind, choice in choices.items() if choice is not None}
    settings = {key: value for key, value in shown("run", kept_run(run.settings)).items() if _can_be(key, value)}
    if run.settings.get("loaded") is not None:
        settings = {"loaded": run.settings["loaded"]} | settings
    attempts = {str(job.kind): tuple(_ends(job)) for job in run.jobs if job.past}
    return RunReport(run, settings, trained_with(workspace, run.number), rows, memory, attempts)


def _can_be(key: str, value: Any) -> bool:
    """Whether a setting is of its kind: of a record that is damaged the rest is shown."""
    if key in TABLES:
        return isinstance(value, dict)
    return key != "experts" or isinstance(value, (list, tuple))


def _ends(job: Job) -> Iterator[str]:
    for each in job.past:
        yield f"{each.number}: {each.reason or f'exit code {each.exit_code}'}"
    yield f"{job.attempt}: {job.reason or job.state}"


def training_before(store: RunStore, run: Run) -> Run | None:
    """The training that a training is compared with: the one before it; None: there is none, or it trains nothing."""
    if run.kind is not RunKind.TRAIN:
        return None
    earlier = [each for each in store.runs() if each.kind is RunKind.TRAIN and each.number < run.number]
    return earlier[-1] if earlier else None


def compare(one: RunReport, other: RunReport) -> ReportDifference:
    """How `other` differs from `one`."""
    keys = [key for key in {**one.settings, **other.settings} if key not in NOT_COMPARED]
    settings = {
        key: (one.settings.get(key), other.settings.get(key))
        for key in keys
        if one.settings.get(key) != other.settings.get(key)
    }
    trainers = None if one.trainer == other.trainer else (one.trainer, other.trainer)
    return ReportDifference(settings, trainers, difference(list(one.items), list(other.items)))


def changed_since(workspace: Workspace, run: Run) -> ItemsDifference | None:
    """How the dataset differs from what `run` trains on: ``3 captions changed``; None where that cannot be told."""
    try:
        dataset = scan_for(workspace, KeptSettings.from_document(run.settings).settings)
    except (DatasetError, ValueError):
        return None
    return TrainingSet.of(workspace, run).changed_since(workspace, dataset)
