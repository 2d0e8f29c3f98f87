"""Charts of a report: SVG, drawn from the steps of both experts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from wantui.axes import Scale, figures, fitted
from wantui.formatting import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wantui.history.model import TrainingPoint

WIDTH, HEIGHT = 960, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 14, 30
"""Pixels around the plot, for the labels."""
COLUMNS = 440
"""A line has two points a column at most: the least and the greatest of what lies there."""
MOST_LABELS = 8
"""Beside an axis."""

COLOURS = {"high": "#7c4dc4", "low": "#0f8a76"}
GREY, FAINT = "#8a93a6", 0.28
"""Said with each element, and not by the page's styles alone: mail programs and printers leave those out."""

Line = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart."""

    kind: str
    """Of the expert, which gives the colour: ``high`` or ``low``."""
    line: Line
    """Step and value, ascending by step."""
    is_faint: bool = False


def loss_curves(points: Mapping[str, Sequence[TrainingPoint]]) -> list[Curve]:
    """The loss of each step, faint, and the smoothed one above it."""
    raw = [Curve(kind, _line(told, "loss"), is_faint=True) for kind, told in points.items()]
    smoothed = [Curve(kind, _line(told, "smoothed")) for kind, told in points.items()]
    return [each for each in (*raw, *smoothed) if each.line]


def learning_rates(points: Mapping[str, Sequence[TrainingPoint]]) -> list[Curve]:
    """The learning rate of each expert."""
    return [each for kind, told in points.items() if (each := Curve(kind, _line(told, "learning_rate"))).line]


def _line(points: Iterable[TrainingPoint], name: str) -> Line:
    found = ((point.step, getattr(point, name)) for point in points)
    return [(step, value) for step, value in found if value is not None and math.isfinite(value)]


def draw(curves: Sequence[Curve], ticks: Mapping[str, Sequence[int]], height: int = HEIGHT) -> str:
    """An SVG element; empty where there is no curve.

    Args:
        curves: the later ones above the earlier.
        ticks: by expert, the steps at which it has saved a LoRA file.
        height: in pixels; the width is `WIDTH`.
    """
    if not curves:
        return ""
    last = max(curve.line[-1][0] for curve in curves)
    clear, faint = (
        [value for each in curves if each.is_faint is is_faint for _, value in each.line]
        for is_faint in (False, True)
    )
    scale = fitted(clear, faint)

    def at(step: float, value: float) -> tuple[float, float]:
        part = min(1.0, max(0.0, scale.part(value) or 0.0))
        return LEFT + step * (WIDTH - LEFT - RIGHT) / max(1, last), height - BOTTOM - part * (height - TOP - BOTTOM)

    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img">']
    beside = scale.ticks(MOST_LABELS)
    for value, said in zip(beside, figures(beside), strict=True):
        _, y = at(0, value)
        parts.append(_rule("grid", GREY, (LEFT, WIDTH - RIGHT), (y, y), 0.35))
        parts.append(_label("end", LEFT - 8, y + 4, said))
    low = scale.low
    for step in Scale(0.0, max(1, last)).ticks(MOST_LABELS):
        if step.is_integer():
            x, y = at(step, low)
            parts.append(_label("middle", x, y + 18, count(int(step))))
    for kind, steps in ticks.items():
        for step in steps:
            x, y = at(step, low)
            parts.append(_rule(f"tick {kind}", COLOURS.get(kind, GREY), (x, x), (y, y - 7)))
    for curve in curves:
        drawn = " ".join("{:.1f},{:.1f}".format(*at(step, value)) for step, value in _reduced(curve.line, last))
        shade = " faint" if curve.is_faint else ""
        look = f'fill="none" stroke="{COLOURS.get(curve.kind, GREY)}" opacity="{FAINT if curve.is_faint else 1}"'
        parts.append(f'<polyline class="curve {curve.kind}{shade}" {look} points="{drawn}"/>')
    parts.append("</svg>")
    return "".join(parts)


def _rule(name: str, colour: str, x: tuple[float, float], y: tuple[float, float], opacity: float = 1) -> str:
    ends = f'x1="{x[0]:.1f}" x2="{x[1]:.1f}" y1="{y[0]:.1f}" y2="{y[1]:.1f}"'
    return f'<line class="{name}" stroke="{colour}" opacity="{opacity}" {ends}/>'


def _label(anchor: str, x: float, y: float, text: str) -> str:
    look = f'class="label {anchor}" text-anchor="{anchor}" font-size="12"'
    return f'<text {look} x="{x:.1f}" y="{y:.1f}">{text}</text>'


def _reduced(line: Line, last: int) -> list[tuple[int, float]]:
    """Of each column the least and the greatest value, in the order of their steps."""
    if len(line) <= 2 * COLUMNS:
        return list(line)
    kept: list[tuple[int, float]] = []
    for _, column in groupby(line, key=lambda point: point[0] * COLUMNS // (last + 1)):
        points = list(column)
        ends = {min(points, key=_value), max(points, key=_value)}
        kept += sorted(ends)
    return kept


def _value(point: tuple[int, float]) -> float:
    return point[1]
