"""Below the curves: which is whose, and what each is worth where the cursor stands, or at the latest step."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wantui.axes import figure
from wantui.formatting import count, duration
from wantui.terminal.foreign_text import clean
from wantui.ui.curves.data import CurveKind
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, cells

if TYPE_CHECKING:
    from wantui.ui.curves.data import CurveState, ExpertCurves, RunCurves
    from wantui.ui.drawing.styles import TextStyles

ROOMY = 110
"""Cells from which on there is a wider space between figures."""
TIGHT = 90
"""Cells below which there is a narrower one."""
TALL = 24
"""Lines from which on it is said what the marks are."""
MOST_OTHERS = 4
"""Other runs that have a line of their own; a quarter of the height at most."""


def legend_lines(state: CurveState, styles: TextStyles, size: tuple[int, int]) -> list[list[Part]]:
    """A line for each expert, one for each run behind them, and one for the marks.

    Args:
        state: what is shown.
        styles: of the theme.
        size: cells and lines of the whole.
    """
    run, (width, height) = state.run, size
    if run is None:
        return []
    legend = _Legend(state, run, styles, width)
    lines = [legend.expert(each) for each in run.experts if len(each.columns)]
    most = max(1, min(MOST_OTHERS, height // 4 - len(lines)))
    lines += [legend.other(each) for each in state.others[:most]]
    if len(state.others) > most:
        lines[-1] = [*lines[-1], (f"{legend.gap}and {len(state.others) - most} more", styles.dim)]
    marks = legend.marks() if height >= TALL else []
    lines = [*lines, marks] if marks else lines
    return [_cut([(" ", styles.plain), *line], width) for line in lines]


def _cut(parts: list[Part], width: int) -> list[Part]:
    """As many parts as there is room for."""
    while cells(parts) > width:
        parts = parts[:-1]
    return parts


class _Legend:
    """The lines."""

    def __init__(self, state: CurveState, run: RunCurves, styles: TextStyles, width: int) -> None:
        self._state, self._run, self._styles, self._width = state, run, styles, width
        self.gap = "   " if width >= ROOMY else " " if width < TIGHT else "  "

    def _row(self, run: RunCurves, expert: ExpertCurves) -> int | None:
        """The row that the cursor stands on, or the closest before it; the last one where there is no cursor."""
        cursor, axis, columns = self._state.view.cursor, self._state.axis, expert.columns
        if cursor is None or expert.last < 0:
            return expert.last if expert.last >= 0 else None
        unit = run.unit(expert, axis)
        if unit is None:
            return None
        row = columns.row_before(cursor, axis, unit)
        low, high = self._state.view.window
        cell = (high - low) / max(1, self._width)
        is_behind = row == expert.last and columns.position(row, axis, unit) < cursor - cell
        return None if row < 0 or is_behind else row

    def expert(self, expert: ExpertCurves) -> list[Part]:
        """What an expert has there: its losses, learning rate and gradient norm, and which step it is and when."""
        styles, gap, columns = self._styles, self.gap, expert.columns
        ink = styles.of_job(expert.kind)
        parts: list[Part] = [(f"{GLYPHS.curve} {expert.kind:<4} ", ink)]
        row = self._row(self._run, expert)
        if row is None:
            return [*parts, ("no step here", styles.dim)]
        smoothed, raw = columns.smoothed.at(row), columns.loss.at(row)
        parts.append((f"{figure(raw if smoothed is None else smoothed):<6}", ink + styles.strong))
        if columns.loss.is_known and columns.smoothed.is_known:
            parts += [(f"{gap}raw ", styles.dim), (f"{figure(raw):<6}", styles.plain)]
        parts += self._held_out(expert, columns.epoch[row])
        for name, each in (("lr", columns.learning_rate), ("norm", columns.grad_norm)):
            if each.is_known:
                parts += [(f"{gap}{name} ", styles.dim), (figure(each.at(row)), styles.plain)]
        parts += [(f"{gap}step ", styles.dim), (count(columns.step[row]), styles.plain)]
        if columns.epoch[row]:
            parts += [(f"{gap}epoch ", styles.dim), (str(columns.epoch[row]), styles.plain)]
        clock = time.strftime("%H:%M:%S", time.localtime(columns.time[row]))
        parts.append((f"{gap}{clock}", styles.plain))
        if self._width >= ROOMY:
            parts.append((f"{gap}after {duration(columns.time[row] - self._run.began)}", styles.dim))
        return parts

    @property
    def _has_held_out(self) -> bool:
        return self._state.shown is CurveKind.LOSS and any(each.curves.held_out for each in self._run.experts)

    def _held_out(self, expert: ExpertCurves, epoch: int) -> list[Part]:
        """The loss on held-out items of the latest checkpoint by then, and which one has the lowest."""
        told = [(loss, at) for at, loss in expert.curves.held_out]
        here = [loss for loss, at in told if at <= epoch]
        if not here or self._state.shown is not CurveKind.LOSS:
            return []
        lowest, at = min(told)
        is_lowest = lowest == here[-1]
        best = "lowest" if is_lowest else f"lowest {figure(lowest)} at epoch {at}"
        return [
            (f"{self.gap}held out ", self._styles.dim),
            (figure(here[-1]), self._styles.plain),
            (f" {best}", self._styles.dim),
        ]

    def other(self, run: RunCurves) -> list[Part]:
        """What another run has there."""
        styles, state = self._styles, self._state
        parts: list[Part] = [(clean(f"{GLYPHS.compared} run {run.run} {run.suffix}".rstrip()), styles.dim)]
        for expert in run.experts:
            row, line = self._row(run, expert), expert.line(state.shown)
            if line is not None and row is not None:
                said = f"{self.gap}{expert.kind} {figure(line.at(row))}"
                parts.append((said, styles.dim_of_job(expert.kind)))
        return parts if len(parts) > 1 else [*parts, (f"{self.gap}no step here", styles.dim)]

    def marks(self) -> list[Part]:
        """What each sign means of which there is one."""
        run, styles, axis = self._run, self._styles, self._state.axis
        bad = sum(len(each.columns.without_number) for each in run.experts)
        marks = (
            (any(True for _ in run.saved_at(axis)), GLYPHS.checkpoint, "checkpoint", styles.dim),
            (any(True for _ in run.went_on_at(axis)), GLYPHS.went_on, "went on", styles.dim),
            (self._has_held_out, GLYPHS.held_out, "held out", styles.dim),
            (bad and self._state.shown is CurveKind.LOSS, GLYPHS.no_number, f"no number ({count(bad)})", styles.bad),
        )
        return [(f"{sign} {says}{self.gap}", ink) for is_there, sign, says, ink in marks if is_there]
