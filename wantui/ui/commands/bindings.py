"""The commands of a place as Textual wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from wantui.ui.commands.catalogue import Place, commands_at

if TYPE_CHECKING:
    from textual.binding import BindingType


def bindings_at(place: Place) -> list[BindingType]:
    """The bindings of a place, for ``BINDINGS`` of its widget or screen; a keymap finds them by the command's id."""
    return [
        Binding(command.keys, command.action, command.says, show=False, id=command.id)
        for command in commands_at(place)
        if command.keys
    ]
