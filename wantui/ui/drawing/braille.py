"""Curves in braille dots: eight dots a cell, computed without drawing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of each dot in a braille character, by line from the top and column (Unicode 15, 15.9)."""
_BLANK = 0x2800


class Canvas:
    """Dots on a grid of cells, each cell in the colour of the curve that last touched it."""

    def __init__(self, width: int, height: int) -> None:
        self.width = max(0, width)
        self.height = max(0, height)
        self._bits = [[0] * self.width for _ in range(self.height)]
        self._owner: list[list[int | None]] = [[None] * self.width for _ in range(self.height)]
        self._behind: list[dict[int, tuple[str, int | None]]] = [{} for _ in range(self.height)]

    def dot(self, x: int, y: int, owner: int) -> None:
        """Set a dot, counted from the top left; outside of the canvas nothing happens."""
        column, row = x // 2, y // 4
        if min(x, y) >= 0 and column < self.width and row < self.height:
            self._bits[row][column] |= _DOTS[y % 4][x % 2]
            self._owner[row][column] = owner

    def curve(self, points: Sequence[tuple[float, float]], x_max: float, y_max: float, owner: int) -> None:
        """Draw points from the origin at the bottom left; those that share a column of dots are averaged."""
        rows = self.height * 4
        if not self.width or not rows or x_max <= 0 or y_max <= 0:
            return
        sums: dict[int, tuple[float, int]] = {}
        for x, y in points:
            if x < 0 or y != y:  # noqa: PLR0124  not a number
                continue
            column = self._column(x, x_max)
            total, count = sums.get(column, (0.0, 0))
            sums[column] = (total + y, count + 1)
        before: tuple[int, int] | None = None
        for column in sorted(sums):
            total, count = sums[column]
            level = max(0.0, min(1.0, total / count / y_max))
            y_dot = round((1 - level) * (rows - 1))
            self._join(before, (column, y_dot), owner)
            before = (column, y_dot)

    def _column(self, x: float, x_max: float) -> int:
        """The column of dots of a point."""
        return min(self.width * 2 - 1, int(x / x_max * self.width * 2))

    def rule(self, x: float, x_max: float, sign: str, owner: int) -> int:
        """Draw a line from top to bottom at `x`, behind every curve; the column of cells that it is in."""
        column = self._column(x, x_max) // 2
        for row in range(self.height):
            self._behind[row][column] = (sign, owner)
        return column

    def _join(self, start: tuple[int, int] | None, end: tuple[int, int], owner: int) -> None:
        """Dots from one column to the next, without a gap between neighbours."""
        if start is None:
            self.dot(*end, owner)
            return
        (x0, y0), (x1, y1) = start, end
        steps = max(1, x1 - x0, abs(y1 - y0))
        for step in range(1, steps + 1):
            self.dot(round(x0 + (x1 - x0) * step / steps), round(y0 + (y1 - y0) * step / steps), owner)

    def line(self, y: int, *, plain: bool = False) -> list[tuple[str, int | None]]:
        """One line of cells: stretches of text, each with the curve it belongs to.

        Args:
            y: which, from the top.
            plain: one star a cell, for terminals without braille.
        """
        stretches: list[tuple[str, int | None]] = []
        for x, (bits, curve) in enumerate(zip(self._bits[y], self._owner[y], strict=True)):
            character, owner = "*" if plain else chr(_BLANK + bits), curve
            if not bits:
                character, owner = self._behind[y].get(x, (" ", None))
            if stretches and stretches[-1][1] == owner:
                stretches[-1] = (stretches[-1][0] + character, owner)
            else:
                stretches.append((character, owner))
        return stretches
