"""The bottom line: what can be done here, with the key for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.ui.commands.catalogue import PANES, Command, Place, commands_at
from wantui.ui.inks import Part, cells
from wantui.ui.messages.requests import GiveCommand
from wantui.ui.widgets.drawn import Drawn

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events

LAST = ("help", "leave")
"""Ids that stay when there is little room."""


class KeyLine(Drawn):
    """Commands of the place first, then those that are given everywhere."""

    place: reactive[Place] = reactive(Place.DATASET)
    """Where the keys go."""
    is_single: reactive[bool] = reactive(False)  # noqa: FBT003  a default
    """Whether one pane is seen at a time: then the line says which, and how to get to the others."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._spans: list[tuple[int, int, str]] = []

    @property
    def ground(self) -> Style:
        """The bar's own ground."""
        return self.inks.raised

    def parts(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is one line
        """The keys that there is room for."""
        self._spans = []
        parts: list[Part] = []
        if self.is_single and self.place in PANES:
            for number, pane in enumerate(PANES, 1):
                self._add(parts, f"pane.{pane.value}", str(number), pane.value, is_here=pane is self.place)
        here = [command for command in commands_at(self.place) if command.short]
        everywhere = [] if self.place is Place.EDITOR else [c for c in commands_at(Place.EVERYWHERE) if c.short]
        kept = [command for command in everywhere if command.id in LAST]
        rest = [command for command in everywhere if command.id not in LAST]
        room = width - sum(self._width(command) for command in kept)
        for command in [*here, *rest]:
            if cells(parts) + self._width(command) > room:
                continue
            self._add(parts, command.id, command.key, command.short)
        for command in kept:
            if cells(parts) + self._width(command) - 1 <= width:
                self._add(parts, command.id, command.key, command.short)
        return parts

    def _width(self, command: Command) -> int:
        return len(command.key) + len(command.short) + 4

    def _add(self, parts: list[Part], command_id: str, key: str, short: str, *, is_here: bool = False) -> None:
        inks = self.inks
        start = cells(parts)
        if is_here:
            parts += [(f" {key} ", inks.accent + inks.cursor_row + inks.accent), (f"{short} ", inks.plain)]
        else:
            parts += [(f" {key} ", inks.accent), (f"{short} ", inks.dim)]
        self._spans.append((start, cells(parts), command_id))

    def on_click(self, event: events.Click) -> None:
        """A click on a key gives its command."""
        for start, end, command_id in self._spans:
            if start <= event.x < end:
                self.post_message(GiveCommand(command_id))
