"""A picture made ready for the terminal: lines for the screen, and what has to be sent besides them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.strip import Strip

from wantui.terminal.graphics import Protocol, TerminalGraphics

if TYPE_CHECKING:
    from rich.style import Style

    from wantui.ui.preview.thumbnails import Picture

LARGEST_KITTY = 1024
"""Pixels of the longer side that are sent at most: the terminal enlarges, and a line may be slow."""
LARGEST_SIXEL = 1280
"""The same for sixels, which no terminal enlarges: a picture stays smaller than a very large pane."""
LARGEST_SMALL = 160
"""The same for kitty's protocol where the picture is one of many: a screen of them goes over a slow line."""
SMALL_COLOURS = 64
"""Of such a picture, which takes a third of the bytes that all its colours would."""
LARGEST_FILLING = 2560
"""The same for a picture that fills its room, as that of curves: it has few colours, and so few bytes."""
FEW_COLOURS = 256
"""Of such a picture at most: it is painted in a few dozen, which stay exactly as they are."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What shows a picture."""

    strips: tuple[Strip, ...]
    """Its lines, as wide as it is."""
    before: str = ""
    """Sent before its lines are drawn."""
    after: str = ""
    """Sent with the cursor at its upper left corner, whenever its lines have been drawn."""
    undo: str = ""
    """Sent once it is not shown any more."""

    @property
    def columns(self) -> int:
        """Cells across."""
        return self.strips[0].cell_length if self.strips else 0

    def place(self, room: tuple[int, int]) -> tuple[int, int]:
        """Column and line where it begins in a room of columns and lines: in the middle."""
        return max(0, (room[0] - self.columns) // 2), max(0, (room[1] - len(self.strips)) // 2)

    def lines(self, room: tuple[int, int], base: Style) -> tuple[Strip, ...]:
        """Every line of a room with the picture in its middle."""
        left, top = self.place(room)
        margin, blank = Strip.blank(left, base), Strip.blank(room[0], base)
        drawn = [Strip.join([margin, strip]).adjust_cell_length(room[0], base) for strip in self.strips[: room[1]]]
        return (*[blank] * top, *drawn, *[blank] * (room[1] - top - len(drawn)))

    @property
    def sent(self) -> int:
        """Bytes sent besides the lines."""
        return len(self.before) + len(self.after)


def box_of(cells: tuple[int, int], sight: TerminalGraphics, *, is_small: bool = False) -> tuple[int, int]:
    """Width and height in pixels of the largest picture that is sent for a box of cells.

    Args:
        cells: columns and lines of the box.
        sight: how pictures are shown.
        is_small: whether it is one of many, each of which is to take few bytes.
    """
    width, height = cells[0] * sight.cell[0], cells[1] * sight.cell[1]
    kitty = LARGEST_SMALL if is_small else LARGEST_KITTY
    largest = {Protocol.KITTY: kitty, Protocol.SIXEL: LARGEST_SIXEL}.get(sight.protocol)
    if largest is None or max(width, height) <= largest:
        return width, height
    part = largest / max(width, height)
    return max(1, int(width * part)), max(1, int(height * part))


def draw(
    picture: Picture, cells: tuple[int, int], sight: TerminalGraphics, base: Style, *, is_small: bool = False
) -> Drawing:
    """Make a picture ready.

    Args:
        picture: its pixels, fitted into `box_of` the cells.
        cells: columns and lines that there are.
        sight: how pictures are shown.
        base: what the lines stand on.
        is_small: as for the box.
    """
    if sight.protocol is Protocol.KITTY:
        return _kitty(picture, cells, sight, is_small=is_small)
    if sight.protocol is Protocol.SIXEL:
        return _sixel(picture, cells, sight, base, is_small=is_small)
    if sight.split is not None:
        from wantui.ui.preview.graphics import blocks  # noqa: PLC0415  only where they are drawn

        return Drawing(blocks.strips(picture, sight.split[1]))
    from wantui.ui.preview.half_blocks import half_blocks  # noqa: PLC0415  only where they are drawn

    return Drawing(tuple(half_blocks(picture, picture.width, base)))


def draw_filling(picture: Picture, cells: tuple[int, int], sight: TerminalGraphics, base: Style) -> Drawing:
    """Make a picture of few colours ready that fills so many columns and lines.

    Args:
        picture: its pixels, as many as `filling_cell` says.
        cells: columns and lines that it takes.
        sight: how pictures are shown: kitty's protocol or sixels.
        base: what the lines stand on.
    """
    if sight.protocol is Protocol.KITTY:
        return _numbered(picture, cells, sight, FEW_COLOURS)
    from wantui.ui.preview.graphics import sixel  # noqa: PLC0415  only where it is spoken

    return Drawing((Strip.blank(cells[0], base),) * cells[1], after=sixel.encode(picture, FEW_COLOURS))


def filling_cell(cells: tuple[int, int], sight: TerminalGraphics) -> tuple[float, float] | None:
    """Pixels of a cell of a picture that fills so many columns and lines; None: it cannot be shown here."""
    width, height = cells[0] * sight.cell[0], cells[1] * sight.cell[1]
    is_large = max(width, height) > LARGEST_FILLING
    if sight.protocol is Protocol.SIXEL:
        return None if is_large else (float(sight.cell[0]), float(sight.cell[1]))
    from wantui.ui.preview.graphics import kitty  # noqa: PLC0415  only where it is spoken

    if sight.protocol is not Protocol.KITTY or max(cells) > kitty.MOST_CELLS:
        return None
    part = LARGEST_FILLING / max(width, height) if is_large else 1.0
    return sight.cell[0] * part, sight.cell[1] * part


def _kitty(picture: Picture, cells: tuple[int, int], sight: TerminalGraphics, *, is_small: bool) -> Drawing:
    from wantui.ui.preview.graphics import kitty  # noqa: PLC0415  only where it is spoken

    box = box_of(cells, sight, is_small=is_small)
    enlarged = max(1.0, cells[0] * sight.cell[0] / box[0])
    columns = _clamped(picture.width * enlarged / sight.cell[0], min(cells[0], kitty.MOST_CELLS))
    lines = _clamped(picture.height * enlarged / sight.cell[1], min(cells[1], kitty.MOST_CELLS))
    return _numbered(picture, (columns, lines), sight, SMALL_COLOURS if is_small else None)


def _numbered(
    picture: Picture, cells: tuple[int, int], sight: TerminalGraphics, colours: int | None = None
) -> Drawing:
    from wantui.ui.preview.graphics import kitty  # noqa: PLC0415  only where it is spoken

    number = 1 + secrets.randbelow((1 << 24) - 1)
    return Drawing(
        tuple(kitty.placeholders(number, *cells)),
        before=kitty.transmit(picture, number, *cells, in_tmux=sight.is_in_tmux, colours=colours),
        undo=kitty.forget(number, in_tmux=sight.is_in_tmux),
    )


def _sixel(
    picture: Picture, cells: tuple[int, int], sight: TerminalGraphics, base: Style, *, is_small: bool
) -> Drawing:
    from wantui.ui.preview.graphics import sixel  # noqa: PLC0415  only where it is spoken

    columns = _clamped(-(-picture.width // sight.cell[0]), cells[0])
    lines = _clamped(-(-picture.height // sight.cell[1]), cells[1])
    return Drawing(
        (Strip.blank(columns, base),) * lines,
        after=sixel.encode(picture, SMALL_COLOURS if is_small else sixel.COLOURS),
    )


def _clamped(count: float, most: int) -> int:
    return max(1, min(round(count), most))
