"""A few words of which one is chosen, by the arrow keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive

from wantui.ui.drawing.drawn import Drawn
from wantui.ui.drawing.glyphs import GLYPHS

SIGN = 2
"""Cells of the sign before a choice."""

if TYPE_CHECKING:
    from textual import events

    from wantui.ui.drawing.styles import Part


class ChoiceField(Drawn, can_focus=True):
    """One of a few."""

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("left,h", "step(-1)", "Previous", show=False),
        Binding("right,l,space", "step(1)", "Next", show=False),
        Binding("enter", "submit", "Start", show=False),
    ]

    value: reactive[str] = reactive("")
    """The chosen one."""

    @dataclass
    class Changed(Message):
        """Another one has been chosen."""

        field: ChoiceField
        """Where."""

    class Submitted(Message):
        """Enter has been pressed."""

    def __init__(self, choices: tuple[str, ...], value: str, *, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._choices = choices
        self.set_reactive(ChoiceField.value, value if value in choices else choices[0])

    def watch_value(self) -> None:
        """Tell the form."""
        if self.is_mounted:
            self.post_message(self.Changed(self))

    def watch_has_focus(self, _focused: bool) -> None:
        """The marker depends on it."""
        self.refresh()

    @property
    def _cells(self) -> int:
        """What all choices take."""
        return sum(len(choice) + SIGN + 3 for choice in self._choices)

    def parts(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is one line
        """The choices, the chosen one told by its sign, so that no colours are needed.

        Where they do not all fit, the chosen one alone, and which of how many it is.
        """
        styles = self.text_styles
        if self._cells > width:
            ink = styles.cursor_row + styles.accent if self.has_focus else styles.strong
            at = self._choices.index(self.value) + 1
            return [
                (f" {GLYPHS.chosen} {self.value} ", ink),
                (f"  {at} of {len(self._choices)}, left and right", styles.dim),
            ]
        parts: list[Part] = []
        for choice in self._choices:
            is_chosen = choice == self.value
            parts.append(
                (
                    f" {GLYPHS.chosen if is_chosen else GLYPHS.other} {choice} ",
                    (styles.cursor_row + styles.accent if self.has_focus else styles.strong)
                    if is_chosen
                    else styles.dim,
                )
            )
            parts.append((" ", styles.plain))
        return parts

    def action_step(self, step: int) -> None:
        """Choose the neighbour."""
        at = self._choices.index(self.value) + step
        self.value = self._choices[at % len(self._choices)]

    def action_submit(self) -> None:
        """Enter starts wherever one is."""
        self.post_message(self.Submitted())

    def on_click(self, event: events.Click) -> None:
        """Choose what is clicked on."""
        offset = event.get_content_offset(self)
        if self._cells > self.content_size.width:
            self.action_step(1)
            return
        at = 0
        for choice in self._choices:
            if offset is not None and at <= offset.x < at + len(choice) + SIGN + 2:
                self.value = choice
            at += len(choice) + SIGN + 3
