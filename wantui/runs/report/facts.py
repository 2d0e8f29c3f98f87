"""What a report of a run is made of, gathered from the run's record, the history and the output folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.formatting import HOUR_S
from wantui.history.reader import HistoryReader
from wantui.jobs.model import EXPERT_KINDS
from wantui.jobs.store import RunStore, job_files
from wantui.runs.board import Board
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.record.past import losses_of_epochs, points_of
from wantui.runs.run_report import compare, report_of, training_before
from wantui.runs.summary import trainer_kind
from wantui.trainer.attempts import SavedKind, read_saved
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.history.model import Event, TrainingPoint
    from wantui.jobs.model import Job, JobKind, Run
    from wantui.paths import Workspace
    from wantui.runs.board import JobView
    from wantui.runs.run_report import ReportDifference, RunReport


@dataclass(frozen=True, slots=True)
class Stretch:
    """One attempt at a job, from its start to its end or until now."""

    kind: JobKind
    attempt: int
    started: float
    ended: float
    how: str
    """How it ended, or how it stands."""
    uses_gpu: bool

    @property
    def seconds(self) -> float:
        """How long it took."""
        return max(0.0, self.ended - self.started)


@dataclass(frozen=True, slots=True)
class SavedLora:
    """A LoRA file that a run has saved."""

    path: Path
    epoch: int | None
    """Epochs done; None for what was saved in the middle of one."""
    step: int | None
    """Steps done; None where no step is known."""
    loss: float | None
    """See `losses_of_epochs`."""
    size: int | None
    """Bytes; None: it is not there any more."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run, and what is known of it."""

    report: RunReport
    views: tuple[JobView, ...]
    stretches: tuple[Stretch, ...]
    """In the order of their starts."""
    energy_wh: float | None
    """Of its GPUs while its jobs ran; None where no device has told its power."""
    price_per_hour: float | None
    """Of the machine; None: nobody has said."""
    points: dict[str, tuple[TrainingPoint, ...]]
    """By expert, those that have made any step."""
    checkpoints: dict[str, tuple[SavedLora, ...]]
    """By expert, in the order in which they were saved."""
    samples: tuple[Path, ...]
    """Pictures and clips of the experts, those of this run."""
    events: tuple[Event, ...]
    """Of its jobs, and of the machine while it ran; the oldest first."""
    before: int | None
    """The training before it."""
    difference: ReportDifference | None
    """How it differs from that."""

    @property
    def run(self) -> Run:
        """The run."""
        return self.report.run

    @property
    def started(self) -> float | None:
        """When its first job started."""
        return min((each.started for each in self.stretches), default=None)

    @property
    def ended(self) -> float | None:
        """When its last job ended, or now; None: nothing has started."""
        return max((each.ended for each in self.stretches), default=None)

    @property
    def seconds(self) -> float:
        """From its first start to its end or now, without the time in which none of its jobs ran."""
        total, until = 0.0, 0.0
        for each in self.stretches:
            total += max(0.0, each.ended - max(each.started, until))
            until = max(until, each.ended)
        return total

    @property
    def gpu_seconds(self) -> float:
        """The time of its jobs that had a GPU, added up."""
        return sum(each.seconds for each in self.stretches if each.uses_gpu)

    @property
    def cost(self) -> float | None:
        """Of the machine while its jobs ran; None where nobody has said what an hour costs."""
        return None if self.price_per_hour is None else self.seconds / HOUR_S * self.price_per_hour


def gather(workspace: Workspace, number: int, price_per_hour: float | None = None) -> RunFacts:
    """What is known of a run.

    Args:
        workspace: of the run.
        number: of the run.
        price_per_hour: of the machine.

    Raises:
        JobError: there is no such run.
        HistoryError: the history cannot be read.
    """
    store, history = RunStore(workspace), HistoryReader(workspace)
    run = store.get(number)
    report = report_of(workspace, run)
    before = training_before(store, run)
    kind = trainer_kind(run)
    experts = [job for job in run.jobs if job.kind in EXPERT_KINDS]
    points = {str(job.kind): points_of(workspace, history, job, kind) for job in experts}
    stretches = tuple(sorted(_stretches(run), key=lambda each: each.started))
    return RunFacts(
        report=report,
        views=Board(workspace).of(run),
        stretches=stretches,
        energy_wh=_energy_wh(history, run, stretches),
        price_per_hour=price_per_hour,
        points={expert: told for expert, told in points.items() if told},
        checkpoints={str(job.kind): _checkpoints(workspace, job, points[str(job.kind)]) for job in experts},
        samples=tuple(_samples(run, experts)),
        events=tuple(_events(history, run, stretches)),
        before=None if before is None else before.number,
        difference=None if before is None else compare(report_of(workspace, before), report),
    )


def _stretches(run: Run) -> Iterator[Stretch]:
    now = time.time()
    for job in run.jobs:
        for each in job.past:
            if each.started is not None and each.ended is not None:
                how = each.reason or f"exit code {each.exit_code}"
                yield Stretch(job.kind, each.number, each.started, each.ended, how, job.spec.wants_gpu)
        if job.started is not None:
            ended = now if job.ended is None else job.ended
            how = f"{job.state}: {job.reason}" if job.reason else str(job.state)
            yield Stretch(job.kind, job.attempt, job.started, ended, how, job.spec.wants_gpu)


def _energy_wh(history: HistoryReader, run: Run, stretches: tuple[Stretch, ...]) -> float | None:
    """Of each job the mean power of what was read, times its time: readings are thinned as they grow old."""
    if not stretches:
        return None
    power = history.mean_power([job.id for job in run.jobs], stretches[0].started, time.time())
    known = [
        power[f"{run.number}.{each.kind}"] * each.seconds
        for each in stretches
        if f"{run.number}.{each.kind}" in power
    ]
    return sum(known) / HOUR_S if known else None


def _checkpoints(workspace: Workspace, job: Job, points: tuple[TrainingPoint, ...]) -> tuple[SavedLora, ...]:
    saved = read_saved(job_files(workspace, job).saved)
    found = [each for each in saved.files if each.kind is SavedKind.LORA]
    ends = {point.epoch: point.step for point in points if point.epoch is not None}
    losses = losses_of_epochs(points)
    return tuple(
        SavedLora(
            each.path,
            each.epoch,
            each.step if each.epoch is None else ends.get(each.epoch, each.step),
            None if each.epoch is None else losses.get(each.epoch),
            _size(each.path),
        )
        for each in found
    )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _samples(run: Run, experts: list[Job]) -> Iterator[Path]:
    """Samples have the names of the LoRA files, as those of an earlier run may: these are older than this run."""
    try:
        settings = KeptSettings.from_document(run.settings).settings
        tool = trainer(settings.trainer_kind)
    except ValueError:
        return
    for job in experts:
        try:
            found = tool.existing_outputs(settings, Expert(str(job.kind))).samples
            yield from (path for path in found if path.stat().st_mtime >= run.created)
        except OSError:
            continue


def _events(history: HistoryReader, run: Run, stretches: tuple[Stretch, ...]) -> Iterator[Event]:
    for event in history.events():
        if event.job is None and "run" in event.evidence:
            is_own = event.evidence["run"] == run.number
        elif event.job is not None:
            is_own = event.job.startswith(f"{run.number}.")
        else:
            is_own = any(each.started <= event.time <= each.ended for each in stretches)
        if is_own and event.time >= run.created:
            yield event
