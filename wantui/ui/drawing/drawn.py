"""A widget that draws its own lines from parts, and only when what they say has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

from wantui.ui.drawing.styles import Part, TextStyles, line
from wantui.ui.drawing.theme_styles import text_styles_of

if TYPE_CHECKING:
    from rich.style import Style
    from textual.strip import Strip


class Drawn(Widget):
    """Lines of parts."""

    @property
    def text_styles(self) -> TextStyles:
        """The theme's colours."""
        return text_styles_of(self)

    @property
    def ground(self) -> Style:
        """What the lines stand on."""
        return self.text_styles.base

    def parts(self, y: int, width: int) -> list[Part]:
        """One line."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        return line(self.parts(y, self.size.width), self.size.width, self.ground)


class DrawnBlock(Drawn):
    """Lines that are put together all at once, and again when `changed` says so."""

    _lines: list[list[Part]]
    _made_for: object = None
    _version = 0

    def block(self, width: int, height: int) -> list[list[Part]]:
        """Every line."""
        raise NotImplementedError

    def changed(self) -> None:
        """Put the lines together again and draw them."""
        self._version += 1
        self.refresh()

    def parts(self, y: int, width: int) -> list[Part]:
        """One line."""
        made_for = (self._version, self.size, self.app.theme)
        if made_for != self._made_for:
            self._lines = self.block(width, self.size.height)
            self._made_for = made_for
        return self._lines[y] if y < len(self._lines) else []
