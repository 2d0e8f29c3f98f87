"""The curves of a run on the whole screen, with those of others behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Self

from textual.content import Content
from textual.geometry import Region

from wantui.axes import (
    ROUND_COUNTS,
    fitted,
    labels_in_line,
    round_seconds,
    round_step,
    time_label,
)
from wantui.formatting import count, duration
from wantui.services.curves import XAxis
from wantui.ui.curves.data import WHY_NOT, CurveKind, CurveState, held_still
from wantui.ui.curves.legend import legend_lines
from wantui.ui.curves.picture import PlotPicture
from wantui.ui.drawing.braille import FRONT, Canvas
from wantui.ui.drawing.chart import C, DrawnChart, Ink, gutter_for, most_figures, plot_lines
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.style import Style
    from textual.strip import Strip

    from wantui.axes import Scale
    from wantui.services.annotations import Figure, Spans
    from wantui.ui.curves.data import ExpertCurves, RunCurves
    from wantui.ui.drawing.styles import TextStyles

GUTTER = 8
LABEL_CELLS = 13
"""Of the axis below, for each label."""
LEAST = (30, 8)
EACH_STEP = 4
"""Up to so many steps in a column of dots are drawn each; of more the least, the greatest and some between."""
GROUP = 6
"""Cells that have one mean where the trainer has not smoothed."""
CLOSE = 200
"""Rows between two columns, among which a gap is looked for; where there are more, the curve has no hole."""
DOTS, BEHIND, HELD_OUT = 1, 4, 7
"""Layers of the single steps, of other runs, and of losses on held-out items."""
SIGNS = {"high": "*", "low": "+"}
"""For terminals without braille."""


class CurveChart(DrawnBlock):
    """Whoever changes its state calls `changed`."""

    def __init__(self, *, as_picture: bool = False) -> None:
        """Make it.

        Args:
            as_picture: draw a picture where the terminal shows some; else, and until it is there, braille.
        """
        super().__init__(id="curves", classes="pane")
        self.state = CurveState()
        self._picture = PlotPicture(self) if as_picture else None
        self._is_saying = False

    def on_mount(self) -> None:
        """Find out whether there may be a picture."""
        if self._picture is not None:
            self._picture.begin()

    def on_unmount(self) -> None:
        """Let the terminal drop the picture."""
        if self._picture is not None:
            self._picture.end()

    def say(self, title: str, subtitle: str) -> None:
        """Say something in the border."""
        self._is_saying = True
        self.border_title, self.border_subtitle = Content(title), Content(subtitle)
        self._is_saying = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw again; of what is said in the border, for which Textual asks for everything, the border alone."""
        if self._is_saying and self.outer_size:
            left, top, outer = *self.content_offset, self.outer_size
            regions = tuple(Region(-left, y - top, outer.width, 1) for y in (0, outer.height - 1))
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def hurry(self) -> None:
        """A person waits for what changes next."""
        if self._picture is not None:
            self._picture.hurry()

    def block(self, width: int, height: int) -> list[list[Part]]:
        """Every line."""
        state, styles = self.state, self.text_styles
        if self._picture is not None and self._picture.is_possible:
            chart = drawn(state, styles, (width, height), self._picture.canvas)
            lines = self._picture.put_into(chart, styles)
            if lines is not None:
                return lines
        return draw(state, styles, width, height)

    def render_lines(self, crop: Region) -> list[Strip]:
        """What is drawn may wipe a picture that stands there."""
        if self._picture is not None:
            self._picture.lines_drawn()
        return super().render_lines(crop)


def draw(state: CurveState, styles: TextStyles, width: int, height: int) -> list[list[Part]]:
    """Every line of a chart of so many cells and lines, in braille."""
    return drawn(state, styles, (width, height), Canvas).lines


def drawn(
    state: CurveState, styles: TextStyles, size: tuple[int, int], make_canvas: Callable[[int, int], C]
) -> DrawnChart[C]:
    """A chart.

    Args:
        state: what is shown.
        styles: of the theme.
        size: cells and lines of the whole.
        make_canvas: makes what the curves are drawn on, of so many cells and lines.
    """
    with held_still(state.runs):
        said = _why_empty(state, *size)
        if said is not None or state.run is None:
            return DrawnChart([[], *([(" " + part, styles.dim)] for part in _wrapped(said or "", size[0] - 2))])
        return _Drawing(state, state.run, styles, size, make_canvas).chart()


