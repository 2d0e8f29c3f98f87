"""Curves in braille dots: eight dots a cell, computed without drawing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of each dot in a braille character, by line from the top and column (Unicode 15, 15.9)."""
_BLANK = 0x2800
FRONT = 9
"""The layer of curves that are to be seen first."""


class CurveCanvas(Protocol):
    """What curves are drawn on: so many cells, each of so many dots."""

    width: int
    height: int
    across: int
    """Columns of dots in a cell."""
    down: int
    """Lines of dots in a cell."""

    def dot(self, x: int, y: int, owner: int, layer: int = FRONT) -> None:
        """Set a dot, counted from the top left; outside of the canvas nothing happens."""

    def level(self, part: float) -> int:
        """The line of dots, from the top, of what stands so high: 0 at the bottom, 1 at the top."""

    def path(
        self, points: Iterable[tuple[int, float] | None], owner: int, *, layer: int = FRONT, dash: int = 0
    ) -> None:
        """Draw a line from point to point; see `Canvas.path`."""

    def level_line(self, part: float, owner: int) -> None:
        """Draw a line from left to right behind everything, where the canvas is fine enough for it."""

    def rule_at(self, column: int, sign: str, owner: int) -> None:
        """Draw a line from top to bottom in a column of cells, behind every curve."""

    def sign(self, column: int, row: int, sign: str, owner: int) -> None:
        """Put a sign into a cell, in front of everything."""

    def line(self, y: int, *, plain: bool = False, signs: Sequence[str] = ()) -> list[tuple[str, int | None]]:
        """One line of cells: stretches of text, each with the curve it belongs to."""


class Canvas:
    """Dots on a grid of cells, each cell in the colour of the curve that last touched it.

    Curves lie in layers: where one passes through a cell, what lies in a layer further back is not seen there.
    """

    across, down = 2, 4

    def __init__(self, width: int, height: int) -> None:
        self.width = max(0, width)
        self.height = max(0, height)
        self._bits = [[0] * self.width for _ in range(self.height)]
        self._layer = [[0] * self.width for _ in range(self.height)]
        self._owner: list[list[int | None]] = [[None] * self.width for _ in range(self.height)]
        self._behind: list[dict[int, tuple[str, int | None]]] = [{} for _ in range(self.height)]
        self._signs: list[dict[int, tuple[str, int | None]]] = [{} for _ in range(self.height)]

    def dot(self, x: int, y: int, owner: int, layer: int = FRONT) -> None:
        """Set a dot, counted from the top left; outside of the canvas nothing happens."""
        column, row = x // 2, y // 4
        if min(x, y) < 0 or column >= self.width or row >= self.height or layer < self._layer[row][column]:
            return
        bit = _DOTS[y % 4][x % 2]
        if layer > self._layer[row][column]:
            self._layer[row][column] = layer
            self._bits[row][column] = bit
        else:
            self._bits[row][column] |= bit
        self._owner[row][column] = owner

    def level(self, part: float) -> int:
        """The line of dots, from the top, of what stands so high: 0 at the bottom, 1 at the top."""
        return round((1 - part) * (self.height * 4 - 1))

    def curve(self, points: Sequence[tuple[float, float]], x_max: float, y_max: float, owner: int) -> None:
        """Draw points from the origin at the bottom left; those that share a column of dots are averaged."""
        if not self.width or not self.height or x_max <= 0 or y_max <= 0:
            return
        sums: dict[int, tuple[float, int]] = {}
        for x, y in points:
            if x < 0 or y != y:  # noqa: PLR0124  not a number
                continue
            column = self._column(x, x_max)
            total, count = sums.get(column, (0.0, 0))
            sums[column] = (total + y, count + 1)
        means = ((column, sums[column][0] / sums[column][1] / y_max) for column in sorted(sums))
        self.path(((column, max(0.0, min(1.0, mean))) for column, mean in means), owner)

    def path(
        self, points: Iterable[tuple[int, float] | None], owner: int, *, layer: int = FRONT, dash: int = 0
    ) -> None:
        """Draw a line from point to point.

        Args:
            points: column of dots and height from 0 to 1, ascending by column; None: the line is interrupted.
            owner: whose it is.
            layer: further back or in front.
            dash: dots that are left out after each three.
        """
        before: tuple[int, int] | None = None
        for point in points:
            if point is None:
                before = None
                continue
            here = (point[0], self.level(point[1]))
            self._join(before, here, owner, layer, dash)
            before = here

    def _column(self, x: float, x_max: float) -> int:
        """The column of dots of a point."""
        return min(self.width * 2 - 1, int(x / x_max * self.width * 2))

    def rule(self, x: float, x_max: float, sign: str, owner: int) -> int:
        """Draw a line from top to bottom at `x`, behind every curve; the column of cells that it is in."""
        column = self._column(x, x_max) // 2
        self.rule_at(column, sign, owner)
        return column

    def level_line(self, part: float, owner: int) -> None:
        """Braille is too coarse for lines across."""

    def rule_at(self, column: int, sign: str, owner: int) -> None:
        """Draw a line from top to bottom in a column of cells, behind every curve."""
        for row in range(self.height):
            self._behind[row][column] = (sign, owner)

    def sign(self, column: int, row: int, sign: str, owner: int) -> None:
        """Put a sign into a cell, in front of everything."""
        if 0 <= column < self.width and 0 <= row < self.height:
            self._signs[row][column] = (sign, owner)

    def _join(self, start: tuple[int, int] | None, end: tuple[int, int], owner: int, layer: int, dash: int) -> None:
        """Dots from one column to the next, without a gap between neighbours."""
        if start is None:
            self.dot(*end, owner, layer)
            return
        (x0, y0), (x1, y1) = start, end
        steps = max(1, x1 - x0, abs(y1 - y0))
        for step in range(1, steps + 1):
            x = round(x0 + (x1 - x0) * step / steps)
            if dash and x % (3 + dash) >= 3:  # noqa: PLR2004  see `path`
                continue
            self.dot(x, round(y0 + (y1 - y0) * step / steps), owner, layer)

    def line(self, y: int, *, plain: bool = False, signs: Sequence[str] = ()) -> list[tuple[str, int | None]]:
        """One line of cells: stretches of text, each with the curve it belongs to.

        Args:
            y: which, from the top.
            plain: one sign a cell, for terminals without braille.
            signs: that of each curve; a star where nothing is said.
        """
        stretches: list[tuple[str, int | None]] = []
        for x, (bits, curve) in enumerate(zip(self._bits[y], self._owner[y], strict=True)):
            character, owner = chr(_BLANK + bits), curve
            if x in self._signs[y]:
                character, owner = self._signs[y][x]
            elif not bits:
                character, owner = self._behind[y].get(x, (" ", None))
            elif plain:
                character = signs[curve] if curve is not None and curve < len(signs) else "*"
            if stretches and stretches[-1][1] == owner:
                stretches[-1] = (stretches[-1][0] + character, owner)
            else:
                stretches.append((character, owner))
        return stretches
