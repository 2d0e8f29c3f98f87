"""Two to four items next to each other, to choose between or to compare captions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from wantui.terminal.foreign_text import clean
from wantui.ui.captions.caption_view import wrapped
from wantui.ui.captions.preview_pane import PreviewPane, size_said
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.moves import HELP_AND_SUSPEND, WholeScreen
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.preview.picture import PictureView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wantui.listing.rows import ItemRow
    from wantui.ui.context import WorkContext
    from wantui.ui.drawing.styles import Part

KEYS_SAID = "C crop  ? help  esc back"
MOST = 4
"""Pictures next to each other at most."""


class CaptionStart(DrawnBlock):
    """Size, bucket, and the start of a caption."""

    def __init__(self, row: ItemRow) -> None:
        super().__init__(classes="side-caption")
        self._row = row

    def block(self, width: int, height: int) -> list[list[Part]]:
        """Every line."""
        styles, item = self.text_styles, self._row.item
        size = wrapped(size_said(item) or "size not known", width, 2, GLYPHS.ellipsis)
        lines: list[list[Part]] = [[(text, styles.dim)] for text in size]
        if item.caption is None:
            return [*lines, [("no caption", styles.bad)]]
        texts = wrapped(clean(item.caption), width, max(1, height - len(lines)), GLYPHS.ellipsis)
        return [*lines, *([(text, styles.plain)] for text in texts)]


class SideBySide(WholeScreen[None]):
    """The items, from left to right."""

    CSS_PATH = dialogs_sheet()
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,S", "dismiss", "Back"),
        ("C", "toggle_crop", "Show what the trainer cuts off"),
        *HELP_AND_SUSPEND,
    ]

    def __init__(self, rows: Sequence[ItemRow], *, has_crop: bool) -> None:
        """Make it.

        Args:
            rows: the items; those after the first `MOST` are only counted.
            has_crop: whether what is cut off is dimmed at first.
        """
        super().__init__()
        self._rows = tuple(rows)
        self._has_crop = has_crop

    def compose(self) -> ComposeResult:
        """A pane for each, and the keys."""
        with Horizontal(id="sides"):
            for at, row in enumerate(self._rows[:MOST]):
                with Vertical(classes="pane side") as pane:
                    pane.border_title = Content(clean(row.item.media.name))
                    pane.border_subtitle = Content(row.status.value)
                    picture = PictureView(f"side_{at}")
                    picture.set_reactive(PictureView.has_crop, self._has_crop)
                    picture.set_reactive(PictureView.says_facts, False)
                    yield picture
                    yield CaptionStart(row)
        yield Static(key_hints(KEYS_SAID), id="side-keys")

    def on_mount(self) -> None:
        """Show them."""
        for picture, row in zip(self.query(PictureView), self._rows, strict=False):
            picture.show_item(row.item)
        if len(self._rows) > MOST:
            self.notify(f"The first {MOST} of {len(self._rows)} marked items.", timeout=4, markup=False)

    def action_toggle_crop(self) -> None:
        """Draw what the trainer cuts off, or do not."""
        self._has_crop = not self._has_crop
        for picture in self.query(PictureView):
            picture.has_crop = self._has_crop


async def open_side_by_side(context: WorkContext) -> None:
    """Show the marked items; where fewer than two are marked, the one under the cursor and its neighbour."""
    items, pane = context.find(DatasetList), context.find(PreviewPane)
    rows = items.marked_rows()
    if len(rows) <= 1:
        shown, at = items.shown_rows(), items.cursor
        first = min(at, max(0, len(shown) - 2))
        rows = shown[first : first + 2]
    if pane.editor is not None:
        return
    if len(rows) <= 1:
        context.tell("There is one item only; mark two to four with space to see them side by side.")
        return
    await context.push(SideBySide(rows, has_crop=pane.picture.has_crop))
