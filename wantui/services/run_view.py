"""A run as its result is shown: what came of it, how it differs from the one before, its checkpoints, its items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.config.errors import ConfigError
from wantui.formatting import in_words
from wantui.jobs.model import EXPERT_KINDS
from wantui.jobs.shown import shown
from wantui.jobs.store import RunStore
from wantui.runs.comparison import RunDifference, differences
from wantui.runs.kept_settings import KeptSettings, asked_about
from wantui.runs.probing.results import HELD_OUT
from wantui.runs.record.past import losses_of_epochs
from wantui.runs.report.facts import gather
from wantui.runs.report.words import figures, outcome
from wantui.runs.run_report import training_before
from wantui.runs.setting_words import MAIN_FLAGS, is_same, name_of, value_in_words
from wantui.services.probing import Probing
from wantui.services.samples import Samples
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.board import JobView
    from wantui.runs.run_report import RunReport
    from wantui.services.probing import AverageView, CheckpointView, ProbeAnswers

HARDEST = 3
"""Items of each expert that are named."""
_MAIN_SETTINGS = ("task", "experts", "epochs", "save_every", "memory")


@dataclass(frozen=True, slots=True)
class HardItem:
    """A held-out item on which the last checkpoint that was asked does badly."""

    expert: str
    name: str
    loss: float


@dataclass(frozen=True, slots=True)
class RunView:
    """A run; what is not known is None or empty."""

    run: Run
    suffix: str
    outcome: str
    """``2 experts trained``, ``high failed``, ``running``."""
    ended: float | None
    """When the last of its jobs ended; None: it has not."""
    figures: tuple[tuple[str, str], ...]
    """Time, GPU hours, energy, cost: name and value."""
    jobs: tuple[JobView, ...]
    checkpoints: tuple[CheckpointView, ...] = ()
    chosen: tuple[int | str, int | str] | None = None
    """The pair that a person has chosen by its pictures, of the high-noise and the low-noise expert: epochs, or names
    of averages."""
    verdicts: tuple[tuple[str, str], ...] = ()
    """Experts that over-fit, and the sentence that says so."""
    hardest: tuple[HardItem, ...] = ()
    before: int | None = None
    """The training before it, which it is compared with."""
    differs: RunDifference | None = None
    trainer: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    """In words, those that people change most first."""
    paths: tuple[tuple[str, str], ...] = ()
    """Settings that are folders and files."""
    attempts: tuple[tuple[str, str], ...] = ()
    """How attempts ended, of jobs that were started more than once."""
    memory: tuple[tuple[str, str], ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    """Name and caption of what it trained on; empty before that was settled."""
    averages: tuple[AverageView, ...] = ()
    """Of several checkpoints each."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.run.has_ended

    @property
    def experts(self) -> tuple[JobView, ...]:
        """The jobs that train."""
        return tuple(view for view in self.jobs if view.job.kind in EXPERT_KINDS)

    @property
    def best(self) -> tuple[CheckpointView | AverageView, ...]:
        """One checkpoint of each expert: the chosen one, that with the lowest held-out loss, or else the latest."""
        if self.chosen is not None:
            wanted = list(zip(map(str, Expert), self.chosen, strict=True))
            every: tuple[CheckpointView | AverageView, ...] = (*self.checkpoints, *self.averages)
            pair = tuple(each for each in every if (each.expert, each.member) in wanted)
            if len(pair) == len(wanted):
                return tuple(sorted(pair, key=lambda each: each.expert))
        found: dict[str, CheckpointView] = {}
        for each in self.checkpoints:
            known = found.get(each.expert)
            if known is None or not known.is_lowest:
                found[each.expert] = each
        return tuple(found.values())

    @property
    def why_best(self) -> str:
        """What `best` goes by, in words."""
        pair = tuple(each.member for each in self.best)
        if self.chosen is not None and pair == self.chosen:
            return "chosen by its pictures"
        return "lowest held-out loss of each" if self.is_probed else "the latest; nothing is known of held-out loss"

    @property
    def is_probed(self) -> bool:
        """Whether held-out losses decide on `best`."""
        return any(each.is_lowest for each in self.checkpoints)


