"""Where the cells of a grid of pictures lie: plain arithmetic on columns, lines and indices."""

from __future__ import annotations

from dataclasses import dataclass

WIDTHS = (14, 18, 24, 34, 50, 74)
"""Columns of a cell of the grid, from small to large; each is widened until the cells fill the width."""
USUAL, USUAL_NARROW = 2, 1
"""Which of `WIDTHS` is shown at first, and in less than `NARROW` columns."""
NARROW = 100
LINES_A_COLUMN = 0.4
"""Lines of a picture for each of its columns: between what is wide and what is high, of which a cell is twice as high
as wide."""
TITLE_LINES = 1
"""Below each picture."""
LEAST_LINES = 3
"""Of a picture."""
GUTTER = 1
"""Columns left of each picture, where the cursor stands."""


@dataclass(frozen=True, slots=True)
class GridLayout:
    """How many cells there are side by side and above each other, and how large they are."""

    columns: int
    """Cells side by side."""
    rows: int
    """Rows of cells in sight."""
    width: int
    """Columns of the terminal that a cell takes, with its gutter."""
    height: int
    """Lines that a cell takes, with its title."""

    @property
    def picture(self) -> tuple[int, int]:
        """Columns and lines for a picture."""
        return self.width - GUTTER, self.height - TITLE_LINES

    @property
    def page(self) -> int:
        """Cells in sight."""
        return self.columns * self.rows

    def rows_of(self, count: int) -> int:
        """Rows that so many cells take."""
        return -(-count // self.columns)

    def place(self, index: int, top: int) -> tuple[int, int]:
        """Column and line where a cell begins, if the row `top` is the first in sight; the line may lie outside."""
        return index % self.columns * self.width, (index // self.columns - top) * self.height

    def at(self, x: int, y: int, top: int, count: int) -> int | None:
        """The cell at a column and a line; None: there is none."""
        column, row = x // self.width, y // self.height
        index = (top + row) * self.columns + column
        is_inside = 0 <= column < self.columns and 0 <= row < self.rows and 0 <= index < count
        return index if is_inside else None

    def in_sight(self, top: int, count: int) -> range:
        """The cells in sight, if the row `top` is the first one."""
        first = min(top * self.columns, count)
        return range(first, min(first + self.page, count))

    def top_for(self, index: int, top: int, count: int) -> int:
        """The first row in sight that shows a cell, as near to `top` as can be, without rows behind the last one."""
        row = index // self.columns
        top = min(max(top, row - self.rows + 1), row)
        return max(0, min(top, self.rows_of(count) - self.rows))

    def above(self, index: int, rows: int, count: int) -> int:
        """The cell so many rows below (negative: above), in the same column as far as there is one.

        The last row may be short: down to it leads to its last cell. Past the ends the cell stays in its column.
        """
        row = index // self.columns
        last = self.rows_of(count) - 1
        wanted = max(0, min(row + rows, last))
        return max(0, min(wanted * self.columns + index % self.columns, count - 1)) if wanted != row else index


def laid_out(width: int, height: int, size: int) -> GridLayout:
    """The grid that fills a room.

    Args:
        width: its columns.
        height: its lines.
        size: index into `WIDTHS`.
    """
    columns = max(1, width // WIDTHS[size])
    cell = max(1, width // columns)
    wanted = max(LEAST_LINES, round((cell - GUTTER) * LINES_A_COLUMN)) + TITLE_LINES
    rows = max(1, round(height / wanted))
    while rows > 1 and height // rows < LEAST_LINES + TITLE_LINES:
        rows -= 1
    return GridLayout(columns, rows, max(cell, GUTTER + 1), max(height // rows, TITLE_LINES + 1))


def usual_size(width: int, height: int, count: int) -> int:
    """Index into `WIDTHS` for a room: a handy size, or the largest at which all of so many cells are in sight."""
    usual = USUAL_NARROW if width < NARROW else USUAL
    sizes = range(len(WIDTHS) - 1, usual, -1)
    return next((size for size in sizes if laid_out(width, height, size).page >= count), usual)
