"""One item on the whole screen: its picture as large as it goes, its caption below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from wantui.terminal.foreign_text import clean
from wantui.ui.captions.caption_view import CaptionView
from wantui.ui.captions.item_copying import copy_item
from wantui.ui.captions.preview_pane import PreviewPane, size_said
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.moves import WholeScreen
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.preview.picture import PictureView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wantui.ui.context import WorkContext

KEYS_SAID = "j k next, previous · n N problem · C crop · esc back"


class FullPreview(WholeScreen[None]):
    """The item under the cursor of the dataset list; moving on moves that cursor."""

    CSS_PATH = dialogs_sheet()
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,V", "dismiss", "Back"),
        ("j,down,space", "step(1)", "Go to the next item"),
        ("k,up", "step(-1)", "Go to the previous item"),
        ("n", "step_problem(1)", "Go to the next problem"),
        ("N", "step_problem(-1)", "Go to the previous problem"),
        ("C", "toggle_crop", "Show what the trainer cuts off"),
        ("y", "copy_item('caption')", "Copy the caption"),
        ("Y", "copy_item('path')", "Copy the path of the image or clip"),
        Binding("question_mark,f1", "app.help_here", "Show the keys of this place", id="help"),
        Binding("ctrl+z", "app.suspend_process", "Suspend: fg comes back", id="suspend"),
    ]

    def __init__(self, items: DatasetList, trigger: str, *, has_crop: bool) -> None:
        """Make it.

        Args:
            items: whose cursor says which item is shown.
            trigger: words to bring out in captions.
            has_crop: whether what is cut off is dimmed at first.
        """
        super().__init__()
        self._items = items
        self._picture = PictureView("full_picture")
        self._picture.set_reactive(PictureView.has_crop, has_crop)
        self._caption = CaptionView("full_caption")
        self._caption.set_reactive(CaptionView.trigger, trigger)

    def compose(self) -> ComposeResult:
        """Picture and caption in one pane."""
        with Vertical(id="full", classes="pane"):
            yield self._picture
            yield self._caption

    def on_mount(self) -> None:
        """Show the item."""
        self._show()

    @property
    def picture(self) -> PictureView:
        """The picture."""
        return self._picture

    def _show(self) -> None:
        row, pane = self._items.highlighted, self.query_one("#full")
        if row is None:
            self.dismiss()
            return
        place = f"{self._items.cursor + 1}/{self._items.row_count}"
        size = size_said(row.item)
        pane.border_title = Content(
            f" {GLYPHS.dot} ".join(part for part in (clean(row.item.media.name), size) if part)
        )
        pane.border_subtitle = key_hints(f"{KEYS_SAID.replace('·', GLYPHS.dot)}   {place}")
        self._caption.shown_row = row
        self._picture.show_item(row.item, self._items.neighbours())

    def action_step(self, step: int) -> None:
        """Go to the neighbour."""
        self._items.move_to(self._items.cursor + step)
        self._show()

    def action_step_problem(self, step: int) -> None:
        """Go to the next or previous problem."""
        self._items.step_problem(step)
        self._show()

    def action_copy_item(self, what: str) -> None:
        """Copy the caption, or the path of the media."""
        copy_item(self, self._items.highlighted, what)

    def action_toggle_crop(self) -> None:
        """Draw what the trainer cuts off, or do not."""
        self._picture.has_crop = not self._picture.has_crop


async def open_full(context: WorkContext) -> None:
    """Show the item under the cursor on the whole screen; the pane then shows the crop as it was shown last."""
    items, pane = context.find(DatasetList), context.find(PreviewPane)
    if items.highlighted is None or pane.editor is not None:
        return
    full = FullPreview(items, pane.trigger, has_crop=pane.picture.has_crop)
    await context.push(full)
    pane.picture.has_crop = full.picture.has_crop
