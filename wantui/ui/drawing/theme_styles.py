"""The inks of the theme that an app shows, made once a theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.drawing.styles import Inks

if TYPE_CHECKING:
    from textual.dom import DOMNode

_MADE: dict[tuple[str, str | None], Inks] = {}


def inks_of(node: DOMNode) -> Inks:
    """The inks that fit the theme of the node's app."""
    app = node.app
    key = (app.theme, app.console.color_system)
    made = _MADE.get(key)
    if made is None:
        made = _MADE[key] = Inks.from_variables(app.get_css_variables())
    return made
