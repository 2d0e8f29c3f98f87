"""What all dialogs have in common: each leaves by itself only, and only while it is in front."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.screen import ModalScreen

from wantui.ui.drawing.moves import WholeScreen

T = TypeVar("T")


class Dialog(ModalScreen[T], WholeScreen[T]):
    """A screen laid over others, that comes back with a result."""

    BINDINGS = [  # noqa: RUF012  Textual's way
        # A field takes the question mark as text, but not F1.
        Binding("question_mark,f1", "app.help_here", "Show the keys of this place", show=False, id="help"),
        Binding("ctrl+z", "app.suspend_process", "Suspend: fg comes back", show=False, id="suspend"),
    ]

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave with a result; behind something else, or gone already, it does nothing.

        Textual takes away whatever is in front, whoever asks: what is found out in the background, or a key behind
        another one in the same packet, would close somebody else's question, and answer its own a second time.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete()
