"""What stands around the curves of a chart: figures at the left, labels below, and which curve is whose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from wantui.axes import figures
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, TextStyles, cells, right

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.style import Style

    from wantui.axes import Scale
    from wantui.ui.drawing.braille import CurveCanvas

LINES_A_FIGURE = 4
"""Of the chart, for each figure at the left."""


@dataclass(frozen=True, slots=True)
class Ink:
    """How a curve is drawn."""

    style: Style
    sign: str = "*"
    """For terminals without braille."""


C = TypeVar("C", bound="CurveCanvas")


@dataclass(frozen=True, slots=True)
class DrawnChart(Generic[C]):
    """A chart, and what its curves are drawn on."""

    lines: list[list[Part]]
    """All of it; those of the canvas come first."""
    canvas: C | None = None
    """None: it says why there are no curves."""
    inks: list[Ink] = field(default_factory=list)
    """Of the curves; whose each is on the canvas, is a place here."""


def most_figures(height: int) -> int:
    """How many figures stand at the left of a chart of so many lines."""
    return max(2, height // LINES_A_FIGURE + 1)


def plot_lines(
    canvas: CurveCanvas, scale: Scale, gutter: int, inks: Sequence[Ink], styles: TextStyles
) -> list[list[Part]]:
    """The lines of a chart, with round figures at the left.

    Args:
        canvas: the curves; whose each is, is a place in `inks`.
        scale: of the figures.
        gutter: cells at the left.
        inks: of the curves.
        styles: of the theme.
    """
    ticks = scale.ticks(most_figures(canvas.height))
    if len(ticks) < 2:  # noqa: PLR2004  one figure alone tells no scale
        ticks = [scale.low, scale.high]
    labels = {scale.row(tick, canvas.height): label for tick, label in zip(ticks, figures(ticks), strict=True)}
    signs = [ink.sign for ink in inks]
    lines: list[list[Part]] = []
    for y in range(canvas.height):
        line: list[Part] = [(right(labels.get(y, ""), gutter - 1) + " ", styles.faint)]
        line += [
            (text, styles.plain if owner is None else inks[owner].style)
            for text, owner in canvas.line(y, plain=not GLYPHS.braille, signs=signs)
        ]
        lines.append(line)
    return lines


def gutter_for(scale: Scale, height: int, least: int) -> int:
    """Cells at the left that the figures of a scale need."""
    return max(least, *(len(label) + 2 for label in figures(scale.ticks(most_figures(height)))))


def legend_line(entries: Iterable[tuple[str, Style]], gutter: int, width: int, more: str, dim: Style) -> list[Part]:
    """Which curve is whose, as far as there is room; `more` only where all of it has room."""
    line: list[Part] = [(" " * gutter, dim)]
    for entry in entries:
        if cells([*line, entry]) > width:
            break
        line.append(entry)
    if more and cells(line) + len(more) <= width:
        line.append((more, dim))
    return line
