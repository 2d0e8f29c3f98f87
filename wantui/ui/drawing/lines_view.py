"""A text in lines that are put together for the width there is, and scroll."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.scroll_view import ScrollView

from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.styles import Part, fit, line
from wantui.ui.drawing.theme_styles import text_styles_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style
    from textual import events
    from textual.strip import Strip

    from wantui.ui.drawing.styles import TextStyles

Lines = list[list[Part]]
LABEL = 22
NARROW_LABEL = 15
NARROW = 60
"""Cells of a view that has room for narrow labels only."""
LEAST_ROOM = 20
"""Cells of a value, however narrow the view is."""


class LinesView(ScrollView, can_focus=True):
    """The lines, drawn when they are in sight."""

    BINDINGS = [  # noqa: RUF012  Textual's way
        ("j", "scroll_down", "Go down a line"),
        ("k", "scroll_up", "Go up a line"),
        ("g", "scroll_home", "Go to the top"),
        ("G", "scroll_end", "Go to the end"),
        ("ctrl+d", "half_page(1)", "Go down half a page"),
        ("ctrl+u", "half_page(-1)", "Go up half a page"),
    ]

    def __init__(self, make: Callable[[int, TextStyles], Lines], *, id: str) -> None:  # noqa: A002  Textual's name
        """Prepare.

        Args:
            make: puts the lines together for a width in cells; each is at most as wide.
            id: of the widget.
        """
        super().__init__(id=id)
        self._make = make
        self._lines: Lines = []

    def show(self, make: Callable[[int, TextStyles], Lines], *, from_top: bool = True) -> None:
        """Show another text."""
        self._make = make
        self._put_together()
        if from_top:
            self.scroll_home(animate=False)

    def action_half_page(self, way: int) -> None:
        """Go down half a page, or up."""
        self.scroll_relative(y=way * max(1, self.size.height // 2), animate=False)

    def on_resize(self, _event: events.Resize) -> None:
        """Put the lines together for this width."""
        self._put_together()

    def _put_together(self) -> None:
        width = self.scrollable_content_region.width
        if width > 0:
            self._lines = self._make(width, text_styles_of(self))
            self.virtual_size = Size(0, len(self._lines))
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        styles, width = text_styles_of(self), self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        return line(self._lines[at] if at < len(self._lines) else [], width, styles.base)


def fact(label: str, value: str, width: int, inks: tuple[Style, Style], label_width: int | None = None) -> Lines:
    """A label, and its value beside it in as many lines as it takes.

    Args:
        label: in front of the first line.
        value: whatever it has in it.
        width: cells of a line.
        inks: of label and value.
        label_width: cells of the label; None: as many as there is room for.
    """
    if label_width is None:
        label_width = LABEL if width >= NARROW else NARROW_LABEL
    pieces = wrapped(value, width - label_width) or [""]
    return [
        [(fit(clean(label) if at == 0 else "", label_width), inks[0]), (piece, inks[1])]
        for at, piece in enumerate(pieces)
    ]


def wrapped(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` cells, broken at spaces where that is possible."""
    room = max(LEAST_ROOM, width)
    return [piece for each in text.splitlines() for piece in wrap(clean(each), room, break_on_hyphens=False) or [""]]
