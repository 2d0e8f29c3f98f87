"""A list with a cursor whose rows are made only when they are drawn: fifty thousand cost what fifty do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import sentence_parts
from wantui.ui.drawing.styles import Part, TextStyles, line
from wantui.ui.drawing.theme_styles import text_styles_of

if TYPE_CHECKING:
    from textual import events


MOVES = (
    Binding("j,down", "cursor_down", "Go to the next row", show=False),
    Binding("k,up", "cursor_up", "Go to the row before", show=False),
    Binding("pagedown,ctrl+f", "page_down", "Go down a page", show=False),
    Binding("pageup,ctrl+b", "page_up", "Go up a page", show=False),
    Binding("ctrl+d", "half_page(1)", "Go down half a page", show=False),
    Binding("ctrl+u", "half_page(-1)", "Go up half a page", show=False),
    Binding("g,home", "first", "Go to the first row", show=False),
    Binding("G,end", "last", "Go to the last row", show=False),
)
"""The keys of a list in a dialog; those of a pane are in the catalogue of commands."""


class RowList(ScrollView, can_focus=True):
    """A head of fixed lines, and below it rows that scroll, one of which the cursor is on."""

    HEAD_LINES: ClassVar[int] = 1
    """Lines at the top that do not scroll."""

    cursor: reactive[int] = reactive(0, repaint=False)
    """Index of the row that the cursor is on."""

    @property
    def text_styles(self) -> TextStyles:
        """The theme's colours."""
        return text_styles_of(self)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def head(self, y: int, width: int) -> list[Part]:
        """The parts of a line of the head."""
        raise NotImplementedError

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """The parts of a row, in at most `width` cells."""
        raise NotImplementedError

    def empty(self, width: int) -> list[list[Part]]:  # noqa: ARG002  for those that wrap
        """What is said where there are no rows."""
        return []

    def cursor_moved(self) -> None:
        """The cursor stands on another row."""

    def rows_changed(self) -> None:
        """Measure again and draw: other rows are to be shown."""
        count = self.row_count
        self.virtual_size = Size(0, count + self.HEAD_LINES if count else 0)
        self.cursor = min(self.cursor, max(0, count - 1))
        self.refresh()

    def refresh_row(self, index: int) -> None:
        """Draw one row again."""
        y = index - self.scroll_offset.y + self.HEAD_LINES
        if self.HEAD_LINES <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def refresh_head(self) -> None:
        """Draw the head again."""
        self.refresh(Region(0, 0, self.size.width, self.HEAD_LINES))

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, styles = self.scrollable_content_region.width, self.text_styles
        if y < self.HEAD_LINES:
            return line(self.head(y, width), width, styles.base)
        if not self.row_count:
            said = self.empty(width)
            at = y - self.HEAD_LINES
            return line(said[at], width, styles.base) if at < len(said) else Strip.blank(width, styles.base)
        index = y - self.HEAD_LINES + self.scroll_offset.y
        if not 0 <= index < self.row_count:
            return Strip.blank(width, styles.base)
        under_cursor = index == self.cursor
        mark = (GLYPHS.cursor, styles.accent) if under_cursor else (" ", styles.plain)
        base = styles.cursor_row if under_cursor else styles.base
        return line([mark, *self.row(index, width - 2, under_cursor=under_cursor)], width, base)

    def watch_cursor(self, old: int, new: int) -> None:
        """Keep the cursor in sight and draw the two rows that have changed."""
        if not self.is_mounted:
            return
        self.keep_in_sight(new)
        self.refresh_row(old)
        self.refresh_row(new)
        self.cursor_moved()

    def keep_in_sight(self, index: int) -> None:
        """Scroll no further than needed to show the row."""
        room = self.rows_a_page
        top = self.scroll_offset.y
        if room > 0 and not top <= index < top + room:
            self.scroll_to(y=index if index < top else index - room + 1, animate=False, force=True)

    @property
    def rows_a_page(self) -> int:
        """How many rows are in sight."""
        return max(1, self.size.height - self.HEAD_LINES)

    def move_to(self, index: int) -> None:
        """Put the cursor on the row, or the nearest there is."""
        self.cursor = max(0, min(self.row_count - 1, index))

    def on_resize(self, _event: events.Resize) -> None:
        """Another height may have lost the cursor."""
        self.keep_in_sight(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self.HEAD_LINES:
            return
        index = offset.y - self.HEAD_LINES + self.scroll_offset.y
        if 0 <= index < self.row_count:
            self.cursor = index

    def action_cursor_down(self) -> None:
        """Go to the next row."""
        self.move_to(self.cursor + 1)

    def action_cursor_up(self) -> None:
        """Go to the previous row."""
        self.move_to(self.cursor - 1)

    def action_page_down(self) -> None:
        """Go down a page."""
        self.move_to(self.cursor + self.rows_a_page)

    def action_page_up(self) -> None:
        """Go up a page."""
        self.move_to(self.cursor - self.rows_a_page)

    def action_half_page(self, way: int) -> None:
        """Go down half a page, or up."""
        self.move_to(self.cursor + way * max(1, self.rows_a_page // 2))

    def action_first(self) -> None:
        """Go to the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self.move_to(self.row_count - 1)

    def said(self, text: str, width: int) -> list[list[Part]]:
        """A sentence or two, wrapped for `empty`; keys in backticks stand out."""
        from textwrap import wrap  # noqa: PLC0415  only where there is nothing else to show

        lines = [piece for paragraph in text.splitlines() for piece in wrap(paragraph, max(10, width - 4)) or [""]]
        styles = self.text_styles
        return [[], *([("  ", styles.plain), *sentence_parts(piece, styles)] for piece in lines)]
