"""The text styles of the theme that an app shows, made once a theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.drawing.styles import TextStyles

if TYPE_CHECKING:
    from textual.dom import DOMNode

_MADE: dict[tuple[str, str | None], TextStyles] = {}


def text_styles_of(node: DOMNode) -> TextStyles:
    """The text styles that fit the theme of the node's app."""
    app = node.app
    key = (app.theme, app.console.color_system)
    made = _MADE.get(key)
    if made is None:
        made = _MADE[key] = TextStyles.from_variables(app.get_css_variables())
    return made
