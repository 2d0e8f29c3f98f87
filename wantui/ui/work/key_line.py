"""The bottom line: what can be done here, with the key for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.ui.commands.catalogue import (
    FOOTER,
    FOOTER_KEPT,
    FOOTER_LAST,
    FOOTER_MORE,
    FOOTER_OWN_LAST,
    PANES,
    Command,
    Place,
)
from wantui.ui.commands.command_table import commands_of
from wantui.ui.drawing.drawn import Drawn
from wantui.ui.drawing.styles import Part, cells
from wantui.ui.messages.requests import GiveCommand

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events


class KeyLine(Drawn):
    """Commands of the place first, then those that are given everywhere."""

    place: reactive[Place] = reactive(Place.DATASET)
    """Where the keys go."""
    is_single: reactive[bool] = reactive(False)
    """Whether one pane is seen at a time: then the line says which, and how to get to the others."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._spans: list[tuple[int, int, str]] = []

    @property
    def ground(self) -> Style:
        """The bar's own ground."""
        return self.text_styles.raised

    def parts(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is one line
        """The keys that there is room for."""
        self._spans = []
        parts: list[Part] = []
        commands = commands_of(self).by_id
        is_apart = self.place in FOOTER_OWN_LAST
        last = FOOTER_OWN_LAST.get(self.place, FOOTER_LAST)
        if self.is_single and self.place in PANES:
            for number, pane, label in self._panes(width):
                self._add(parts, f"pane.{pane.value}", number, label, is_here=pane is self.place)
        more = () if is_apart or self.is_single else FOOTER_MORE
        room = width - sum(self._width(commands[each]) for each in last)
        for each in (*FOOTER[self.place], *more):
            command = commands[each]
            if not command.key:
                continue
            if cells(parts) + self._width(command) > room:
                break
            self._add(parts, command.id, command.key, command.short)
        for each in last:
            command = commands[each]
            if command.key and cells(parts) + self._width(command) <= width:
                self._add(parts, command.id, command.key, command.short)
        return parts

    def _panes(self, width: int) -> list[tuple[str, Place, str]]:
        """The panes' keys and names, as far as they leave room for what must not be missing."""
        first, commands = FOOTER[self.place], commands_of(self).by_id
        panes = [(commands[f"pane.{pane.value}"].key, pane, pane.value) for pane in PANES]
        brief = [(key, pane, label if pane is self.place else "") for key, pane, label in panes]
        for last in (FOOTER_KEPT.get(self.place, "train"), "train"):
            kept = (*first[: first.index(last) + 1], *FOOTER_LAST)
            room = width - sum(self._width(commands[each]) for each in kept)
            for shown in (panes, brief):
                if sum(len(key) + 2 + (len(label) + 1 if label else 0) for key, _, label in shown) <= room:
                    return shown
        return []

    def _width(self, command: Command) -> int:
        return len(command.key) + len(command.short) + 3 if command.key else 0

    def _add(self, parts: list[Part], command_id: str, key: str, short: str, *, is_here: bool = False) -> None:
        styles = self.text_styles
        start = cells(parts)
        if is_here:
            parts += [
                (f" {key} ", styles.accent + styles.cursor_row + styles.accent),
                (f"{short} ", styles.plain),
            ]
        else:
            parts += [(f" {key} ", styles.accent), (f"{short} " if short else "", styles.dim)]
        self._spans.append((start, cells(parts), command_id))

    def on_click(self, event: events.Click) -> None:
        """A click on a key gives its command."""
        for start, end, command_id in self._spans:
            if start <= event.x < end:
                self.post_message(GiveCommand(command_id))
