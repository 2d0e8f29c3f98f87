"""The curves of runs as the curves screen looks at them: where steps are on an axis, and what is marked there."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.services.curves import XAxis
from wantui.ui.curves.view import CurveView

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.services.annotations import Figure, JobView, StepColumns
    from wantui.services.curves import JobCurves


class CurveKind(StrEnum):
    """What the chart shows."""

    LOSS = "loss"
    LEARNING_RATE = "learning rate"
    GRAD_NORM = "gradient norm"


WHY_NOT = {
    CurveKind.LOSS: "The trainer wrote no loss.",
    CurveKind.LEARNING_RATE: "The trainer wrote no learning rate. It stands in the trainer's event files, which"
    " this run has not.",
    CurveKind.GRAD_NORM: "The trainer wrote no gradient norms. They stand in the trainer's event files, where it"
    " writes some.",
}
"""Why there may be no curve."""


@dataclass(slots=True)
class ExpertCurves:
    """An expert of a run."""

    view: JobView
    curves: JobCurves
    _held: StepColumns | None = None

    def hold(self) -> None:
        """Stay with the columns of now: the reader begins others where a job starts over."""
        self._held = self.curves.columns

    def let_go(self) -> None:
        """Look at whatever columns the reader has."""
        self._held = None

    @property
    def kind(self) -> str:
        """``high`` or ``low``."""
        return str(self.view.job.kind)

    @property
    def columns(self) -> StepColumns:
        """The steps."""
        return self.curves.columns if self._held is None else self._held

    @property
    def last(self) -> int:
        """The last row; -1: there is none."""
        return len(self.columns) - 1

    def dots(self, shown: CurveKind) -> Figure | None:
        """What is drawn as dots; None where nothing is."""
        columns = self.columns
        figure = {CurveKind.LOSS: columns.loss, CurveKind.GRAD_NORM: columns.grad_norm}.get(shown)
        return figure if figure is not None and figure.is_known else None

    def line(self, shown: CurveKind) -> Figure | None:
        """What is drawn as a line; None where it is not known."""
        columns = self.columns
        smoothed = columns.smoothed if columns.smoothed.is_known else columns.loss
        figures = {CurveKind.LEARNING_RATE: columns.learning_rate, CurveKind.GRAD_NORM: columns.grad_norm}
        figure = figures.get(shown, smoothed)
        return figure if figure.is_known else None

    def is_smooth(self, shown: CurveKind) -> bool:
        """Whether the trainer has smoothed the line, or it needs none; else means are drawn."""
        return shown is CurveKind.LEARNING_RATE or (shown is CurveKind.LOSS and self.columns.smoothed.is_known)

    @property
    def steps_an_epoch(self) -> float | None:
        """None: nobody knows."""
        progress = self.view.progress
        planned = progress.steps / progress.epochs if progress.steps and progress.epochs else None
        return self.columns.steps_an_epoch(planned)


@dataclass(slots=True)
class RunCurves:
    """A run."""

    run: int
    suffix: str = ""
    experts: list[ExpertCurves] = field(default_factory=list)

    @property
    def began(self) -> float:
        """When the first of its steps was made, in seconds since 1970."""
        return min((each.columns.time[0] for each in self.experts if len(each.columns)), default=0.0)

    def unit(self, expert: ExpertCurves, axis: XAxis) -> float | None:
        """What `StepColumns.position` wants to know of an axis; None where it cannot be told."""
        if axis is XAxis.TIME:
            return self.began
        return expert.steps_an_epoch if axis is XAxis.EPOCHS else 1.0

    def placed(self, axis: XAxis) -> Iterator[tuple[ExpertCurves, float]]:
        """The experts that have steps and can be drawn over an axis, with its unit."""
        for each in self.experts:
            unit = self.unit(each, axis)
            if len(each.columns) and unit is not None:
                yield each, unit

    def newest(self, axis: XAxis) -> float:
        """Where its latest step is."""
        return max((each.columns.position(each.last, axis, unit) for each, unit in self.placed(axis)), default=0.0)

    def end(self, axis: XAxis) -> float:
        """Where it ends, or will end as far as it is planned."""
        ends = [self.newest(axis)]
        for expert, unit in self.placed(axis):
            steps = expert.view.progress.steps
            is_to_come = not (expert.view.job.state.has_ended and expert.curves.is_read)
            if steps and axis is not XAxis.TIME and is_to_come:
                ends.append(steps / unit)
        return max(ends)

    def saved_at(self, axis: XAxis) -> Iterator[tuple[ExpertCurves, float, int]]:
        """Where LoRA files were saved, and after which epoch."""
        for expert, unit in self.placed(axis):
            columns = expert.columns
            for epoch, step in expert.curves.saved:
                row = columns.row_of_epoch(epoch) if step is None else columns.row_at(step, XAxis.STEPS, 1.0)
                if row is not None and row < len(columns):
                    yield expert, columns.position(row, axis, unit), epoch

    def held_out_at(self, axis: XAxis) -> Iterator[tuple[ExpertCurves, list[tuple[float, float]]]]:
        """For each expert where its checkpoints are that were asked about held-out items, and their losses."""
        for expert, unit in self.placed(axis):
            columns = expert.columns
            rows = ((columns.row_of_epoch(epoch), loss) for epoch, loss in expert.curves.held_out)
            yield expert, [(columns.position(row, axis, unit), loss) for row, loss in rows if row is not None]

    def went_on_at(self, axis: XAxis) -> Iterator[tuple[ExpertCurves, float]]:
        """Where another attempt begins."""
        for expert, unit in self.placed(axis):
            columns = expert.columns
            for start in expert.view.went_on_at:
                row = columns.row_at(start.step + 1, XAxis.STEPS, 1.0)
                if row < len(columns):
                    yield expert, columns.position(row, axis, unit)

    def without_number_at(self, axis: XAxis) -> Iterator[float]:
        """Where steps have no number, the first of each stretch of them alone."""
        for expert, unit in self.placed(axis):
            columns, before = expert.columns, -2
            for row in columns.without_number:
                if row != before + 1:
                    yield columns.position(row, axis, unit)
                before = row

    def marks(self, axis: XAxis) -> list[float]:
        """Everything that is marked, ascending."""
        found = [x for _, x, _ in self.saved_at(axis)] + [x for _, x in self.went_on_at(axis)]
        return sorted({*found, *self.without_number_at(axis)})


@dataclass(slots=True)
class CurveState:
    """What the curves screen shows."""

    run: RunCurves | None = None
    others: list[RunCurves] = field(default_factory=list)
    """Behind it."""
    view: CurveView = field(default_factory=CurveView)
    axis: XAxis = XAxis.STEPS
    shown: CurveKind = CurveKind.LOSS
    is_log: bool = False
    has_dots: bool = True
    is_reading: bool = True
    trouble: str | None = None
    """Why the curves cannot be read."""

    @property
    def runs(self) -> list[RunCurves]:
        """All, those behind last."""
        return ([] if self.run is None else [self.run]) + self.others


@contextmanager
def held_still(runs: Sequence[RunCurves]) -> Iterator[None]:
    """While they are looked at they have the same columns, and nothing is added to these."""
    with ExitStack() as stack:
        for each in [each for run in runs for each in run.experts]:
            each.hold()
            stack.callback(each.let_go)
        for columns in {id(each.columns): each.columns for run in runs for each in run.experts}.values():
            stack.enter_context(columns.lock)
        yield


def step_from(runs: Sequence[RunCurves], axis: XAxis, x: float, by: float) -> float | None:
    """The step that a cursor goes to from `x`: the one closest to ``x + by`` that is on its way; None: it stays.

    Args:
        runs: whose steps count.
        axis: of `x`.
        x: where it is.
        by: how far, to the right where it is positive.
    """
    aim = x + by
    found: list[float] = []
    for run in runs:
        for expert, unit in run.placed(axis):
            columns = expert.columns
            rows = {columns.row_at(aim, axis, unit), columns.row_before(aim, axis, unit)}
            rows |= {columns.row_before(x, axis, unit) + 1, columns.row_at(x, axis, unit) - 1}
            places = (columns.position(row, axis, unit) for row in rows if 0 <= row < len(columns))
            found += [place for place in places if (place - x) * by > abs(by) * 1e-6]
    return min(found, key=lambda place: abs(place - aim), default=None)
