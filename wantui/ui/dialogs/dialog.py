"""What all dialogs have in common: each leaves by itself only, and only while it is in front."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from wantui.ui.drawing.moves import HELP_AND_SUSPEND, WholeScreen

T = TypeVar("T")


class Dialog(ModalScreen[T], WholeScreen[T]):
    """A screen laid over others, that comes back with a result."""

    BINDINGS = [*HELP_AND_SUSPEND]  # noqa: RUF012  Textual's way

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave with a result; behind something else, or gone already, it does nothing.

        Textual takes away whatever is in front, whoever asks: what is found out in the background, or a key behind
        another one in the same packet, would close somebody else's question, and answer its own a second time.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete()
