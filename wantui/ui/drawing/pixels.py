"""Curves in pixels: what is drawn is kept, can be compared, and is painted by a thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING

from wantui.ui.drawing.braille import FRONT
from wantui.ui.drawing.glyphs import GLYPHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    Colour = tuple[int, int, int]
    Point = tuple[float, float]

FINE = 3
"""Each pixel is painted as so many by so many, which are put together: that smooths edges."""
COLUMN = 2.0
"""Pixels between two points of a curve."""
DOTS = 4
"""Lines of dots in a row of pixels: a curve's height is not rounded to pixels."""
USUAL_HEIGHT = 20.0
"""Pixels of a cell for which widths of lines are told; in a smaller one they are thinner."""
LINE, LINE_BEHIND, HAIR = 2.2, 1.5, 1.0
"""Widths of curves, of curves behind them, and of lines across and down, in pixels."""
RADIUS = 1.15
"""Of a dot, in pixels."""
ACROSS = 0.6
"""How much of its colour a line across has."""
STEPS = (0.25, 0.5, 0.75, 1.0)
"""Of each colour, on edges: fewer than there might be, which takes fewer bytes and is not seen."""
DASH, GAP = 7.0, 3.0
"""Of a dashed line: pixels that are drawn, and that are left out for each further `dash`."""


@dataclass(slots=True)
class _Marks:
    """What has been drawn; places are in dots, those of rules and signs in cells."""

    lines: list[tuple[int, int, int, tuple[tuple[int, int], ...]]] = field(default_factory=list)
    """Layer, owner, dash, points."""
    dots: dict[tuple[int, int], set[tuple[int, int]]] = field(default_factory=dict)
    """By layer and owner."""
    across: list[tuple[int, int]] = field(default_factory=list)
    """Line of dots, owner."""
    rules: list[tuple[int, bool, int]] = field(default_factory=list)
    """Column, whether it is dashed, owner."""
    signs: list[tuple[int, int, str, int]] = field(default_factory=list)
    """Column, line, sign, owner."""


class PixelCanvas:
    """Keeps what is drawn on it; `paint` makes the picture.

    It has the methods of the canvas in braille (`wantui.ui.drawing.braille.CurveCanvas`), with finer dots.
    """

    def __init__(self, width: int, height: int, cell: tuple[float, float]) -> None:
        """Make it.

        Args:
            width: cells across.
            height: lines of cells.
            cell: width and height of a cell in pixels.
        """
        self.width, self.height, self.cell = max(0, width), max(0, height), cell
        self.across, self.down = max(2, round(cell[0] / COLUMN)), round(cell[1] * DOTS)
        self._marks = _Marks()

    @property
    def size(self) -> tuple[int, int]:
        """Pixels of the picture."""
        return max(1, round(self.width * self.cell[0])), max(1, round(self.height * self.cell[1]))

    def is_same(self, other: PixelCanvas) -> bool:
        """Whether the same is drawn on another one."""
        return (self.width, self.height, self.cell) == (other.width, other.height, other.cell) and (
            self._marks == other._marks
        )

    # -- what is drawn ----------------------------------------------------------------------------------------------

    def dot(self, x: int, y: int, owner: int, layer: int = FRONT) -> None:
        """Set a dot, counted from the top left; outside of the canvas nothing happens."""
        if 0 <= x < self.width * self.across and 0 <= y < self.height * self.down:
            self._marks.dots.setdefault((layer, owner), set()).add((x, y - y % DOTS))

    def level(self, part: float) -> int:
        """The line of dots, from the top, of what stands so high: 0 at the bottom, 1 at the top."""
        return round((1 - part) * (self.height * self.down - 1))

    def path(
        self, points: Iterable[tuple[int, float] | None], owner: int, *, layer: int = FRONT, dash: int = 0
    ) -> None:
        """Draw a line from point to point.

        Args:
            points: column of dots and height from 0 to 1, ascending by column; None: the line is interrupted.
            owner: whose it is.
            layer: further back or in front.
            dash: how far the dashes of the line stand from each other; 0: it has none.
        """
        stretch: list[tuple[int, int]] = []
        for point in (*points, None):
            if point is not None:
                stretch.append((point[0], self.level(point[1])))
            elif stretch:
                self._marks.lines.append((layer, owner, dash, tuple(stretch)))
                stretch = []

    def level_line(self, part: float, owner: int) -> None:
        """Draw a thin line from left to right behind everything."""
        self._marks.across.append((self.level(part), owner))

    def rule_at(self, column: int, sign: str, owner: int) -> None:
        """Draw a line from top to bottom in a column of cells, behind every curve; dashed for another attempt."""
        self._marks.rules.append((column, sign == GLYPHS.went_on, owner))

    def sign(self, column: int, row: int, sign: str, owner: int) -> None:
        """Draw a diamond for held-out losses, a cross for any other sign, into a cell in front of everything."""
        if 0 <= column < self.width and 0 <= row < self.height:
            self._marks.signs.append((column, row, sign, owner))

    def line(self, y: int, *, plain: bool = False, signs: Sequence[str] = ()) -> list[tuple[str, int | None]]:  # noqa: ARG002
        """One line of cells: they are left blank for the picture."""
        return [(" " * self.width, None)]

    # -- the picture ------------------------------------------------------------------------------------------------

    def paint(self, colours: Sequence[Colour], ground: Colour) -> Image:
        """The picture.

        Args:
            colours: by owner.
            ground: what it stands on.
        """
        from PIL import Image, ImageDraw  # noqa: PLC0415  most people draw in braille

        width, height = self.size
        image = Image.new("RGB", (width * FINE, height * FINE), ground)
        shown = [_mixed(colour, ground, part) for colour in dict.fromkeys(colours) for part in STEPS]
        faint = [_mixed(colour, ground, ACROSS) for colour in colours]
        _Painting(self, ImageDraw.Draw(image), colours, faint).everything(self._marks)
        few = image.reduce(FINE).quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        found = few.getpalette() or []
        wanted = [ground, *shown, *(faint[owner] for _, owner in self._marks.across)]
        nearest = [_nearest((found[at], found[at + 1], found[at + 2]), wanted) for at in range(0, len(found), 3)]
        few.putpalette([level for colour in nearest for level in colour])
        return few.convert("RGB")


