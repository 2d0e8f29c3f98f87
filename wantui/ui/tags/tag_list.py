"""Tags with their counts, one a row, under a head where they are narrowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.captions.tags import key_of
from wantui.formatting import count, plural
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.line_edit import LineEdit
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, fit, right

if TYPE_CHECKING:
    from textual import events

    from wantui.captions.tag_counts import TagCount

COUNT_WIDTH = 7


class TagList(RowList):
    """All tags, or those that have what was typed."""

    BINDINGS = [*MOVES]  # noqa: RUF012  Textual's way

    counted: reactive[tuple[TagCount, ...]] = reactive((), repaint=False)
    """The tags, the most frequent first."""
    note: reactive[str] = reactive("")
    """What is said where there are none."""

    def __init__(self, words: str = "", *, is_by_name: bool = False) -> None:
        """Begin narrowed to what `words` says, and sorted by name where `is_by_name`."""
        super().__init__(id="tags")
        self.words, self.is_by_name = words, is_by_name
        self.edit: LineEdit | None = None
        """What is being typed; None: nothing is."""
        self._shown: list[TagCount] = []

    def watch_counted(self) -> None:
        """Other tags."""
        self.list_again()

    def list_again(self) -> None:
        """Find out which are shown, and keep the cursor on its tag."""
        chosen, wanted = self.chosen, key_of(self.words)
        self._shown = [each for each in self.counted if wanted in each.key]
        if self.is_by_name:
            self._shown.sort(key=lambda each: each.key)
        self.rows_changed()
        if chosen is not None:
            self.go_to(chosen.key)

    def go_to(self, key: str) -> None:
        """Put the cursor on a tag, where it is shown."""
        self.move_to(next((at for at, each in enumerate(self._shown) if each.key == key), self.cursor))

    @property
    def chosen(self) -> TagCount | None:
        """The tag under the cursor."""
        return self._shown[self.cursor] if self.cursor < len(self._shown) else None

    @property
    def row_count(self) -> int:
        """How many are shown."""
        return len(self._shown)

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  one line that is cut
        """What is typed, how many are shown, and in which order."""
        styles = self.text_styles
        if self.edit is not None:
            text, caret = self.edit.text, self.edit.caret
            typed = [(text[:caret], styles.plain), (GLYPHS.caret, styles.accent), (text[caret:], styles.plain)]
        else:
            typed = [(clean(self.words) or "narrow", styles.plain if self.words else styles.dim)]
        order = "by name" if self.is_by_name else "most frequent first"
        return [(" / ", styles.accent), *typed, (f"   {plural(self.row_count, 'tag')}, {order}", styles.dim)]

    def empty(self, width: int) -> list[list[Part]]:
        """Why there are none."""
        return self.said("No tag contains that." if self.counted else self.note, width)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """Count, tag, what is odd about it."""
        each, styles = self._shown[index], self.text_styles
        ink = styles.faint if not each.count else styles.strong if under_cursor else styles.plain
        room = max(8, width // 2 - COUNT_WIDTH)
        return [
            (right(count(each.count), COUNT_WIDTH - 1) + "  ", styles.dim),
            (fit(clean(each.tag), room, GLYPHS.ellipsis), ink),
            (f"  {clean(odd(each))}", styles.caution if each.near else styles.dim),
        ]

    # What is typed

    def begin(self) -> None:
        """Type what the tags are narrowed to."""
        self.edit = LineEdit.at_end(self.words)
        self.refresh_head()

    def on_key(self, event: events.Key) -> None:
        """Keys belong to what is being typed."""
        if self.edit is None:
            return
        if event.key in ("enter", "escape", "down", "up"):
            self.edit = None
            if event.key == "escape":
                self._narrow("")
            self.refresh_head()
            if event.key in ("down", "up"):
                return
        else:
            typed = event.character if event.is_printable else None
            changed = self.edit.typed(typed) if typed else self.edit.key(event.key)
            if changed is None:
                return
            self.edit = changed
            self._narrow(changed.text)
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text belongs to what is being typed."""
        if self.edit is not None:
            event.stop()
            self.edit = self.edit.typed(event.text)
            self._narrow(self.edit.text)

    def _narrow(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.list_again()
        self.refresh_head()


def odd(each: TagCount) -> str:
    """What a person may want to know of a tag: ``did you mean close-up?``, ``in one caption only``."""
    said = []
    if each.near is not None:
        said.append(f"did you mean {each.near}?")
    if not each.count:
        said.append(f"none shown has it, {count(each.elsewhere)} others do")
    elif each.is_rare:
        said.append("in one caption alone")
    if each.also_written:
        said.append(f"also written {', '.join(each.also_written)}")
    return "; ".join(said)
