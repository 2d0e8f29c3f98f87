"""Pane 1: the items with their status, and the start of each caption."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, assert_never

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from wantui.ui.commands.catalogue import Place, bindings_at
from wantui.ui.data.row_book import Known
from wantui.ui.figures import count, plural
from wantui.ui.glyphs import GLYPHS
from wantui.ui.inks import Part, clean, clean_lines
from wantui.ui.messages.requests import ItemHighlighted, OpenItem
from wantui.ui.widgets.entries import REMEMBERED, Entry, FilterEntry, NameEntry, Outcome
from wantui.ui.widgets.item_row import SHORTEST_NAME, row_parts
from wantui.ui.widgets.row_list import RowList
from wantui.workbench.marks import Marks
from wantui.workbench.rows import ItemRow, ItemStatus, matching, unknown_status

if TYPE_CHECKING:
    from textual import events

    from wantui.dataset.model import Item

LOOKED_AT = 2000
"""Names that decide how wide the names are."""


class DatasetList(RowList):
    """Every item, or those that a filter shows."""

    BINDINGS = bindings_at(Place.DATASET)
    BORDER_TITLE = "1 Dataset"
    HEAD_LINES: ClassVar[int] = 1

    known: reactive[Known] = reactive(Known(), repaint=False)
    """What is known of the items."""
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
        self._before: list[str] = []
        self._entry: Entry | None = None
        self._name_width = SHORTEST_NAME
        self.marks = Marks()

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

    @property
    def rows(self) -> tuple[ItemRow, ...]:
        """Every item of the dataset."""
        return self.known.rows

    def watch_known(self, old: Known, known: Known) -> None:
        """Show the new items, the cursor on the item where it was."""
        before = old.rows[self._shown[self.cursor]] if self.cursor < len(self._shown) else None
        longest = max((cell_len(row.name) for row in known.rows[:LOOKED_AT]), default=SHORTEST_NAME)
        self._name_width = max(SHORTEST_NAME, longest)
        self._filter(before)
        self._tell_counts()

    def watch_is_reading(self) -> None:
        """Say whether these are all items."""
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
        key, rows, shown = row.item.key, self.rows, self._shown
        if self.cursor < len(shown) and rows[shown[self.cursor]].item.key == key:
            return self.cursor
        return next((index for index, at in enumerate(shown) if rows[at].item.key == key), None)

    def _tell_counts(self) -> None:
        if not self.rows:
            self.border_subtitle = ""
            return
        counted = self.known.statuses
        said = [plural(len(self.rows), "item") + (" so far" if self.is_reading else "")]
        if problems := counted.get(ItemStatus.PROBLEM):
            said.append(plural(problems, "problem"))
        said += [f"{count(counted[status])} {status.value}" for status in (ItemStatus.STALE, ItemStatus.MISSING)
                 if counted.get(status)]  # fmt: skip
        if self.marks:
            said.append(f"{count(len(self.marked_rows()))} marked")
        self.border_subtitle = Content(f" {GLYPHS.dot} ".join(said))

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  one line that is cut
        """The filter."""
        inks = self.inks
        if self._entry is not None:
            return [*self._entry.head(inks), (f"   {count(self.row_count)} shown", inks.dim)]
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
        """One item."""
        row = self.rows[self._shown[index]]
        return row_parts(
            row, self.inks, width=width, name_width=self._name_width, is_marked=row in self.marks,
            under_cursor=under_cursor, encoding=self.encoding,
        )  # fmt: skip

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

    # Marks

    def marked_rows(self) -> tuple[ItemRow, ...]:
        """The marked items in the dataset's order, whether or not the filter shows them."""
        return self.marks.among(self.rows) if self.marks else ()

    def targets(self) -> tuple[ItemRow, ...]:
        """What a change of many captions is done to: the marked items, or all that are shown where none is."""
        return self.marked_rows() or self.shown_rows()

    def shown_rows(self) -> tuple[ItemRow, ...]:
        """The items that the filter shows, in the order in which they are seen."""
        return tuple(self.rows[index] for index in self._shown)

    def _marks_changed(self) -> None:
        self.refresh()
        self._tell_counts()

    def action_mark(self) -> None:
        """Mark the item, or take its mark away, and go on to the next one."""
        if (row := self.highlighted) is not None:
            self.marks.toggle(row)
            self.move_to(self.cursor + 1)
            self._marks_changed()

    def action_mark_range(self) -> None:
        """Mark everything from the item that was marked last to this one."""
        if self.row_count:
            self.marks.mark_range(self.shown_rows(), self.cursor)
            self._marks_changed()

    def action_mark_all(self) -> None:
        """Mark all that are shown, or none."""
        self.marks.all_or_none(self.shown_rows())
        self._marks_changed()

    def action_invert_marks(self) -> None:
        """Of those shown mark the others."""
        self.marks.invert(self.shown_rows())
        self._marks_changed()

    # What is typed in the head

    def action_filter(self) -> None:
        """Type a filter."""
        self._begin(FilterEntry(self._words, self._before))

    def action_jump(self) -> None:
        """Type the start of a name to jump to."""
        self._begin(NameEntry())

    def _begin(self, entry: Entry) -> None:
        self._entry = entry
        self.refresh_head()

    def action_clear_filter(self) -> None:
        """Show every item again."""
        self._entry = None
        self._set_words("")
        self.refresh_head()

    def _set_words(self, words: str) -> None:
        if words != self._words:
            before = self.highlighted
            self._words = words
            self._filter(before)

    def on_key(self, event: events.Key) -> None:
        """Keys belong to what is being typed."""
        entry = self._entry
        if entry is None:
            return
        typed = event.character if event.is_printable else None
        outcome = entry.typed(typed) if typed else entry.key(event.key)
        if outcome is not Outcome.PASSED:
            event.stop()
            event.prevent_default()
        self._heed(entry, outcome)

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text belongs to what is being typed."""
        if self._entry is not None:
            event.stop()
            self._heed(self._entry, self._entry.typed(event.text))

    def _heed(self, entry: Entry, outcome: Outcome) -> None:
        match entry:
            case FilterEntry():
                self._heed_filter(entry, outcome)
            case NameEntry():
                self._heed_name(entry, outcome)
        self.refresh_head()

    def _heed_filter(self, entry: FilterEntry, outcome: Outcome) -> None:
        match outcome:
            case Outcome.TAKEN:
                self._set_words(entry.text)
            case Outcome.ENDED:
                self._entry = None
                self._remember(entry.text)
            case Outcome.CANCELLED:
                self.action_clear_filter()
            case Outcome.PASSED:
                pass
            case _:
                assert_never(outcome)

    def _heed_name(self, entry: NameEntry, outcome: Outcome) -> None:
        if outcome is Outcome.TAKEN:
            found = self._named(entry.text.lower())
            entry.is_found = found is not None
            if found is not None:
                self.move_to(found)
        else:
            self._entry = None

    def _named(self, start: str) -> int | None:
        """The first item shown whose name begins with `start`, or else has it anywhere."""
        names = [self.rows[index].name.lower() for index in self._shown]
        begins = (at for at, name in enumerate(names) if name.startswith(start))
        has = (at for at, name in enumerate(names) if start in name)
        return next(begins, next(has, None))

    def _remember(self, words: str) -> None:
        """Keep a filter to be called back."""
        if words.strip():
            self._before = [*(each for each in self._before if each != words), words][-REMEMBERED:]

    def on_blur(self) -> None:
        """Leaving the pane ends the typing."""
        if self._entry is not None:
            self._entry = None
            self.refresh_head()

    def on_click(self, event: events.Click) -> None:
        """A double click opens the item."""
        super().on_click(event)
        if event.chain == 2:  # noqa: PLR2004  a double click
            self.post_message(OpenItem())
