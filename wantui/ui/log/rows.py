"""Lines of a log as rows of the screen: cut at its edge, or wrapped over as many as they need.

Only lines in sight are ever measured, so a log of any size is scrolled by rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, get_character_cell_size

if TYPE_CHECKING:
    from collections.abc import Callable

    RowsOf = Callable[[int], int]
    """How many rows a line takes, one at least, by its number."""


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A row."""

    line: int = 0
    """Number of the line, from 0."""
    row: int = 0
    """Of the line, from 0."""


def row_edges(text: str, width: int) -> list[int]:
    """The cells in which the rows of a text begin, and the one behind the last: a wide character is never cut."""
    width = max(2, width)
    if text.isascii():
        return [*range(0, len(text) or 1, width), len(text)]
    edges, at = [0], 0
    for character in text:
        size = get_character_cell_size(character)
        if at + size - edges[-1] > width:
            edges.append(at)
        at += size
    return [*edges, cell_len(text)]


def moved(spot: Spot, rows: int, rows_of: RowsOf, count: int) -> Spot:
    """The row that is so many rows below, above where `rows` is negative; the first or last where there are fewer."""
    line, row = spot.line, spot.row + rows
    while row < 0 and line > 0:
        line -= 1
        row += rows_of(line)
    while row > 0 and row >= (here := rows_of(line)):
        if line >= count - 1:
            return Spot(line, here - 1)
        row -= here
        line += 1
    return Spot(line, max(0, row))


def last_top(count: int, height: int, rows_of: RowsOf) -> Spot:
    """The row at the top when the last row is at the bottom.

    Args:
        count: lines.
        height: rows in sight.
        rows_of: how many rows a line takes.
    """
    if not count:
        return Spot()
    end = Spot(count - 1, rows_of(count - 1) - 1)
    return moved(end, 1 - max(1, height), rows_of, count)


def in_sight(top: Spot, height: int, rows_of: RowsOf, count: int) -> list[Spot]:
    """The rows from the one at the top on, as far as there are any."""
    found: list[Spot] = []
    line, row = top.line, top.row
    while len(found) < height and line < count:
        rows = rows_of(line)
        found += [Spot(line, each) for each in range(min(row, rows - 1), rows)]
        line, row = line + 1, 0
    return found[:height]
