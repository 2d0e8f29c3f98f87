"""A widget that draws its own lines from parts, and only when what they say has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region
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
    """Lines that are put together all at once, and again when `changed` says so; those that differ are drawn."""

    _lines: list[list[Part]]
    _made_for: object = None
    _version = 0
    _will_compare = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's names
        super().__init__(id=id, classes=classes)
        self._drawn: dict[int, list[Part]] = {}
        """The lines as they were drawn last."""

    def block(self, width: int, height: int) -> list[list[Part]]:
        """Every line."""
        raise NotImplementedError

    def changed(self) -> None:
        """Put the lines together again, once for all that changes at a time, and draw those that differ."""
        self._version += 1
        if not self._drawn:
            self.refresh()
        elif not self._will_compare:
            self._will_compare = True
            self.call_next(self._compare)

    def _compare(self) -> None:
        self._will_compare = False
        lines = self._put_together()
        others = [y for y, drawn in self._drawn.items() if drawn != (lines[y] if y < len(lines) else [])]
        if others:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in others))

    def _put_together(self) -> list[list[Part]]:
        made_for = (self._version, self.size, self.app.theme)
        if made_for != self._made_for:
            self._lines = self.block(self.size.width, self.size.height)
            self._made_for = made_for
        return self._lines

    def parts(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  the block has the widget's
        """One line."""
        lines = self._put_together()
        self._drawn[y] = lines[y] if y < len(lines) else []
        return self._drawn[y]