def run_view(workspace: Workspace, number: int) -> RunView:
    """Everything about a run; of one that asks another's checkpoints, or makes its pictures, about that other.

    Raises:
        JobError: there is no such run, or the losses of its checkpoints cannot be read.
        HistoryError: the history cannot be read.
    """
    store = RunStore(workspace)
    run = store.get(number)
    about = asked_about(run)
    if about is not None:
        return run_view(workspace, about)
    facts = gather(workspace, number, _price(workspace))
    before = training_before(store, run)
    probing = Probing(workspace)
    answers = probing.answers(number)
    losses = {
        (expert, epoch): loss
        for expert, points in facts.points.items()
        for epoch, loss in losses_of_epochs(points).items()
    }
    report = facts.report
    return RunView(
        run=run,
        suffix=str(report.settings.get("suffix") or ""),
        outcome=outcome(facts),
        ended=facts.ended if run.has_ended else None,
        figures=tuple(figures(facts)),
        jobs=facts.views,
        checkpoints=probing.checkpoints(number, losses),
        averages=probing.averages(number),
        chosen=None if (pair := Samples(workspace).judged(number).chosen) is None else (pair.high, pair.low),
        verdicts=tuple((each.expert, str(each.over_fit)) for each in answers if each.over_fit is not None),
        hardest=tuple(_hardest(answers)),
        before=None if before is None else before.number,
        differs=None if before is None else differences(workspace, before, run),
        trainer=report.trainer,
        settings=tuple(settings_in_words(report)),
        paths=tuple(_paths(report)),
        attempts=tuple((kind, end) for kind, ends in report.attempts.items() for end in ends),
        memory=tuple(report.memory.items()),
        items=tuple((row["name"], row["caption"] or "") for row in report.items),
    )


def settings_in_words(report: RunReport) -> Iterator[tuple[str, str]]:
    """The settings of a run without paths: the usual ones, the flags that people change most, then all that was set.

    Where nobody has set one of the usual flags, it is the workflow's.
    """
    told = report.told_settings
    if "loaded" in told:
        yield name_of("loaded"), str(told["loaded"])
    for key in _MAIN_SETTINGS:
        if key in told:
            yield name_of(key), "both" if key == "experts" and len(told[key]) > 1 else in_words(told[key])
    try:
        settings = KeptSettings.from_document(report.run.settings).settings
    except ValueError:  # a run that trains nothing
        return
    tool = trainer(settings.trainer_kind)
    flags = {expert: shown("training", tool.training_flags(settings, expert)) for expert in settings.experts}
    given = {key for expert in settings.experts for key in settings.training_flags(expert)}
    for key in (*MAIN_FLAGS, *sorted(given - MAIN_FLAGS.keys())):
        yield name_of(key), _of_experts({expert: flags[expert].get(key) for expert in flags})
    if settings.gpus is not None:
        yield name_of("gpus"), " ".join(map(str, settings.gpus))
    for script, flags_of_script in (("latents", settings.caching_latents), ("text", settings.caching_text)):
        for key, value in flags_of_script.items():
            yield f"{key} of the {script} cache", value_in_words(shown(key, value))


def _of_experts(values: Mapping[Expert, object]) -> str:
    first = next(iter(values.values()))
    if all(is_same(first, value) for value in values.values()):
        return value_in_words(first)
    return ", ".join(f"{expert} {value_in_words(value)}" for expert, value in values.items())


def _paths(report: RunReport) -> Iterator[tuple[str, str]]:
    for key in ("dataset", "output_directory", "trainer_root", "trainer_python"):
        if key in report.told_settings:
            yield name_of(key), str(report.settings[key])
    for key, path in (report.settings.get("models") or {}).items():
        yield f"weights, {key}", str(path)


def _hardest(answers: tuple[ProbeAnswers, ...]) -> Iterator[HardItem]:
    for each in answers:
        items = [item for item in each.probed[-1].items if math.isfinite(item.loss) and item.which == HELD_OUT]
        for item in sorted(items, key=lambda item: -item.loss)[:HARDEST]:
            yield HardItem(each.expert, item.name, item.loss)


def _price(workspace: Workspace) -> float | None:
    """Of an hour; a ``wantui.toml`` that is broken now keeps nobody from seeing a run that was."""
    try:
        return configuration.load(workspace).machine.price_per_hour
    except ConfigError:
        return None
