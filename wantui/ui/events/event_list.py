"""Events, the newest first: one a line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.formatting import clock_and_day
from wantui.history.model import EventSeverity
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, TextStyles, fit

if TYPE_CHECKING:
    from rich.style import Style

    from wantui.history.model import Event

EMPTY = "Nothing has happened yet. Starts, ends, checkpoints and whatever goes wrong will stand here."
EMPTY_FILTERED = "No warning and no error. w shows everything."
TIME = 14
"""Cells for when it was."""


def sign_of(event: Event, styles: TextStyles) -> tuple[str, Style]:
    """How much it matters, as a sign; also without colours."""
    return {
        EventSeverity.ERROR: (GLYPHS.failed, styles.bad),
        EventSeverity.WARNING: (GLYPHS.event, styles.caution),
        EventSeverity.INFO: (GLYPHS.dot, styles.dim),
    }[event.severity]


class EventList(RowList):
    """The events that are kept, or of them warnings and errors alone."""

    HEAD_LINES = 0
    BINDINGS = [*MOVES]  # noqa: RUF012  Textual's way

    events: reactive[tuple[Event, ...]] = reactive((), repaint=False)
    """The oldest first."""
    only_bad: reactive[bool] = reactive(False, repaint=False)
    """Whether warnings and errors alone are listed."""
    seen: int = 0
    """The number of the last event that a person had looked at before."""

    def __init__(self) -> None:
        super().__init__(id="happened")
        self._rows: tuple[Event, ...] = ()

    def watch_events(self) -> None:
        """There are more; the cursor stays on its event unless it is on the newest."""
        self._list_again(stays=self.cursor > 0)

    def watch_only_bad(self) -> None:
        """Others are listed."""
        self._list_again(stays=True)

    def _list_again(self, *, stays: bool) -> None:
        chosen = self.chosen
        rows = [each for each in self.events if not self.only_bad or each.severity is not EventSeverity.INFO]
        self._rows = tuple(reversed(rows))
        self.rows_changed()
        numbers = [each.number for each in self._rows]
        if stays and chosen is not None and chosen.number in numbers:
            self.move_to(numbers.index(chosen.number))
        self.cursor_moved()

    @property
    def row_count(self) -> int:
        """Events listed."""
        return len(self._rows)

    @property
    def chosen(self) -> Event | None:
        """The event under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is none
        """Nothing."""
        return []

    def empty(self, width: int) -> list[list[Part]]:
        """Why there is none."""
        return self.said(EMPTY_FILTERED if self.events else EMPTY, width)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """When, how much it matters, what; bold where nobody has looked at it yet."""
        event, styles = self._rows[index], self.text_styles
        sign, ink = sign_of(event, styles)
        is_new = (event.number or 0) > self.seen
        text = ink if event.severity is EventSeverity.ERROR else styles.plain
        if event.severity is EventSeverity.INFO and not under_cursor:
            text = styles.dim
        said = fit(clean(event.message), max(0, width - TIME - 2), GLYPHS.ellipsis)
        when = clock_and_day(event.time, now=self.now())
        return [
            (fit(when, TIME), styles.dim),
            (f"{sign} ", ink),
            (said, text + styles.strong if is_new and event.severity is not EventSeverity.INFO else text),
        ]

    def now(self) -> float:
        """The time, which tests hold still."""
        return time.time()
