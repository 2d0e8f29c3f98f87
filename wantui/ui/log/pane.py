"""Lines of any number in a pane: what is in sight is read when it is drawn, and nothing else is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.worker import get_current_worker

from wantui.formatting import plural
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints, sentence_parts
from wantui.ui.drawing.styles import line
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.log.rows import Spot, in_sight, last_top, moved, row_edges

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style
    from textual import events

    from wantui.ui.drawing.styles import Part, TextStyles
    from wantui.ui.log.search import Sought

POLL_LIVE_S = 0.25
"""How often a growing log is looked at: each look that finds something is sent over the line."""
POLL_STILL_S = 2.0


class Lines(Protocol):
    """Where the lines come from. For one thread, apart from `count_lines` and `find`."""

    @property
    def size(self) -> int:
        """Bytes, as of the last `look`."""
        ...

    @property
    def is_counted(self) -> bool:
        """Whether every line has its number; until then only some at the end are known, numbered from 0."""
        ...

    @property
    def line_count(self) -> int:
        """Lines known."""
        ...

    def look(self) -> bool:
        """Whether something has changed since the last look."""
        ...

    def count_lines(self, is_cancelled: Callable[[], bool]) -> bool:
        """Number every line."""
        ...

    def line(self, number: int) -> str:
        """A line, from 0."""
        ...

    def find(self, sought: Sought, start: int, step: int, is_cancelled: Callable[[], bool]) -> int | None:
        """The next line, from `start` in the direction of `step`, that has what is sought."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