class _Painting:
    """Paints what a canvas has kept, `FINE` times as large."""

    def __init__(
        self, canvas: PixelCanvas, draw: ImageDraw, colours: Sequence[Colour], faint: Sequence[Colour]
    ) -> None:
        self._draw, self._colours, self._faint = draw, colours, faint
        width, height = canvas.size
        self._width, self._height = width * FINE, height * FINE
        self._cell = self._width / max(1, canvas.width), self._height / max(1, canvas.height)
        self._dot = self._cell[0] / canvas.across, self._cell[1] / canvas.down
        self._unit = FINE * min(1.6, canvas.cell[1] / USUAL_HEIGHT)
        """A pixel, for widths."""

    def everything(self, marks: _Marks) -> None:
        """From what is behind to what is in front."""
        for level, owner in marks.across:
            y = _crisp(self._at((0, level))[1])
            self._draw.line([(0, y), (self._width, y)], fill=self._faint[owner], width=FINE)
        for column, is_dashed, owner in marks.rules:
            x = _crisp((column + 0.5) * self._cell[0])
            self._stroke([(x, 0), (x, self._height)], owner, HAIR, dash=int(is_dashed))
        layers = sorted({layer for layer, _ in marks.dots} | {layer for layer, *_ in marks.lines})
        for layer in layers:
            for (at, owner), places in marks.dots.items():
                if at == layer:
                    self._spots(places, owner)
            for at, owner, dash, points in marks.lines:
                if at == layer:
                    width = LINE if layer >= FRONT else LINE_BEHIND
                    self._stroke([self._at(point) for point in points], owner, width, dash)
        for column, row, sign, owner in marks.signs:
            draw_sign = self._diamond if sign == GLYPHS.held_out else self._cross
            draw_sign((column + 0.5) * self._cell[0], (row + 0.5) * self._cell[1], owner)

    def _at(self, dot: tuple[int, int]) -> Point:
        return (dot[0] + 0.5) * self._dot[0], (dot[1] + 0.5) * self._dot[1]

    def _spots(self, places: Iterable[tuple[int, int]], owner: int) -> None:
        radius, colour = RADIUS * self._unit, self._colours[owner]
        for place in places:
            # Around a corner of pixels all are the same few pixels in one colour, which takes the fewest bytes.
            x, y = (round(each / FINE) * FINE - 0.5 for each in self._at(place))
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def _stroke(self, points: list[Point], owner: int, pixels: float, dash: int = 0) -> None:
        width, colour = max(1, round(pixels * self._unit)), self._colours[owner]
        if len(points) == 1:
            x, y = points[0]
            self._draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=colour)
            return
        pieces = _dashes(points, DASH * self._unit, GAP * dash * self._unit) if dash else [points]
        for piece in pieces:
            self._draw.line(piece, fill=colour, width=width, joint="curve")

    def _diamond(self, x: float, y: float, owner: int) -> None:
        arm = min(self._cell) * 0.4
        self._draw.polygon([(x - arm, y), (x, y - arm), (x + arm, y), (x, y + arm)], fill=self._colours[owner])

    def _cross(self, x: float, y: float, owner: int) -> None:
        arm = min(self._cell) * 0.3
        for slope in (-1, 1):
            self._stroke([(x - arm, y - slope * arm), (x + arm, y + slope * arm)], owner, LINE_BEHIND)


def _mixed(colour: Colour, ground: Colour, part: float) -> Colour:
    """So much of a colour on the ground."""
    red, green, blue = (round(below + (above - below) * part) for above, below in zip(colour, ground, strict=True))
    return red, green, blue


def _nearest(colour: Colour, among: Sequence[Colour]) -> Colour:
    return min(among, key=lambda each: sum((one - other) ** 2 for one, other in zip(each, colour, strict=True)))


def _crisp(place: float) -> float:
    """The middle of the pixel, so that a thin line is not spread over two."""
    return place // FINE * FINE + FINE // 2


def _dashes(points: list[Point], on: float, off: float) -> Iterator[list[Point]]:
    """The stretches of a line that are drawn, `on` long, with `off` between them."""
    left, is_drawn, piece = on, True, [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        length = hypot(x1 - x0, y1 - y0)
        done = 0.0
        while length - done > left:
            done += left
            here = x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length
            if is_drawn:
                yield [*piece, here]
            is_drawn, left, piece = not is_drawn, off if is_drawn else on, [here]
        left -= length - done
        piece.append((x1, y1))
    if is_drawn and len(piece) > 1:
        yield piece
