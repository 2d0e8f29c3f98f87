"""A path being typed; tab completes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.ui.dialogs.completion import Completion


class PathInput(Input):
    """One line; what it can become is told by `Candidates`."""

    BINDINGS = [Binding("tab", "complete", "Complete", show=False)]  # noqa: RUF012  Textual's way

    @dataclass
    class Candidates(Message):
        """The names that the path can become; one or none where it is settled."""

        names: tuple[str, ...]

    def __init__(self, value: str, base: Path, *, id: str, folders_only: bool = False) -> None:  # noqa: A002  Textual's
        super().__init__(value, id=id, compact=True, select_on_focus=False)
        self._base = base
        self._folders_only = folders_only
        self.cursor_blink = False

    @property
    def path(self) -> Path:
        """What is meant."""
        from pathlib import Path  # noqa: PLC0415  a value of the type above

        return self._base / Path(self.value.strip()).expanduser()

    def action_complete(self) -> None:
        """Complete what stands before the cursor's line end."""
        self._complete(self.value)

    @work(thread=True, exclusive=True, group="complete", exit_on_error=False)
    def _complete(self, typed: str) -> None:
        from wantui.ui.dialogs.completion import complete  # noqa: PLC0415  when it is asked for

        found = complete(typed, self._base, folders_only=self._folders_only)
        self.app.call_from_thread(self._completed, typed, found)

    def _completed(self, typed: str, found: Completion) -> None:
        if self.is_mounted and self.value == typed:
            self.value = found.text
            self.cursor_position = len(found.text)
            self.post_message(self.Candidates(found.candidates))
