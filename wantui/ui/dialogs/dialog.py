"""What all dialogs have in common: each leaves by itself only, and only while it is in front."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.screen import ModalScreen

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A screen laid over others, that comes back with a result."""

    BINDINGS = [Binding("question_mark,f1", "tell_keys", show=False)]  # noqa: RUF012  Textual's way

    def action_tell_keys(self) -> None:
        """Say which keys do what here; a field takes the question mark as text, but not F1."""
        names = {"escape": "esc", "pagedown": "pgdn", "pageup": "pgup"}
        said: dict[str, str] = {}
        for key, active in self.active_bindings.items():
            if active.node in (self, self.focused) and active.binding.description:
                said.setdefault(active.binding.description, names.get(key, key))
        self.notify("\n".join(f"{key}  {does}" for does, key in said.items()), timeout=10, markup=False)

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave with a result; behind something else, or gone already, it does nothing.

        Textual takes away whatever is in front, whoever asks: what is found out in the background, or a key behind
        another one in the same packet, would close somebody else's question, and answer its own a second time.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete()
