"""Bars and sparklines of one line, as parts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from wantui.ui.drawing.glyphs import GLYPHS, Glyphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from wantui.ui.drawing.styles import Part


def bar(part: float | None, width: int, full: Style, empty: Style, glyphs: Glyphs = GLYPHS) -> list[Part]:
    """A bar of `width` cells, of which `part` (0 to 1) is full, to half a cell; empty where nothing is known."""
    if width <= 0:
        return []
    halves = 0 if part is None else round(max(0.0, min(1.0, part)) * width * 2)
    if part and part > 0 and not halves:
        halves = 1
    whole, half = divmod(halves, 2)
    return [
        (glyphs.bar_full * whole + glyphs.bar_half * half, full),
        (glyphs.bar_empty * (width - whole - half), empty),
    ]


def sparkline(values: Sequence[int | None], width: int, glyphs: Glyphs = GLYPHS) -> str:
    """The newest of `values` (percent) as heights, at the right end of `width` cells; blank where there is none.

    More values than cells are averaged; fewer leave the left side blank, so that a point keeps its place in time.
    """
    if width <= 0 or not values:
        return " " * max(0, width)
    heights = glyphs.heights
    drawn = _averaged(values, width) if len(values) > width else list(values)
    top = len(heights) - 1
    text = "".join(" " if value is None else heights[max(0, min(top, round(value / 100 * top)))] for value in drawn)
    return text.rjust(width)


def _averaged(values: Sequence[int | None], width: int) -> list[float | None]:
    edges = [round(index * len(values) / width) for index in range(width + 1)]
    parts = [[each for each in values[start:end] if each is not None] for start, end in pairwise(edges)]
    return [sum(part) / len(part) if part else None for part in parts]