class LogPane(ScrollView, can_focus=True):
    """The rows in sight, and where they are among the lines: scrolled by rows, followed at the end."""

    is_following: reactive[bool] = reactive(True, repaint=False)

    def __init__(self, *, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes="pane")
        self._lines: Lines | None = None
        self._counting: Lines | None = None
        self._is_placing = False
        self._wraps = False
        self._left = 0
        self._top = Spot()
        self._sight: list[Spot] = []
        self._drawn = (0, "")
        """Lines at the last look, and the last of them."""

    def on_mount(self) -> None:
        """Look at the file now and then."""
        self._timer = self.set_interval(POLL_LIVE_S, self.look, pause=True)

    def on_unmount(self) -> None:
        """Let go of the file."""
        if self._lines is not None:
            self._lines.close()

    # What a line looks like

    def text_of(self, number: int) -> str:
        """The text of a line as it is drawn."""
        from wantui.ui.log.lines import shown_text  # noqa: PLC0415  no log at first

        return "" if self._lines is None else shown_text(self._lines.line(number))

    def margin_of(self, number: int) -> list[Part]:  # noqa: ARG002  for those that have some
        """What stands before a line, always as wide as `margin`."""
        return [(" ", text_styles_of(self).plain)]

    @property
    def margin(self) -> int:
        """Cells before each row."""
        return 1

    def strip_of(self, number: int, text: str, styles: TextStyles) -> Strip:
        """A line as it is drawn, as long as it is."""
        raise NotImplementedError

    def base_of(self, number: int, styles: TextStyles) -> Style:  # noqa: ARG002  for those that bring lines out
        """What a line stands on."""
        return styles.base

    def why_empty(self) -> str:
        """What is said where there are no lines."""
        return ""

    def subtitle(self, lines: str) -> str:
        """What the border says, of which `lines` is how many there are."""
        return f"following {GLYPHS.dot} {lines}" if self.is_following else f"f follows {GLYPHS.dot} {lines}"

    # Lines that come

    def show_lines(self, lines: Lines | None, *, is_live: bool) -> None:
        """Show other lines, from their end."""
        if self._lines is not None and self._lines is not lines:
            self._lines.close()
        self._lines, self._left = lines, 0
        self.is_following = True
        self.set_pace(is_live=is_live)
        self.look(force=True)

    def set_pace(self, *, is_live: bool) -> None:
        """Lines that nobody writes are looked at seldom."""
        self._timer.stop()
        self._timer = self.set_interval(
            POLL_LIVE_S if is_live else POLL_STILL_S, self.look, pause=self._lines is None
        )

    def look(self, *, force: bool = False) -> None:
        """See whether a file has changed, and draw what is new."""
        lines = self._lines
        if lines is not None and not lines.look() and not force:
            return
        if lines is not None and lines.size and not lines.is_counted and self._counting is not lines:
            self._counting = lines
            self.run_worker(self._count, thread=True, group="log-count", exclusive=True, exit_on_error=False)
        self._take_in(force=force)

    def _take_in(self, *, force: bool) -> None:
        """Draw what has changed since the last look: rows from the last line on, where nothing has moved."""
        before, known = self._top, self._drawn[0]
        count = self._count_now()
        self._drawn = (count, self.text_of(count - 1) if count else "")
        if force or count < known or not known:
            self.measure()
            return
        self._place()
        if before != self._top:
            self.refresh()
        else:
            self._draw_from(known - 1)
        self.tell()

    def _draw_from(self, line_number: int) -> None:
        """Draw the rows from a line on."""
        first = next((y for y, spot in enumerate(self._sight) if spot.line >= line_number), None)
        drawn = len(self._sight)
        self._see()
        if first is None and drawn < self.size.height:
            first = drawn
        if first is not None:
            self.refresh(Region(0, first, self.size.width, self.size.height - first))

    def measure(self) -> None:
        """Find out what is in sight, and draw all of it."""
        self._place()
        self.tell()
        self.refresh()

    def _count_now(self) -> int:
        return 0 if self._lines is None else self._lines.line_count

    def _place(self) -> None:
        """Put the row at the top where it belongs, and the scroll bar with it."""
        count = self._count_now()
        last = last_top(count, self.size.height, self._rows_of)
        self._top = last if self.is_following or self._top > last else self._top
        size = Size(0, last.line + self.size.height if last.line else min(count, self.size.height))
        if size != self.virtual_size:  # without a layout of the whole screen, as Textual's own watcher wants it
            self.set_reactive(ScrollView.virtual_size, size)
            self._scroll_update(size)
        self._scroll()
        self._see()

    def _scroll(self) -> None:
        if self.scroll_offset.y != self._top.line:
            self._is_placing = True
            try:
                self.scroll_to(y=self._top.line, animate=False, force=True)
            finally:
                self._is_placing = False

    def _see(self) -> None:
        self._sight = in_sight(self._top, self.size.height, self._rows_of, self._count_now())

    @property
    def _room(self) -> int:
        return max(8, self.scrollable_content_region.width - self.margin)

    def _rows_of(self, number: int) -> int:
        return len(row_edges(self.text_of(number), self._room)) - 1 if self._wraps else 1

    def _count(self) -> None:
        """In a thread: number every line of a file too big to be counted at once."""
        worker, lines = get_current_worker(), self._lines
        try:
            if lines is None:
                return
            known = lines.line_count
            if lines.count_lines(lambda: worker.is_cancelled) and not worker.is_cancelled:
                self.app.call_from_thread(self._counted, lines, known)
        finally:
            if self._counting is lines:
                self._counting = None

    def _counted(self, lines: Lines, known: int) -> None:
        """Every line has its number now: stay where we are, counted from the end."""
        if lines is self._lines:
            lines.look()
            self._top = Spot(max(0, self._top.line + lines.line_count - known), self._top.row)
            self._drawn = (0, "")
            self._take_in(force=True)

    def tell(self) -> None:
        """Say in the border what is shown, where that is anything new."""
        lines = self._lines
        if lines is None or not lines.size:
            said = Content("")
        else:
            count = plural(lines.line_count, "line") if lines.is_counted else "counting" + GLYPHS.ellipsis
            said = key_hints(self.subtitle(count))
        if said != self.border_subtitle:
            self.border_subtitle = said

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width, styles = self.scrollable_content_region.width, text_styles_of(self)
        if not self._count_now():
            said = sentence_parts(self.why_empty(), styles) if y == min(1, self.size.height - 1) else []
            return line([("  ", styles.plain), *said], width, styles.base)
        if y >= len(self._sight):
            return Strip.blank(width, styles.base)
        spot = self._sight[y]
        base, text = self.base_of(spot.line, styles), self.text_of(spot.line)
        whole = self.strip_of(spot.line, text, styles)
        start, end = self._left, self._left + self._room
        if self._wraps:
            edges = row_edges(text, self._room)
            start, end = edges[min(spot.row, len(edges) - 2)], edges[min(spot.row + 1, len(edges) - 1)]
        margin = [(" " * self.margin, styles.plain)] if spot.row else self.margin_of(spot.line)
        return Strip.join([line(margin, self.margin, base), whole.crop(start, end)]).adjust_cell_length(width, base)

    # Moving

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The scroll bar or the mouse has moved."""
        super().watch_scroll_y(old_value, new_value)
        if self._lines is None or self._is_placing or round(new_value) == self._top.line:
            return
        if self.is_following and new_value >= self.max_scroll_y:
            return
        self._go_to(Spot(round(new_value)))

    def watch_show_vertical_scrollbar(self, shows: bool) -> None:
        """The scroll bar takes a column, and does not know yet where we are."""
        if shows:
            self.vertical_scrollbar.position = self._top.line
            self.call_after_refresh(self.measure)

    def _go_to(self, spot: Spot) -> None:
        """Put a row at the top."""
        last = last_top(self._count_now(), self.size.height, self._rows_of)
        self._top = max(Spot(), min(spot, last))
        self.is_following = self._top >= last
        self._scroll()
        self._see()
        self.tell()
        self.refresh()

    def move_rows(self, rows: int) -> None:
        """Go down so many rows, or up."""
        self._go_to(moved(self._top, rows, self._rows_of, self._count_now()))

    def bring_into_sight(self, number: int) -> None:
        """Go no further than needed to show a line; to the middle where it was not in sight."""
        if not any(spot.line == number for spot in self._sight[: self.size.height - 1]):
            self.is_following = False
            self._go_to(moved(Spot(number), -(self.size.height // 2), self._rows_of, self._count_now()))

    @property
    def lines_in_sight(self) -> tuple[int, int]:
        """Numbers of the first and the last line in sight."""
        return (self._sight[0].line, self._sight[-1].line) if self._sight else (0, 0)

    def on_resize(self, _event: events.Resize) -> None:
        """Another size has other rows; at the end we stay there."""
        self.measure()

    def toggle_following(self) -> None:
        """Follow the log, or stop following it."""
        self.is_following = not self.is_following
        self.measure()

    def action_line_down(self) -> None:
        """Go down a row."""
        self.move_rows(1)

    def action_line_up(self) -> None:
        """Go up a row."""
        self.move_rows(-1)

    def action_page(self, pages: float) -> None:
        """Go down so many pages, or up."""
        self.move_rows(int(pages * self.size.height))

    def action_first(self) -> None:
        """Go to the first line."""
        self._go_to(Spot())

    def action_last(self) -> None:
        """Go to the last line and follow."""
        self.is_following = True
        self.measure()

    def action_across(self, step: int) -> None:
        """Move half a screen to the right or left, where long lines are cut at the edge."""
        if not self._wraps:
            self._left = max(0, self._left + step * max(8, self.size.width // 2))
            self.refresh()

    def action_wrap(self) -> None:
        """Wrap long lines over several rows, or cut them at the edge."""
        self._wraps, self._left = not self._wraps, 0
        self._top = Spot(self._top.line)
        self.measure()
        self.notify("Long lines are wrapped." if self._wraps else "Long lines are cut at the edge.", timeout=3)
