"""What stands on the terminal, so that only the cells that differ are sent to it.

Textual sends each part of the screen that a widget draws again, changed or not, each stretch of one style with its
colours: 30 to 50 bytes. Curses programs compare with what they have sent before, and so does this.
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from rich.cells import get_character_cell_size
from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.style import Style
    from textual.geometry import Region

    Cell = tuple[str, Style | None]
    Piece = tuple[int, int, Strip]
    """Column, line, and what stands there."""

_COMMAND = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Control characters of ISO 2022: none of them takes a cell."""
SAME_STYLE_GAP = 36
"""Cells that do not differ, but cost less than the beginning of another stretch in the same style."""


class ChangedCells(CompositorUpdate):
    """Stretches of lines that differ from what stands on the terminal."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        """What the terminal is sent."""
        return "".join(f"{Control.move_to(x, y).segment.text}{strip.render(console)}" for x, y, strip in self.pieces)


class SentCells:
    """Remembers what was sent, line by line, as the pieces that Textual cuts a line into."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, Strip]] = {}
        """By line, by column: the piece that begins there."""

    def forget(self, region: Region | None = None) -> None:
        """Something else may stand there now: send it again in any case.

        Args:
            region: where; None: everywhere.
        """
        for y in region.line_range if region is not None else (*self._lines,):
            self._lines.pop(y, None)

    def has_drawn(self, region: Region) -> bool:
        """Whether something was sent there since it was forgotten."""
        return any(
            x < region.right and region.x < x + strip.cell_length
            for y in region.line_range
            for x, strip in self._lines.get(y, {}).items()
        )

    def changed(self, update: ChopsUpdate | LayoutUpdate) -> ChangedCells:
        """What of an update differs from what stands there; from now on that stands there."""
        found = _of_layout(update) if isinstance(update, LayoutUpdate) else _of_chops(update)
        pieces = ((x, y, _harmless(strip)) for x, y, strip in found)
        return ChangedCells([changed for piece in pieces for changed in self._differing(*piece)])

    def _differing(self, x: int, y: int, strip: Strip) -> Iterator[Piece]:
        line = self._lines.setdefault(y, {})
        before = line.get(x)
        if before is not None and before.cell_length == strip.cell_length:
            line[x] = strip
            if before is strip or before == strip:
                return
            cells, cells_before = _cells(strip), _cells(before)
            if cells is not None and cells_before is not None:
                yield from ((x + at, y, piece) for at, piece in _stretches(cells_before, cells))
                return
        else:
            end = x + strip.cell_length
            for other in [at for at, each in line.items() if at < end and x < at + each.cell_length]:
                del line[other]
            line[x] = strip
        yield x, y, strip


def _harmless(strip: Strip) -> Strip:
    """Without characters that a terminal obeys, whatever widget has let them through: no text is a command."""
    if not any(_COMMAND.search(text) for text, _, control in strip if not control):
        return strip
    segments = [
        Segment(text if control else _COMMAND.sub("", text), style, control) for text, style, control in strip
    ]
    return Strip(segments, strip.cell_length)


def _of_layout(update: LayoutUpdate) -> Iterator[Piece]:
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield x, y, strip
            x += strip.cell_length


def _of_chops(update: ChopsUpdate) -> Iterator[Piece]:
    """The pieces of a line that an update touches, whole: what it leaves out of them does not differ."""
    for y, start, stop in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < stop and start < end:
                yield x, y, strip


def _cells(strip: Strip) -> list[Cell] | None:
    """One entry for each cell; None where a character is not one cell, of which terminals think differently."""
    cells: list[Cell] = []
    for text, style, control in strip:
        if control or not (text.isascii() or all(get_character_cell_size(character) == 1 for character in text)):
            return None
        cells += [(character, style) for character in text]
    return cells if len(cells) == strip.cell_length else None


def _stretches(before: list[Cell], cells: list[Cell]) -> Iterator[tuple[int, Strip]]:
    """What differs, each with where it begins."""
    at, count = 0, len(cells)
    while at < count:
        if cells[at] == before[at]:
            at += 1
            continue
        start = end = at
        at += 1
        while at < count and at - end <= SAME_STYLE_GAP:
            if cells[at] != before[at]:
                end = at
            elif cells[at][1] != cells[end][1]:
                break
            at += 1
        at = end + 1
        yield start, _strip(cells[start:at])


def _strip(cells: list[Cell]) -> Strip:
    segments = [Segment("".join(map(itemgetter(0), run)), style) for style, run in groupby(cells, itemgetter(1))]
    return Strip(segments, len(cells))