def _why_empty(state: CurveState, width: int, height: int) -> str | None:
    """Why there is no chart, as a sentence; None: there is one."""
    run, waits = state.run, f"Reading{GLYPHS.ellipsis}"
    if state.trouble is not None:
        return state.trouble
    if width < LEAST[0] or height < LEAST[1]:
        return "There is no room for curves here."
    if run is None or not any(len(each.columns) for each in run.experts):
        return waits if state.is_reading else "No steps yet: the curves start with the first."
    if not any(expert.line(state.shown) for expert in run.experts):
        return waits if state.is_reading else WHY_NOT[state.shown]
    if not any(True for _ in run.placed(state.axis)):
        return "The number of steps per epoch is not known: x shows the curves over steps or time."
    return None


@dataclass(frozen=True, slots=True)
class _Curve:
    """One expert of one run, reduced to the columns of the chart."""

    run: RunCurves
    expert: ExpertCurves
    unit: float
    edges: list[int]
    line: list[float | None]
    dots: Spans | None


def _means_of(figure: Figure, edges: list[int], group: int) -> list[float | None]:
    """A figure that jumps from step to step as means over some columns of dots, each in the midst of them."""
    groups = edges[::group]
    means = figure.spans(groups if groups[-1] == edges[-1] else [*groups, edges[-1]]).mean
    found: list[float | None] = [None] * (len(edges) - 1)
    for at, mean in enumerate(means):
        found[min(len(found) - 1, at * group + group // 2)] = mean
    return found


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap  # noqa: PLC0415  where there is something to say

    return wrap(text, max(10, width))


class _Drawing(Generic[C]):
    """One chart, as it is drawn."""

    def __init__(
        self,
        state: CurveState,
        run: RunCurves,
        styles: TextStyles,
        size: tuple[int, int],
        make_canvas: Callable[[int, int], C],
    ) -> None:
        self._state, self._run, self._styles, self._make_canvas = state, run, styles, make_canvas
        self._axis, self._shown, self._window = state.axis, state.shown, state.view.window
        self._width, height = size
        self._inks: list[Ink] = []
        self._legend = legend_lines(state, styles, size)
        self._height = height - 2 - len(self._legend)
        self._set_gutter(GUTTER)

    def _set_gutter(self, gutter: int) -> None:
        self._gutter, self._columns = gutter, max(2, self._width - gutter - 1)
        self._canvas = self._make_canvas(self._columns, self._height)

    def chart(self) -> DrawnChart[C]:
        """Chart, axis, legend."""
        curves = [curve for run in self._state.runs for curve in self._reduced(run)]
        scale = self._scale(curves)
        gutter = gutter_for(scale, self._height, GUTTER)
        if gutter != self._gutter:
            self._set_gutter(gutter)
            return self.chart()
        canvas = self._canvas
        self._mark(canvas, scale)
        for curve in reversed(curves):
            self._draw_dots(canvas, scale, curve)
            self._draw_line(canvas, scale, curve)
            if curve.run is self._run and self._shown is CurveKind.LOSS:
                self._mark_without_number(canvas, curve)
        for expert, points in self._held_out():
            self._draw_held_out(canvas, scale, expert, points)
        lines = plot_lines(canvas, scale, self._gutter, self._inks, self._styles)
        return DrawnChart([*lines, self._axis_line(), self._label_line(), *self._legend], canvas, self._inks)

    def _ink(self, style: Style, sign: str = "*") -> int:
        self._inks.append(Ink(style, sign))
        return len(self._inks) - 1

    # -- what is drawn ----------------------------------------------------------------------------------------------

    def _reduced(self, run: RunCurves) -> Iterator[_Curve]:
        """The experts that have what is shown."""
        for expert, unit in run.placed(self._axis):
            line = expert.line(self._shown)
            if line is None:
                continue
            edges = expert.columns.edges(*self._window, self._columns * self._canvas.across, self._axis, unit)
            dots = expert.dots(self._shown) if self._state.has_dots and run is self._run else None
            is_smooth, group = expert.is_smooth(self._shown), GROUP * self._canvas.across
            means = line.spans(edges).mean if is_smooth else _means_of(line, edges, group)
            yield _Curve(run, expert, unit, edges, means, None if dots is None else dots.spans(edges))

    def _scale(self, curves: list[_Curve]) -> Scale:
        lines = [value for curve in curves for value in curve.line if value is not None]
        low, high = self._window
        lines += [loss for _, points in self._held_out() for x, loss in points if low <= x <= high]
        ends = [value for curve in curves if curve.dots for value in (*curve.dots.low, *curve.dots.high)]
        scattered = [value for value in ends if value is not None]
        return fitted(lines, scattered, is_log=self._state.is_log, most=most_figures(self._height))

    def _draw_dots(self, canvas: C, scale: Scale, curve: _Curve) -> None:
        figure = curve.expert.dots(self._shown)
        if figure is None or curve.dots is None:
            return
        ink = self._ink(self._styles.faint_of_job(curve.expert.kind), ".")
        bottom = canvas.height * canvas.down
        for column, (low, high) in enumerate(zip(curve.dots.low, curve.dots.high, strict=True)):
            if low is None or high is None:
                continue
            begin, end = curve.edges[column], curve.edges[column + 1]
            for value in (*figure.values[begin : end : max(1, (end - begin) // EACH_STEP)], low, high):
                part = scale.part(value)
                if part is not None and 0 <= (level := canvas.level(part)) < bottom:
                    canvas.dot(column, level, ink, DOTS)

    def _draw_line(self, canvas: C, scale: Scale, curve: _Curve) -> None:
        kind, is_main = curve.expert.kind, curve.run is self._run
        if is_main:
            ink, dash = self._ink(self._styles.of_job(kind), SIGNS.get(kind, "*")), 0
        else:
            ink, dash = self._ink(self._styles.dim_of_job(kind), "-"), 1 + self._state.others.index(curve.run) % 4
        points: list[tuple[int, float] | None] = []
        before: int | None = None
        for column, mean in self._means(curve):
            part = None if mean is None else scale.part(mean)
            if part is None:
                continue
            if before is not None and column > before + 1 and self._is_broken(curve, before, column):
                points.append(None)
            points.append((column, max(-0.5, min(1.5, part))))
            before = column
        canvas.path(points, ink, layer=FRONT if is_main else BEHIND, dash=dash)

    def _means(self, curve: _Curve) -> list[tuple[int, float | None]]:
        """Columns with their means, and what the curve has at both edges of the chart on its way to the next step."""
        inside: list[tuple[int, float | None]] = [*enumerate(curve.line)]
        left = self._between(curve, curve.edges[0], self._window[0])
        right = self._between(curve, curve.edges[-1], self._window[1])
        return [(-1, left), *inside, (len(inside), right)]

    def _between(self, curve: _Curve, row: int, x: float) -> float | None:
        """The curve at `x`, between the row before `row` and this one; None where there is no curve."""
        line, columns = curve.expert.line(self._shown), curve.expert.columns
        if line is None or not curve.expert.is_smooth(self._shown):
            return None
        if not 0 < row < len(columns) or columns.is_gap(row - 1, self._axis):
            return None
        one, other = line.at(row - 1), line.at(row)
        if one is None or other is None:
            return None
        x0, x1 = (columns.position(each, self._axis, curve.unit) for each in (row - 1, row))
        return other if x1 <= x0 else one + (other - one) * max(0.0, min(1.0, (x - x0) / (x1 - x0)))

    def _is_broken(self, curve: _Curve, before: int, column: int) -> bool:
        """Whether something is missing between two columns that have nothing between them."""
        columns, edges = curve.expert.columns, curve.edges
        first, last = max(0, edges[before + 1] - 1), min(edges[min(column, len(edges) - 1)], len(columns) - 1)
        if self._shown is CurveKind.LOSS and columns.count_without_number(first, last + 1):
            return True
        return last - first <= CLOSE and any(columns.is_gap(row, self._axis) for row in range(first, last))

    def _held_out(self) -> list[tuple[ExpertCurves, list[tuple[float, float]]]]:
        """Where checkpoints are that were asked about held-out items, with their losses."""
        return list(self._run.held_out_at(self._axis)) if self._shown is CurveKind.LOSS else []

    def _draw_held_out(
        self, canvas: C, scale: Scale, expert: ExpertCurves, points: list[tuple[float, float]]
    ) -> None:
        """A dashed line from checkpoint to checkpoint, each with its sign."""
        low, high = self._window
        ink = self._ink(self._styles.of_job(expert.kind), "-")
        placed = [((x - low) / (high - low), part) for x, loss in points if (part := scale.part(loss)) is not None]
        across = self._columns * canvas.across
        canvas.path([(round(x * (across - 1)), part) for x, part in placed], ink, layer=HELD_OUT, dash=3)
        for x, part in placed:
            if 0 <= x <= 1 and 0 <= part <= 1:
                column = min(self._columns - 1, int(x * self._columns))
                canvas.sign(column, canvas.level(part) // canvas.down, GLYPHS.held_out, ink)

    # -- marks ------------------------------------------------------------------------------------------------------

    def _column_of(self, x: float) -> int | None:
        """The column of cells; None: it is not seen."""
        low, high = self._window
        if not low <= x <= high:
            return None
        return min(self._columns - 1, int((x - low) / (high - low) * self._columns))

    def _mark(self, canvas: C, scale: Scale) -> None:
        for value in scale.ticks(most_figures(self._height)):
            if (part := scale.part(value)) is not None:
                canvas.level_line(part, self._ink(self._styles.faint))
        for expert, x in self._run.went_on_at(self._axis):
            if (column := self._column_of(x)) is not None:
                canvas.rule_at(column, GLYPHS.went_on, self._ink(self._styles.dim_of_job(expert.kind)))
        cursor = self._state.view.cursor
        if cursor is not None and (column := self._column_of(cursor)) is not None:
            canvas.rule_at(column, GLYPHS.upright, self._ink(self._styles.dim))

    def _mark_without_number(self, canvas: C, curve: _Curve) -> None:
        columns, edges = curve.expert.columns, curve.edges
        if not columns.count_without_number(edges[0], edges[-1]):
            return
        ink, across = self._ink(self._styles.bad), canvas.across
        for column in range(self._columns):
            if columns.count_without_number(edges[column * across], edges[(column + 1) * across]):
                canvas.sign(column, 0, GLYPHS.no_number, ink)

    # -- below ------------------------------------------------------------------------------------------------------

    def _ticks(self) -> list[tuple[int, str]]:
        """Columns and labels of the round figures below."""
        low, high = self._window
        most = max(1, self._columns // LABEL_CELLS)
        if self._axis is XAxis.TIME:
            step = round_seconds(high - low, most)
        else:
            step = max(1.0, round_step(high - low, most, ROUND_COUNTS))
        found: list[tuple[int, str]] = []
        number = int(-(-low // step))
        while number * step <= high:
            column = self._column_of(number * step)
            if column is not None:
                x = number * step
                found.append((column, time_label(x, step) if self._axis is XAxis.TIME else count(round(x))))
            number += 1
        return found

    def _axis_line(self) -> list[Part]:
        """The axis, with what was saved where."""
        styles = self._styles
        cells: list[Part] = [(GLYPHS.axis, styles.track)] * self._columns
        for column, _ in self._ticks():
            cells[column] = (GLYPHS.tick, styles.dim)
        for expert, x, _ in self._run.saved_at(self._axis):
            if (at := self._column_of(x)) is not None:
                ink = styles.of_job(expert.kind)
                is_taken = cells[at][0] == GLYPHS.checkpoint and cells[at][1] != ink
                cells[at] = (GLYPHS.checkpoint, styles.plain if is_taken else ink)
        return [(" " * self._gutter, styles.plain), *cells]

    def _label_line(self) -> list[Part]:
        high = self._window[1]
        match self._axis:
            case XAxis.STEPS:
                end = f"step {count(round(high))}"
            case XAxis.EPOCHS:
                end = f"epoch {high:.4g}"
            case XAxis.TIME:
                end = f"after {duration(high)}"
        text = labels_in_line(self._ticks(), self._columns, end)
        return [(" " * self._gutter + fit(text, self._columns), self._styles.dim)]
