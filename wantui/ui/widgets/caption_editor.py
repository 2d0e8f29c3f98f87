"""The caption being edited, in place below the picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.reactive import reactive
from textual.widgets import TextArea

from wantui.ui.commands.catalogue import Place, bindings_at
from wantui.ui.messages.requests import LeaveEditor, SaveCaption

if TYPE_CHECKING:
    from textual import events

    from wantui.ui.data.backend import CaptionText
    from wantui.workbench.rows import ItemRow
    from wantui.workbench.vocabulary import Vocabulary

SHORTEST_PREFIX = 2
"""Letters from which on proposals are made."""
_PREFIX = re.compile(r"[^,\n]*$")
_LAST_WORD = re.compile(r"[\w'-]+$")


class CaptionEditor(TextArea):
    """Several lines of text, saved and left by key."""

    BINDINGS = bindings_at(Place.EDITOR)

    proposals: reactive[tuple[str, ...]] = reactive((), repaint=False)
    """How what is being typed may go on, in the dataset's own words."""

    def __init__(self, row: ItemRow, read_as: CaptionText, vocabulary: Vocabulary) -> None:
        super().__init__(read_as.text, id="editor", soft_wrap=True, tab_behavior="focus", compact=True)
        self.row = row
        self.read_as = read_as
        self._vocabulary = vocabulary
        self._prefix = ""
        self._was_completed = False
        self.cursor_blink = False

    def on_mount(self) -> None:
        """Begin at the end: most edits add."""
        self.move_cursor(self.document.end)

    @property
    def has_changed(self) -> bool:
        """Whether something would be lost by leaving."""
        return self.text != self.read_as.text

    def on_text_area_changed(self) -> None:
        """Look for words that begin as what is being typed; what was just completed is left alone."""
        self.proposals, self._prefix = ((), "") if self._was_completed else self._found()
        self._was_completed = False

    def on_key(self, event: events.Key) -> None:
        """Moving away from a word ends its proposals."""
        if event.key in ("left", "right", "up", "down", "home", "end"):
            self.proposals = ()

    def _found(self) -> tuple[tuple[str, ...], str]:
        """Proposals, and the stretch in front of the cursor that they replace: the whole tag, or its last word."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if column < len(line) and line[column].isalnum():
            return (), ""
        tag = _PREFIX.search(line[:column])
        word = _LAST_WORD.search(line[:column])
        for match in (tag, word):
            prefix = match[0].lstrip() if match else ""
            found = self._vocabulary.completions(prefix) if len(prefix) >= SHORTEST_PREFIX else ()
            if found:
                return found, prefix
        return (), ""

    def action_complete(self) -> None:
        """Put the first proposal in the place of what was typed of it."""
        if not self.proposals:
            return
        row, column = self.cursor_location
        self._was_completed = True
        self.replace(self.proposals[0], (row, column - len(self._prefix)), (row, column))
        self.proposals = ()

    def action_revert(self) -> None:
        """Begin anew with what the file has."""
        self.replace(self.read_as.text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def action_save(self) -> None:
        """Save the caption."""
        self.post_message(SaveCaption(self.row, self.text, self.read_as, None))

    def action_save_and_step(self, step: int) -> None:
        """Save, and edit the neighbour."""
        self.post_message(SaveCaption(self.row, self.text, self.read_as, step))

    def action_leave(self) -> None:
        """Leave; what is not saved is asked about."""
        self.post_message(LeaveEditor())
