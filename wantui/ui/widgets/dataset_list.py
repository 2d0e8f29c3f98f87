"""Pane 1: the items with their status, and the start of each caption."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from wantui.ui.commands.catalogue import Place, bindings_at
from wantui.ui.figures import count, plural
from wantui.ui.glyphs import GLYPHS
from wantui.ui.inks import Part, clean, clean_lines, fit
from wantui.ui.messages.requests import ItemHighlighted, OpenItem
from wantui.ui.widgets.line_edit import LineEdit
from wantui.ui.widgets.row_list import RowList
from wantui.workbench.rows import ItemRow, ItemStatus, counts, matching, unknown_status

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events

    from wantui.dataset.model import Item
    from wantui.ui.inks import Inks

NAME_SHARE = 0.45
"""The widest that names may be, as a part of the pane."""


def status_mark(status: ItemStatus, inks: Inks, *, encoding: bool) -> Part:
    """The sign of an item; what is not current while a cache job runs is about to be."""
    if encoding and status in (ItemStatus.STALE, ItemStatus.MISSING):
        return (GLYPHS.encoding, inks.accent)
    marks: dict[ItemStatus, tuple[str, Style]] = {
        ItemStatus.CURRENT: (GLYPHS.current, inks.good),
        ItemStatus.STALE: (GLYPHS.stale, inks.caution),
        ItemStatus.MISSING: (GLYPHS.missing, inks.dim),
        ItemStatus.PROBLEM: (GLYPHS.problem, inks.bad),
        ItemStatus.UNKNOWN: (GLYPHS.unknown, inks.dim),
    }
    return marks[status]


class DatasetList(RowList):
    """Every item, or those that a filter shows."""

    BINDINGS = bindings_at(Place.DATASET)
    BORDER_TITLE = "1 Dataset"
    HEAD_LINES: ClassVar[int] = 1

    rows: reactive[tuple[ItemRow, ...]] = reactive((), repaint=False)
    """Every item of the dataset."""
    dataset_trouble: reactive[str | None] = reactive(None)
    """Why there are no items, and what to do."""
    is_reading: reactive[bool] = reactive(True)
    """Whether the dataset has not been looked at yet."""
    encoding: reactive[bool] = reactive(False)
    """Whether a cache job is at work."""

    def __init__(self) -> None:
        super().__init__(id="dataset", classes="pane")
        self._shown: list[int] = []
        self._words = ""
        self._edit: LineEdit | None = None
        self._name_width = 8

    @property
    def row_count(self) -> int:
        """How many items are shown."""
        return len(self._shown)

    @property
    def words(self) -> str:
        """What is filtered by."""
        return self._words

    @property
    def highlighted(self) -> ItemRow | None:
        """The item under the cursor."""
        return self.rows[self._shown[self.cursor]] if self.cursor < len(self._shown) else None

    def neighbours(self) -> list[Item]:
        """The items beside the one under the cursor, the next one first: they will be wanted soon."""
        at = [self.cursor + 1, self.cursor - 1, self.cursor + 2]
        return [self.rows[self._shown[index]].item for index in at if 0 <= index < len(self._shown)]

    def watch_rows(self, old: tuple[ItemRow, ...], rows: tuple[ItemRow, ...]) -> None:
        """Show the new items, the cursor on the item where it was."""
        before = old[self._shown[self.cursor]] if self.cursor < len(self._shown) else None
        longest = max((cell_len(row.name) for row in rows[:2000]), default=8)
        self._name_width = max(8, longest)
        self._filter(before)
        self._tell_counts()

    def _filter(self, stay_on: ItemRow | None) -> None:
        self._shown = matching(self.rows, self._words)
        at = self._index_of(stay_on)
        self.rows_changed()
        if at is not None and at != self.cursor:
            self.cursor = at
        elif stay_on is None or self.highlighted != stay_on:
            self.cursor_moved()

    def _index_of(self, row: ItemRow | None) -> int | None:
        if row is None:
            return None
        same = (index for index, at in enumerate(self._shown) if self.rows[at].item.media == row.item.media)
        return next(same, None)

    def _tell_counts(self) -> None:
        if not self.rows:
            self.border_subtitle = ""
            return
        counted = counts(self.rows)
        said = [plural(len(self.rows), "item")]
        if counted[ItemStatus.PROBLEM]:
            said.append(plural(counted[ItemStatus.PROBLEM], "problem"))
        said += [f"{count(counted[status])} {status.value}" for status in (ItemStatus.STALE, ItemStatus.MISSING)
                 if counted[status]]  # fmt: skip
        self.border_subtitle = Content(f" {GLYPHS.dot} ".join(said))

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  one line that is cut
        """The filter."""
        inks = self.inks
        if self._edit is not None:
            text = self._edit.text
            caret = self._edit.caret
            return [(" / ", inks.accent), (text[:caret], inks.plain), (GLYPHS.caret, inks.accent),
                    (text[caret:], inks.plain), (f"   {count(self.row_count)} shown", inks.dim)]  # fmt: skip
        if self._words:
            return [(" / ", inks.accent), (self._words, inks.plain), (f"   {count(self.row_count)} shown", inks.dim),
                    ("   esc", inks.accent), (" shows all", inks.dim)]  # fmt: skip
        if not self.rows:
            return []
        return [(" / ", inks.accent), (f"filter   {plural(len(self.rows), 'item')}", inks.dim)]

    def empty(self, width: int) -> list[list[Part]]:
        """Why nothing is shown."""
        if self.dataset_trouble is not None:
            return self.said(clean_lines(self.dataset_trouble), width)
        if self.is_reading:
            return self.said("reading the dataset" + GLYPHS.ellipsis, width)
        if self.rows:
            unknown = unknown_status(self._words)
            if unknown:
                known = f"status:{unknown} is none that there is: {', '.join(ItemStatus)}, or any."
                return self.said(f"{clean(known)} esc shows every item again.", width)
            return self.said("Nothing matches. esc shows every item again.", width)
        return self.said("The dataset is empty: put images with .txt captions into its folder, then press R.", width)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """Status, name, start of the caption."""
        inks = self.inks
        row = self.rows[self._shown[index]]
        mark, colour = status_mark(row.status, inks, encoding=self.encoding)
        name_width = min(self._name_width, max(8, int(width * NAME_SHARE)))
        rest = width - name_width - 5
        name = fit(clean(row.name), name_width, GLYPHS.ellipsis)
        parts: list[Part] = [
            (f" {mark} ", colour),
            (name, inks.strong if under_cursor else inks.plain),
            ("  ", inks.plain),
        ]
        caption = clean(row.item.caption or "")
        if row.trouble is not None:
            said = clean(row.trouble) + (f" {GLYPHS.dot} {caption}" if caption else "")
            parts.append((fit(said, rest, GLYPHS.ellipsis), inks.bad))
        else:
            parts.append((fit(caption, rest, GLYPHS.ellipsis), inks.plain if under_cursor else inks.dim))
        return parts

    def cursor_moved(self) -> None:
        """Tell the screen."""
        self.post_message(ItemHighlighted(self.highlighted))

    def step_problem(self, step: int) -> None:
        """Go to the next or previous problem, past the end to the start."""
        at = [index for index, row in enumerate(self._shown) if self.rows[row].status is ItemStatus.PROBLEM]
        if not at:
            self.notify("No problems here.", timeout=2, markup=False)
            return
        if step > 0:
            self.move_to(next((index for index in at if index > self.cursor), at[0]))
        else:
            self.move_to(next((index for index in reversed(at) if index < self.cursor), at[-1]))

    def action_next_problem(self) -> None:
        """Go to the next problem."""
        self.step_problem(1)

    def action_previous_problem(self) -> None:
        """Go to the previous problem."""
        self.step_problem(-1)

    def action_filter(self) -> None:
        """Type a filter."""
        self._edit = LineEdit.at_end(self._words)
        self.refresh_head()

    def action_clear_filter(self) -> None:
        """Show every item again."""
        self._edit = None
        self._set_words("")
        self.refresh_head()

    def _set_words(self, words: str) -> None:
        if words != self._words:
            before = self.highlighted
            self._words = words
            self._filter(before)

    def on_key(self, event: events.Key) -> None:
        """Keys belong to the filter while it is typed."""
        if self._edit is None:
            return
        if event.key in ("enter", "down"):
            self._edit = None
        elif event.key == "escape":
            self.action_clear_filter()
        else:
            typed = event.character if event.is_printable else None
            changed = self._edit.typed(typed) if typed else self._edit.key(event.key)
            if changed is None:
                return
            self._edit = changed
            self._set_words(changed.text)
        event.stop()
        event.prevent_default()
        self.refresh_head()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text belongs to the filter while it is typed."""
        if self._edit is not None:
            event.stop()
            self._edit = self._edit.typed(event.text)
            self._set_words(self._edit.text)
            self.refresh_head()

    def on_blur(self) -> None:
        """Leaving the pane ends the typing."""
        if self._edit is not None:
            self._edit = None
            self.refresh_head()

    def on_click(self, event: events.Click) -> None:
        """A double click opens the item."""
        super().on_click(event)
        if event.chain == 2:  # noqa: PLR2004  a double click
            self.post_message(OpenItem())
