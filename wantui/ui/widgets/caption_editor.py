"""The caption being edited, in place below the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import TextArea

from wantui.ui.commands.catalogue import Place, bindings_at
from wantui.ui.messages.requests import LeaveEditor, SaveCaption

if TYPE_CHECKING:
    from wantui.ui.data.backend import CaptionText
    from wantui.workbench.rows import ItemRow


class CaptionEditor(TextArea):
    """Several lines of text, saved and left by key."""

    BINDINGS = bindings_at(Place.EDITOR)

    def __init__(self, row: ItemRow, read_as: CaptionText) -> None:
        super().__init__(read_as.text, id="editor", soft_wrap=True, tab_behavior="focus", compact=True)
        self.row = row
        self.read_as = read_as
        self.cursor_blink = False

    def on_mount(self) -> None:
        """Begin at the end: most edits add."""
        self.move_cursor(self.document.end)

    @property
    def has_changed(self) -> bool:
        """Whether something would be lost by leaving."""
        return self.text != self.read_as.text

    def action_save(self) -> None:
        """Save the caption."""
        self.post_message(SaveCaption(self.row, self.text, self.read_as, None))

    def action_save_and_step(self, step: int) -> None:
        """Save, and edit the neighbour."""
        self.post_message(SaveCaption(self.row, self.text, self.read_as, step))

    def action_leave(self) -> None:
        """Leave; what is not saved is asked about."""
        self.post_message(LeaveEditor())
