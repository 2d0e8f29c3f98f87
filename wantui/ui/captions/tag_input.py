"""A field for a tag or a caption, completed from the dataset's own words as the caption editor does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive
from textual.widgets import Input

from wantui.ui.captions.editor_facts import proposal_parts
from wantui.ui.drawing.drawn import DrawnBlock

if TYPE_CHECKING:
    from textual import events

    from wantui.captions.vocabulary import Vocabulary
    from wantui.ui.drawing.styles import Part


class TagInput(Input):
    """One line; tab takes the first proposal, and goes to the next field where there is none."""

    proposals: reactive[tuple[str, ...]] = reactive((), repaint=False)
    """How what is being typed may go on."""

    def __init__(self, value: str, vocabulary: Vocabulary, *, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(value, id=id, compact=True, select_on_focus=False)
        self._vocabulary = vocabulary
        self._prefix = ""
        self._looked_at = value

    def on_input_changed(self) -> None:
        """Look for what begins so."""
        self._look()

    def on_key(self, event: events.Key) -> None:
        """Take the first proposal."""
        if event.key != "tab":
            return
        self._look()
        if self.proposals:
            event.stop()
            event.prevent_default()
            at = self.cursor_position
            taken = self.proposals[0]
            self.value = self._looked_at = self.value[: at - len(self._prefix)] + taken + self.value[at:]
            self.cursor_position = at - len(self._prefix) + len(taken)
            self.proposals = ()

    def on_blur(self) -> None:
        """Another field is typed in."""
        self.proposals = ()

    def _look(self) -> None:
        if self.value != self._looked_at:
            self._looked_at = self.value
            at = self.cursor_position
            self.proposals, self._prefix = self._vocabulary.proposals(self.value[:at], self.value[at:])


class ProposalLine(DrawnBlock):
    """The proposals of the field that is typed in; empty where there are none."""

    proposals: reactive[tuple[str, ...]] = reactive((), repaint=False)

    def watch_proposals(self) -> None:
        """Others."""
        self.changed()

    def block(self, width: int, height: int) -> list[list[Part]]:  # noqa: ARG002  one line that is cut
        """The line."""
        return [proposal_parts(self.proposals, self.text_styles)]
