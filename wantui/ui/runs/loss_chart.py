"""The loss of both experts over the steps of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive

from wantui.formatting import count
from wantui.jobs.model import EXPERT_KINDS
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, fit

if TYPE_CHECKING:
    from wantui.services.annotations import JobView
    from wantui.ui.messages.facts import Losses

Curve = tuple[tuple[int, float], ...]
"""Step and loss, ascending by step."""

AXIS = 7
"""Cells left of the curves."""
LEAST_HEIGHT = 5


class LossChart(DrawnBlock):
    """Curves in braille, each in its expert's colour."""

    BORDER_TITLE = "Loss"

    losses: reactive[Losses] = reactive(dict, repaint=False)
    """By job id: step and loss."""
    jobs: reactive[tuple[JobView, ...]] = reactive((), repaint=False)
    """Every job; those of the current run tell how many steps there will be."""

    def __init__(self, id: str = "loss") -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes="pane")
        self._drawn_for: object = None
        self._run_said = ""

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
            run = f"run {experts[0].job.run}" if experts else ""
            if run != self._run_said:  # it makes all of the chart be drawn again
                self._run_said = run
                self.border_subtitle = Content(run)
            self.changed()

    def block(self, width: int, height: int) -> list[list[Part]]:
        """Every line."""
        styles = self.text_styles
        curves = [(view, self.losses.get(view.job.id, ())) for view in self._experts()]
        points = [loss for _, curve in curves for _, loss in curve if loss == loss]  # noqa: PLR0124  not a number
        if not points:
            said = "No steps yet." if curves else "Both experts' loss, once one trains."
            return [[], [(" " + fit(said, width - 1, GLYPHS.ellipsis), styles.dim)]]
        if height < LEAST_HEIGHT or width < AXIS * 3:
            return [[], self._legend(curves, width, has_marks=False)]
        from wantui.axes import Scale, axis_top  # noqa: PLC0415  the first frame has no curve
        from wantui.ui.drawing.braille import Canvas  # noqa: PLC0415  the same
        from wantui.ui.drawing.chart import Ink, plot_lines  # noqa: PLC0415  the same

        scale = Scale(0.0, axis_top(points))
        last = max([view.progress.steps or 0 for view, _ in curves] + [curve[-1][0] for _, curve in curves if curve])
        canvas = Canvas(width - AXIS - 1, height - 2)
        went_on: dict[int, int] = {}
        for index, (view, curve) in enumerate(curves):
            canvas.curve(curve, max(1, last), scale.high, index)
            for start in view.went_on_at:
                went_on[canvas.rule(start.step, max(1, last), GLYPHS.went_on, index)] = start.epoch
        inks = [Ink(styles.of_job(view.job.kind.value)) for view, _ in curves]
        lines = plot_lines(canvas, scale, AXIS, inks, styles)
        lines.append(self._x_axis(curves[0][0], last, width, went_on))
        lines.append(self._legend(curves, width, has_marks=bool(went_on)))
        return lines

    def _legend(self, curves: list[tuple[JobView, Curve]], width: int, *, has_marks: bool) -> list[Part]:
        """Which curve is whose, with its loss now, and what the marks are where there is room to say it."""
        from wantui.ui.drawing.chart import legend_line  # noqa: PLC0415  the first frame has no curve

        styles, gap = self.text_styles, "  " if has_marks else "   "
        entries: list[Part] = []
        for view, curve in curves:
            loss = view.progress.loss if view.progress.loss is not None else (curve[-1][1] if curve else None)
            said = "" if loss is None else f" {loss:.3f}"
            entries.append((f"{GLYPHS.legend} {view.job.kind.value}{said}{gap}", styles.of_job(view.job.kind.value)))
        return legend_line(entries, AXIS, width, f"{GLYPHS.went_on} went on" if has_marks else "", styles.dim)

    def _x_axis(self, view: JobView, last: int, width: int, went_on: dict[int, int]) -> list[Part]:
        """Where the curves begin and end, and after which epochs they went on, as far as there is room."""
        from wantui.axes import labels_in_line  # noqa: PLC0415  the first frame has no curve

        end = f"epoch {view.progress.epochs}" if view.progress.epochs else f"step {count(last)}"
        marks = [(0, "0"), *((column, str(epoch)) for column, epoch in sorted(went_on.items()))]
        return [(" " * AXIS + labels_in_line(marks, width - AXIS - 1, end), self.text_styles.faint)]
