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
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from wantui.ui.drawing.colour_codes import Pen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.style import Style
    from textual.geometry import Region

    Cell = tuple[str, Style | None]
    Piece = tuple[int, int, Strip]
    """Column, line, and what stands there."""

_COMMAND = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Control characters of ISO 2022: none of them takes a cell."""
_PICTURE = re.compile("[\u2580-\u259f\U0001fb00-\U0001fb3b]")
"""Half cells, quadrants and sextants (Unicode's Block Elements, Symbols for Legacy Computing)."""
PICTURE_CELLS = 8
"""So many of them in a piece are a line of a picture: 300 bytes and more."""
REST_CELLS = 32
"""Cells of a picture that are sent together: about 1 kB."""
SAME_STYLE_GAP = 8
"""Cells that do not differ, but cost no more than a move of the cursor to another stretch in the same style."""


class ChangedCells(CompositorUpdate):
    """Stretches of lines that differ from what stands on the terminal."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        """What the terminal is sent."""
        pen = Pen(console)
        return "".join(f"\x1b[{y + 1};{x + 1}H{pen.write(strip)}" for x, y, strip in self.pieces) + pen.end()


class SentCells:
    """Remembers what was sent, line by line, as the pieces that Textual cuts a line into.

    What a key has changed goes at once. Lines of pictures, and the colours of a whole screen whose text stays
    (another one lies over it now, or no longer) are many bytes that nobody waits for: where `may_wait`, they are kept
    back until `rest` is asked for them.
    """

    def __init__(self, may_wait: Callable[[], bool] = lambda: False) -> None:
        """Make it.

        Args:
            may_wait: whether something can be kept back now.
        """
        self._lines: dict[int, dict[int, Strip]] = {}
        """By line, by column: the piece that begins there."""
        self._waiting: dict[int, dict[int, Strip]] = {}
        """The same for what is kept back; no two of a line overlap."""
        self._may_wait = may_wait

    def forget(self, region: Region | None = None) -> None:
        """Something else may stand there now: send it again in any case.

        Args:
            region: where; None: everywhere, and all of it will be drawn again.
        """
        if region is None:
            self._waiting.clear()
        for y in region.line_range if region is not None else (*self._lines,):
            self._lines.pop(y, None)

    def has_drawn(self, region: Region) -> bool:
        """Whether something was sent there since it was forgotten."""
        return any(
            x < region.right and region.x < x + strip.cell_length
            for y in region.line_range
            for x, strip in self._lines.get(y, {}).items()
        )

    @property
    def has_rest(self) -> bool:
        """Whether something is kept back."""
        return bool(self._waiting)

    def rest(self) -> ChangedCells:
        """The first cells of what is kept back, from the top; from now on they stand there."""
        y = min(self._waiting)
        line = self._waiting[y]
        x = min(line)
        strip = line.pop(x)
        if strip.cell_length > REST_CELLS and _cells(strip) is not None:
            line[x + REST_CELLS] = strip.crop(REST_CELLS)
            strip = strip.crop(0, REST_CELLS)
        self._keep_back(y, line)
        return ChangedCells([*self._differing(x, y, strip)])

    def changed(self, update: ChopsUpdate | LayoutUpdate) -> ChangedCells:
        """What of an update differs from what stands there; from now on that stands there, or is kept back."""
        if isinstance(update, LayoutUpdate):
            self._drop_below(update.region)
        is_screen = isinstance(update, LayoutUpdate)
        found = _of_layout(update) if isinstance(update, LayoutUpdate) else _of_chops(update)
        may_wait = self._may_wait()
        pieces: list[Piece] = []
        for x, y, strip in ((x, y, _harmless(strip)) for x, y, strip in found):
            pieces += self._not_covered(x, y, strip)
            if may_wait and self._can_wait(x, y, strip, is_screen=is_screen):
                self._waiting.setdefault(y, {})[x] = strip
            else:
                pieces += self._differing(x, y, strip)
        return ChangedCells(pieces)

    def _drop_below(self, region: Region) -> None:
        """What is kept back and lies in a region that is drawn anew, has been overtaken."""
        for y in [y for y in self._waiting if y in region.line_range]:
            kept = {
                x: strip
                for x, strip in self._waiting[y].items()
                if x < region.x or x + strip.cell_length > region.right
            }
            self._keep_back(y, kept)

    def _not_covered(self, x: int, y: int, strip: Strip) -> Iterator[Piece]:
        """A piece takes the place of what is kept back there; what reaches beyond it goes: part would be lost."""
        line = self._waiting.get(y)
        if line is None:
            return
        for at in [at for at, each in line.items() if at < x + strip.cell_length and x < at + each.cell_length]:
            other = line.pop(at)
            if at < x or at + other.cell_length > x + strip.cell_length:
                yield from self._differing(at, y, other)
        self._keep_back(y, line)

    def _keep_back(self, y: int, line: dict[int, Strip]) -> None:
        if line:
            self._waiting[y] = line
        else:
            self._waiting.pop(y, None)

    def _can_wait(self, x: int, y: int, strip: Strip, *, is_screen: bool) -> bool:
        """Whether nobody waits for a piece: of a picture, or of a whole screen that has other colours now."""
        if len(_PICTURE.findall(strip.text)) >= PICTURE_CELLS:
            return True
        if not is_screen or not strip.text.strip():  # a sixel stands on blank lines, which must not come after it
            return False
        standing, cells = self._standing(x, y, strip.cell_length), _cells(strip)
        return (
            standing is not None
            and cells is not None
            and standing != cells
            and all(before[0] == after[0] for before, after in zip(standing, cells, strict=True))
        )

    def _standing(self, x: int, y: int, width: int) -> list[Cell] | None:
        """What stands in so many cells; None where that is not known of each."""
        cells: list[Cell] = []
        line = self._lines.get(y, {})
        for at in sorted(at for at, each in line.items() if at < x + width and x < at + each.cell_length):
            found = _cells(line[at])
            if found is None or at > x + len(cells):
                return None
            cells += found[max(0, x - at) :]
        return cells[:width] if len(cells) >= width else None

    def _differing(self, x: int, y: int, strip: Strip) -> Iterator[Piece]:
        line = self._lines.setdefault(y, {})
        if (before := line.get(x)) is not None and (before is strip or before == strip):
            line[x] = strip
            return
        end = x + strip.cell_length
        cells, standing = _cells(strip), self._standing(x, y, strip.cell_length)
        for at, other in [(at, each) for at, each in line.items() if at < end and x < at + each.cell_length]:
            del line[at]
            if standing is not None:  # each of its characters is one cell
                line |= {at: other.crop(0, x - at)} if at < x else {}
                line |= {end: other.crop(end - at)} if at + other.cell_length > end else {}
        line[x] = strip
        if cells is None or standing is None:
            yield x, y, strip
        else:
            yield from ((x + at, y, piece) for at, piece in _stretches(standing, cells))


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
