"""The pictures that pairs have made of one prompt, as a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.preview.grid_cells import GridCell, GridPicture
from wantui.ui.preview.grid_layout import LEAST_LINES, LINES_A_COLUMN, TITLE_LINES, WIDTHS, GridLayout
from wantui.ui.preview.picture_grid import PictureGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.services.annotations import Pair, SamplePicture
    from wantui.ui.samples.pairs_shown import PairsShown


class PairGrid(PictureGrid):
    """A picture for each pair; of a clip the middle frame."""

    def __init__(self, shown: PairsShown, moved: Callable[[], None]) -> None:
        """Make it.

        Args:
            shown: what is shown at first.
            moved: told when the cursor stands on another pair.
        """
        super().__init__()
        self._shown = shown
        self._pairs = shown.pairs
        self._moved = moved

    @property
    def pair(self) -> Pair | None:
        """That the cursor is on; None: there is none."""
        return self._pairs[self.cursor] if self.cursor < len(self._pairs) else None

    def show(self, shown: PairsShown) -> None:
        """Show something else; the cursor stays on its pair where that is still shown."""
        pair = self.pair
        self._shown, self._pairs = shown, shown.pairs
        if pair in self._pairs:
            self.cursor = self._pairs.index(pair)
        self.cells_changed()

    @property
    def layout_now(self) -> GridLayout:
        """A matrix has as many columns as the low-noise expert has checkpoints."""
        columns, (width, height) = self._shown.columns, self.size
        if columns is None or columns * WIDTHS[0] > width:
            return super().layout_now
        cell = width // columns
        wanted = max(LEAST_LINES, round(cell * LINES_A_COLUMN)) + TITLE_LINES
        rows = max(1, min(round(height / wanted), height // (LEAST_LINES + TITLE_LINES)))
        return GridLayout(columns, rows, cell, max(TITLE_LINES + 1, height // rows))

    @property
    def cell_count(self) -> int:
        """Pairs that are shown."""
        return len(self._pairs)

    def cell_at(self, index: int) -> GridCell:
        """One of them."""
        pair = self._pairs[index]
        picture = self._shown.picture(pair)
        is_chosen = pair == self._shown.view.judged.chosen
        state = (GLYPHS.chosen, text_styles_of(self).good) if is_chosen else None
        still = None if picture is None else still_of(picture)
        return GridCell(still, str(pair), pair.brief, state, said="not made")

    def cursor_moved(self) -> None:
        """Say what is under it."""
        self._moved()

    def empty(self) -> str:
        """Why there is nothing."""
        return "This run has no checkpoint of both experts yet."


def still_of(picture: SamplePicture) -> GridPicture:
    """What stands for a picture or clip."""
    path = picture.frames[len(picture.frames) // 2]
    return GridPicture(path, int(picture.made * 1e9))
