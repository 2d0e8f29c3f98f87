"""The cells of a grid of pictures: what each shows, what has been made of its picture, how its lines are drawn."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, TypeAlias

from rich.segment import Segment
from textual.strip import Strip

from wantui.formatting import shortened
from wantui.terminal.foreign_text import clean
from wantui.terminal.graphics import Protocol
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, TextStyles, cells, fit, line
from wantui.ui.preview.grid_layout import GUTTER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.style import Style

    from wantui.terminal.graphics import TerminalGraphics
    from wantui.ui.preview.graphics.drawing import Drawing
    from wantui.ui.preview.thumbnails import PictureKey, Thumbnails

TileKey: TypeAlias = "tuple[PictureKey, str]"
"""A picture in a size, and the theme that it is drawn in."""


@dataclass(frozen=True, slots=True)
class GridPicture:
    """Where a picture comes from."""

    path: Path
    mtime_ns: int
    """When the file was changed, in nanoseconds since 1970: another file is another picture."""
    frame: int | None = None
    """Of a video: which, from 0, as the trainer counts after resampling; None for an image."""
    source_fps: float | None = None
    """Of a video: what it is resampled from; None: it is not."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell of the grid."""

    picture: GridPicture | None
    """None: there is none (yet)."""
    title: str
    """Below the picture; control characters are made harmless."""
    brief: str = ""
    """Stands there where the title has no room; empty: that is cut."""
    state: Part | None = None
    """A sign before the title."""
    is_marked: bool = False
    said: str = ""
    """Stands in the picture's place where there is none."""


@dataclass(frozen=True, slots=True)
class Tile:
    """What has been made of a picture."""

    drawing: Drawing | None
    lines: tuple[Strip, ...] = ()
    trouble: str = ""


class Tiles:
    """What has been made of pictures, those used last at the end."""

    def __init__(self) -> None:
        self._made: OrderedDict[TileKey, Tile] = OrderedDict()

    def __len__(self) -> int:
        return len(self._made)

    def __contains__(self, key: TileKey) -> bool:
        return key in self._made

    def get(self, key: TileKey) -> Tile | None:
        """What was made of a picture; None: nothing yet, or no longer."""
        return self._made.get(key)

    def touch(self, keys: Iterable[TileKey]) -> None:
        """These are used now."""
        for key in keys:
            if key in self._made:
                self._made.move_to_end(key)

    def keep(self, key: TileKey, tile: Tile, most: int) -> None:
        """Keep another one, and `most` in all."""
        self._made[key] = tile
        while len(self._made) > most:
            self._made.popitem(last=False)


def make(
    key: PictureKey, room: tuple[int, int], thumbnails: Thumbnails, sight: TerminalGraphics, base: Style
) -> Tile:
    """Decode and encode a picture, which is for threads."""
    from wantui.ui.preview.graphics.drawing import draw  # noqa: PLC0415  the first frame has no picture
    from wantui.ui.preview.thumbnails import Picture  # noqa: PLC0415  the same

    found = thumbnails.make(key)
    if not isinstance(found, Picture):
        return Tile(None, trouble=found)
    drawing = draw(found, room, sight, base, is_small=True)
    return Tile(drawing, drawing.lines(room, base))


@dataclass(frozen=True, slots=True)
class CellLines:
    """Draws the lines of one cell."""

    cell: GridCell
    tile: Tile | None
    """None: nothing has been made of its picture yet."""
    protocol: Protocol | None
    """By which pictures are shown; None: that is not known yet."""
    is_under: bool
    """Whether the cursor is on it."""
    styles: TextStyles

    @property
    def _is_sixel(self) -> bool:
        return self.protocol is Protocol.SIXEL

    def title(self, width: int) -> Strip:
        """The line below the picture."""
        styles, cell = self.styles, self.cell
        base = styles.cursor_row if self.is_under else styles.base
        parts: list[Part] = [(GLYPHS.cursor if self.is_under else " ", styles.accent)]
        parts.append((GLYPHS.marked if cell.is_marked else " ", styles.accent))
        if cell.state is not None:
            parts += [cell.state, (" ", styles.plain)]
        room = width - cells(parts) - 1
        title = clean(cell.title)
        if cell.brief and cells([(title, base)]) > room:
            title = shortened(clean(cell.brief), room, GLYPHS.ellipsis)
        title = fit(title, room, GLYPHS.ellipsis)
        parts.append((title, styles.strong if self.is_under else styles.plain))
        return line(parts, width, base)

    def picture(self, at: int, room: tuple[int, int]) -> Strip:
        """A line of the picture, with the gutter before it.

        Args:
            at: which line, from 0.
            room: columns and lines of the picture.
        """
        styles, (columns, lines) = self.styles, room
        has_bar = self.is_under and not self._is_sixel
        gutter = Strip([Segment(GLYPHS.cursor if has_bar else " ", styles.base + styles.accent)], GUTTER)
        if self.tile is not None and at < len(self.tile.lines):
            return Strip.join([gutter, self.tile.lines[at]])
        said, ink = self._said()
        pieces = wrap(said, max(1, columns))
        row = at - (lines - len(pieces)) // 2
        text = pieces[row] if 0 <= row < len(pieces) else ""
        return Strip.join([gutter, line([(text.center(columns), ink)], columns, styles.base)])

    def _said(self) -> Part:
        """What stands in the picture's place."""
        styles = self.styles
        if self.cell.picture is None:
            return self.cell.said, styles.dim
        if self.tile is not None:
            return clean(self.tile.trouble), styles.bad
        if self.protocol is Protocol.OFF:
            return "pictures are off", styles.faint
        return "" if self._is_sixel else GLYPHS.ellipsis, styles.faint
