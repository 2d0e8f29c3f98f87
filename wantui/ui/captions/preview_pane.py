"""Pane 2: an item's picture with its caption below, which can be edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive

from wantui.dataset.crop import crop_to
from wantui.terminal.foreign_text import clean
from wantui.ui.captions.caption_view import CaptionView
from wantui.ui.commands.bindings import bindings_at
from wantui.ui.commands.catalogue import Place
from wantui.ui.commands.command_table import titled
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.preview.clip_view import ClipView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from wantui.dataset.model import Item
    from wantui.listing.rows import ItemRow
    from wantui.services.values import CaptionText
    from wantui.ui.captions.caption_editor import CaptionEditor
    from wantui.ui.captions.words import Words


def size_said(item: Item) -> str:
    """``1536x1024 → 1168x784``, and how much of the picture the bucket cuts off."""
    if item.width is None or item.height is None:
        return ""
    said = f"{item.width}{GLYPHS.times}{item.height}"
    if item.bucket is None:
        return said
    crop = crop_to((item.width, item.height), item.bucket)
    width, height = item.bucket
    said = f"{said} {GLYPHS.arrow} {width}{GLYPHS.times}{height} {GLYPHS.dot} crop {round(100 * crop.lost_part)} %"
    return f"{said} {GLYPHS.dot} upscaled" if crop.is_upscaled else said


class PreviewPane(Vertical, can_focus=True):
    """Picture above, caption below."""

    BINDINGS = bindings_at(Place.PREVIEW)

    shown_row: reactive[ItemRow | None] = reactive(None)
    """The item; None where there is none."""

    def __init__(self) -> None:
        super().__init__(id="preview", classes="pane")
        self._picture = ClipView()
        self._caption = CaptionView()
        self.words: Words | None = None
        """The dataset's words, from the first edit on."""

    def compose(self) -> ComposeResult:
        """Picture and caption."""
        yield self._picture
        yield self._caption

    @property
    def editor(self) -> CaptionEditor | None:
        """The editor while a caption is edited."""
        found = self.query("#editor")
        return found.first() if found else None  # type: ignore[return-value]  # no other has this id

    @property
    def picture(self) -> ClipView:
        """The picture."""
        return self._picture

    def toggle_crop(self) -> None:
        """Draw what the trainer cuts off, or do not."""
        self._picture.has_crop = not self._picture.has_crop

    @property
    def trigger(self) -> str:
        """The words that are brought out in each caption."""
        return self._caption.trigger

    def set_trigger(self, trigger: str) -> None:
        """The words to bring out in each caption."""
        self._caption.trigger = trigger

    def show_row(self, row: ItemRow | None, neighbours: Sequence[Item]) -> None:
        """Show an item."""
        self._caption.shown_row = row
        self._picture.show_item(row.item if row else None, neighbours)
        self.border_title = Content(titled(self, Place.PREVIEW, clean(row.item.media.name) if row else "Preview"))
        self.border_subtitle = Content(size_said(row.item) if row else "")

    async def edit(
        self, row: ItemRow, read_as: CaptionText, words: Words, count_tokens: Callable[[str], int | None]
    ) -> None:
        """Open the editor on a caption, in the caption's place.

        Args:
            row: whose caption.
            read_as: the caption as it is on the disk.
            words: the dataset's, to complete and to check what is typed.
            count_tokens: may block; None for what is not known.
        """
        from wantui.ui.captions.caption_editor import CaptionEditor  # noqa: PLC0415  140 ms that only an edit needs
        from wantui.ui.captions.editor_facts import EditorFacts  # noqa: PLC0415  the same

        await self.end_edit()
        editor = CaptionEditor(row, read_as, words.vocabulary)
        self.add_class("-editing")
        await self.mount(editor, EditorFacts(editor, words, count_tokens))
        editor.focus()

    def on_text_area_changed(self) -> None:
        """Say what is true of the text as it is now."""
        from wantui.ui.captions.editor_facts import EditorFacts  # noqa: PLC0415  here by now

        for facts in self.query(EditorFacts):
            facts.text_changed()

    async def end_edit(self) -> None:
        """Close the editor."""
        self.remove_class("-editing")
        await self.query("#editor, #editor-facts").remove()
