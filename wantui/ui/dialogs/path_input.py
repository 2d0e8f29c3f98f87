"""A path being typed; tab completes it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from pathlib import Path

    from textual import events


class PathInput(Input):
    """One line; what it can become is told by `Candidates`."""

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

    async def on_key(self, event: events.Key) -> None:
        """Tab completes; what is typed behind it comes when that is done."""
        if event.key == "tab":
            event.stop()
            event.prevent_default()
            await self._complete()

    async def _complete(self) -> None:
        from wantui.ui.dialogs.completion import complete  # noqa: PLC0415  when it is asked for

        found = await asyncio.to_thread(complete, self.value, self._base, folders_only=self._folders_only)
        if self.is_mounted:
            self.value = found.text
            self.cursor_position = len(found.text)
            self.post_message(self.Candidates(found.candidates))
