"""The caption being edited, in place below the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.reactive import reactive
from textual.widgets import TextArea

from wantui.ui.commands.bindings import bindings_at
from wantui.ui.commands.catalogue import Place
from wantui.ui.messages.requests import LeaveEditor, RevertCaption, SaveCaption

if TYPE_CHECKING:
    from textual import events

    from wantui.captions.vocabulary import Vocabulary
    from wantui.listing.rows import ItemRow
    from wantui.services.values import CaptionText
    from wantui.ui.typed_ahead import Typed, TypedAheadApp

MOVES = ("left", "right", "up", "down", "home", "end")
"""Keys that go away from a word, and so end its proposals."""


class CaptionEditor(TextArea):
    """Several lines of text, saved and left by key.

    What is typed behind a save belongs to the caption that comes next.
    """

    BINDINGS = bindings_at(Place.EDITOR)

    proposals: reactive[tuple[str, ...]] = reactive((), repaint=False)
    """How what is being typed may go on, in the dataset's own words."""

    def __init__(self, row: ItemRow, read_as: CaptionText, vocabulary: Vocabulary) -> None:
        super().__init__(read_as.text, id="editor", soft_wrap=True, tab_behavior="focus", compact=True)
        self.row = row
        self.read_as = read_as
        self._vocabulary = vocabulary
        self._prefix = ""
        self._looked_at = read_as.text
        self._was_completed = False
        self._is_held = False
        self._held: list[Typed] = []
        self.cursor_blink = False

    def on_mount(self) -> None:
        """Begin at the end: most edits add."""
        self.move_cursor(self.document.end)

    def show(self, row: ItemRow, read_as: CaptionText, text: str | None = None) -> None:
        """Edit another caption.

        Args:
            row: whose.
            read_as: the caption as it is on the disk.
            text: what to begin with, where that is not what is on the disk.
        """
        self.row, self.read_as = row, read_as
        self._looked_at = read_as.text if text is None else text
        self.load_text(self._looked_at)
        self.move_cursor(self.document.end)
        self.proposals = ()

    # Keys while a caption is written

    def hold(self) -> None:
        """Keep what is typed from here on until `go_on`: the caption is being written, or another one read."""
        self._is_held = True

    def go_on(self) -> None:
        """Obey the keys that were kept, and then those that come; where it has been closed nobody gets them."""
        self._is_held = False
        if self.is_attached:
            cast("TypedAheadApp", self.app).give_again(self._held)
        self._held = []

    def on_key(self, event: events.Key) -> None:
        """A key waits while the editor is held, unless somebody else obeys it."""
        if self._is_held and (event.is_printable or event.key in {"enter", *self._bindings.key_to_bindings}):
            self._keep(event)
        elif event.key in MOVES:
            self.proposals = ()

    def on_paste(self, event: events.Paste) -> None:
        """A paste waits as keys do."""
        if self._is_held:
            self._keep(event)

    def _keep(self, event: Typed) -> None:
        self._held.append(event)
        event.stop()
        event.prevent_default()

    @property
    def has_changed(self) -> bool:
        """Whether something would be lost by leaving."""
        return self.text != self.read_as.text

    def on_text_area_changed(self) -> None:
        """Look for words that begin as what is being typed."""
        if self.text != self._looked_at:
            self._look()

    def _look(self) -> None:
        """Find proposals; what was just completed is left alone."""
        self._looked_at = self.text
        self.proposals, self._prefix = ((), "") if self._was_completed else self._found()
        self._was_completed = False

    def _found(self) -> tuple[tuple[str, ...], str]:
        """Proposals, and the stretch in front of the cursor that they replace: the whole tag, or its last word."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        return self._vocabulary.proposals(line[:column], line[column:])

    def action_complete(self) -> None:
        """Put the first proposal in the place of what was typed of it."""
        if self.text != self._looked_at:
            self._look()
        if not self.proposals:
            return
        row, column = self.cursor_location
        self._was_completed = True
        self.replace(self.proposals[0], (row, column - len(self._prefix)), (row, column))
        self.proposals = ()

    def action_revert(self) -> None:
        """Begin anew with what the file has."""
        self.post_message(RevertCaption())

    def revert_to(self, read_as: CaptionText) -> None:
        """Put what the file has in the place of what was typed, which undoing (ctrl+z) brings back."""
        self.read_as = read_as
        self.replace(read_as.text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def action_save(self) -> None:
        """Save the caption."""
        self._save(None)

    def action_save_and_step(self, step: int) -> None:
        """Save, and edit the neighbour."""
        self._save(step)

    def _save(self, then_step: int | None) -> None:
        if not self._is_held:
            self.hold()
            self.post_message(SaveCaption(self.row, self.text, self.read_as, then_step))

    def action_leave(self) -> None:
        """Leave; what is not saved is asked about."""
        if not self._is_held:
            self.hold()
            self.post_message(LeaveEditor())
