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
from wantui.ui.commands.bindings import bindings_at
from wantui.ui.commands.catalogue import Place
from wantui.ui.commands.command_table import key_for
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dataset.highlighted import highlighted_item
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.moves import WholeScreen
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.preview.clip_view import ClipView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wantui.dataset.model import Item
    from wantui.ui.context import WorkContext

KEYS_SAID = "j k next, previous  n N problem  C crop  esc back"
CLIP_KEYS = (
    "preview.previous_frame",
    "preview.next_frame",
    "preview.frames_back",
    "preview.frames_on",
    "preview.play",
)
"""Commands of the pane that are given here too, with the keys that they have there."""


class FullPreview(WholeScreen[None]):
    """The item under the cursor of the dataset list; moving on moves that cursor."""

    CSS_PATH = dialogs_sheet()
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,V", "dismiss", "Back"),
        ("j,down", "step(1)", "Go to the next item"),
        ("k,up", "step(-1)", "Go to the previous item"),
        ("n", "step_problem(1)", "Go to the next problem"),
        ("N", "step_problem(-1)", "Go to the previous problem"),
        ("C", "toggle_crop", "Show what the trainer cuts off"),
        *(each for each in bindings_at(Place.PREVIEW) if isinstance(each, Binding) and each.id in CLIP_KEYS),
        Binding("o", "play_clip", "Play the clip, or pause", show=False),
        ("y", "copy_item('caption')", "Copy the caption"),
        ("Y", "copy_item('path')", "Copy the path of the image or clip"),
        Binding("question_mark,f1", "app.help_here", "Show the keys of this place", id="help"),
        Binding("ctrl+z", "app.suspend_process", "Suspend: fg comes back", id="suspend"),
    ]

    def __init__(self, items: DatasetList, trigger: str, *, has_crop: bool, frame: int | None = None) -> None:
        """Make it.

        Args:
            items: whose cursor says which item is shown.
            trigger: words to bring out in captions.
            has_crop: whether what is cut off is dimmed at first.
            frame: of a clip, from 0, that is shown at first; None: the clip as a whole.
        """
        super().__init__()
        self._items, self._frame = items, frame
        self._picture = ClipView("full_picture")
        self._picture.set_reactive(ClipView.has_crop, has_crop)
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
        self._picture.go_to(self._frame)

    @property
    def picture(self) -> ClipView:
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
        pane.border_subtitle = key_hints(f"{self._keys_said(row.item)}   {place}")
        self._caption.shown_row = row
        self._picture.show_item(row.item, self._items.neighbours())

    def _keys_said(self, item: Item) -> str:
        if not item.is_video:
            return KEYS_SAID
        back, on, play = (key_for(self, f"preview.{each}") for each in ("previous_frame", "next_frame", "play"))
        return f"{back} {on} frame  {play} play  j k item  C crop  esc back"

    def action_step_frames(self, frames: int) -> None:
        """Go on (negative: back) in the clip."""
        self._picture.step_frames(frames)

    def action_play_clip(self) -> None:
        """Play the clip, or pause; go on to the next item where it is an image."""
        if self._picture.cursor is None:
            self.action_step(1)
        else:
            self._picture.play()

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
    if pane.editor is not None or highlighted_item(context) is None:
        return
    pane.picture.pause()
    cursor = pane.picture.cursor
    frame = cursor.position if cursor is not None else None
    full = FullPreview(items, pane.trigger, has_crop=pane.picture.has_crop, frame=frame)
    await context.push(full)
    pane.picture.has_crop = full.picture.has_crop
