"""The loss of both experts over the steps of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive

from wantui.formatting import count
from wantui.jobs.model import EXPERT_KINDS
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, cells, fit, right

if TYPE_CHECKING:
    from wantui.services.annotations import JobView
    from wantui.ui.messages.facts import Losses

Curve = tuple[tuple[int, float], ...]
"""Step and loss, ascending by step."""

AXIS = 7
"""Cells left of the curves."""
LEAST_HEIGHT = 5
USUAL = 0.95
"""Part of the losses that always fits on the axis."""
FEW = 20


def nice_top(highest: float) -> float:
    """The round figure above the highest loss that the axis ends at."""
    if highest <= 0:
        return 0.1
    for power in range(-4, 6):
        for step in (1, 1.5, 2, 3, 4, 5, 6, 8):
            top = float(step * 10.0**power)
            if top >= highest:
                return top
    return highest


def axis_top(losses: list[float]) -> float:
    """Where the axis ends: above all losses, unless a few of them dwarf the rest, as the first steps often do."""
    ordered = sorted(losses)
    usual = ordered[int(len(ordered) * USUAL)] if len(ordered) >= FEW else ordered[-1]
    return nice_top(usual * 1.1 if ordered[-1] > usual * 2 else ordered[-1])


class LossChart(DrawnBlock):
    """Curves in braille, each in its expert's colour."""

    BORDER_TITLE = "Loss"

    losses: reactive[Losses] = reactive(dict, repaint=False)
    """By job id: step and loss."""
    jobs: reactive[tuple[JobView, ...]] = reactive((), repaint=False)
    """Every job; those of the current run tell how many steps there will be."""

    def __init__(self) -> None:
        super().__init__(id="loss", classes="pane")
        self._drawn_for: object = None

    def watch_losses(self) -> None:
        """Draw again where something has changed."""
        self._update()

    def watch_jobs(self) -> None:
        """Draw again where something has changed."""
        self._update()

    def _experts(self) -> list[JobView]:
        if not self.jobs:
            return []
        from wantui.ui.runs.run_status import current_run  # noqa: PLC0415  the first frame has no jobs

        experts = [view for view in self.jobs if view.job.kind in EXPERT_KINDS]
        run = current_run(experts)
        return [view for view in experts if view.job.run == run]

    def _update(self) -> None:
        experts = self._experts()
        drawn_for = [
            (view.job.id, view.progress.steps, view.progress.loss, view.went_on_at, self.losses.get(view.job.id))
            for view in experts
        ]
        if drawn_for != self._drawn_for:
            self._drawn_for = drawn_for
            self.border_subtitle = Content(f"run {experts[0].job.run}" if experts else "")
            self.changed()

    def block(self, width: int, height: int) -> list[list[Part]]:
        """Every line."""
        styles = self.text_styles
        curves = [(view, self.losses.get(view.job.id, ())) for view in self._experts()]
        points = [loss for _, curve in curves for _, loss in curve if loss == loss]  # noqa: PLR0124  not a number
        if not points or height < LEAST_HEIGHT or width < AXIS * 3:
            said = "The curve begins with the first step." if curves else "Both experts' loss, once one trains."
            return [[], [(" " + fit(said, width - 1, GLYPHS.ellipsis), styles.dim)]]
        from wantui.ui.drawing.braille import Canvas  # noqa: PLC0415  the first frame has no curve

        top = axis_top(points)
        last = max([view.progress.steps or 0 for view, _ in curves] + [curve[-1][0] for _, curve in curves if curve])
        plot_height = height - 2
        canvas = Canvas(width - AXIS - 1, plot_height)
        went_on: dict[int, int] = {}
        for index, (view, curve) in enumerate(curves):
            canvas.curve(curve, max(1, last), top, index)
            for start in view.went_on_at:
                went_on[canvas.rule(start.step, max(1, last), GLYPHS.went_on, index)] = start.epoch
        colours = [styles.of_job(view.job.kind.value) for view, _ in curves]
        lines: list[list[Part]] = []
        for y in range(plot_height):
            label = {0: f"{top:.2f}", (plot_height - 1) // 2: f"{top / 2:.2f}", plot_height - 1: "0.00"}.get(y, "")
            row: list[Part] = [(right(label, AXIS - 1) + " ", styles.dim)]
            row += [(text, styles.plain if owner is None else colours[owner])
                    for text, owner in canvas.line(y, plain=not GLYPHS.braille)]  # fmt: skip
            lines.append(row)
        lines.append(self._x_axis(curves[0][0], last, width, went_on))
        lines.append(self._legend(curves, width, has_marks=bool(went_on)))
        return lines

    def _legend(self, curves: list[tuple[JobView, Curve]], width: int, *, has_marks: bool) -> list[Part]:
        """Which curve is whose, with its loss now, and what the marks are where there is room to say it."""
        styles, gap = self.text_styles, "  " if has_marks else "   "
        legend: list[Part] = [(" " * AXIS, styles.plain)]
        for view, curve in curves:
            loss = view.progress.loss if view.progress.loss is not None else (curve[-1][1] if curve else None)
            said = "" if loss is None else f" {loss:.3f}"
            legend.append((f"{GLYPHS.legend} {view.job.kind.value}{said}{gap}", styles.of_job(view.job.kind.value)))
        mark = f"{GLYPHS.went_on} went on"
        if has_marks and cells(legend) + len(mark) <= width:
            legend.append((mark, styles.dim))
        return legend

    def _x_axis(self, view: JobView, last: int, width: int, went_on: dict[int, int]) -> list[Part]:
        """Where the curves begin and end, and after which epochs they went on, as far as there is room."""
        end = f"epoch {view.progress.epochs}" if view.progress.epochs else f"step {count(last)}"
        axis = "0"
        for column, epoch in sorted(went_on.items()):
            if column > len(axis) and column + len(str(epoch)) < width - AXIS - 1 - len(end) - 1:
                axis = f"{axis:<{column}}{epoch}"
        return [
            (" " * AXIS + axis, self.text_styles.dim),
            (right(end, width - AXIS - 1 - len(axis)), self.text_styles.dim),
        ]
