"""The items of a dataset as a list: which of them are shown, in which order, and which are marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.message import Message
from textual.reactive import reactive

from wantui.dataset.naming import composed
from wantui.errors import WantuiError
from wantui.listing.marks import Marks
from wantui.listing.rows import ItemRow, ItemStatus
from wantui.ui.dataset.item_row import SHORTEST_NAME
from wantui.ui.dataset.row_store import Known
from wantui.ui.drawing.row_list import RowList
from wantui.ui.messages.requests import ItemHighlighted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from wantui.dataset.model import Item
    from wantui.listing.filters import FilterError
    from wantui.listing.losses import ItemLosses
    from wantui.listing.selection import Selection

AT_ONCE = 2000
"""Up to so many items are filtered and sorted at once; more of them in a thread, so that typing goes on."""
LOOKED_AT = 2000
"""Names that decide how wide the names are."""


class ItemList(RowList):
    """Every item, or those that a selection shows, under a cursor that stays on its item."""

    known: reactive[Known] = reactive(Known(), repaint=False)
    """What is known of the items."""
    is_reading: reactive[bool] = reactive(True)
    """Whether the dataset has not been looked at yet."""
    listed: reactive[int] = reactive(0, repaint=False)
    """Counts how often other rows, or the same in another state, have been shown."""

    @dataclass
    class Listed(Message):
        """A thread has found out what is to be shown."""

        number: int
        """Of the question; a newer one makes the answer worthless."""
        rows: tuple[ItemRow, ...]
        shown: Sequence[int]
        losses: ItemLosses | None
        """What the checkpoints of a run have on each item, where that was asked for."""

    @dataclass
    class NotListed(Message):
        """A thread has found out that the filter takes too long, or asks for what is not known."""

        number: int
        error: FilterError

    def __init__(
        self,
        count_tokens: Callable[[str], int | None] | None = None,
        read_losses: Callable[[], ItemLosses | None] | None = None,
    ) -> None:
        """Show nothing yet.

        Args:
            count_tokens: of a caption, for filters; it may block. Where it is or says None words are counted.
            read_losses: what the checkpoints of a run have on each item, for filters and orders; it blocks.
        """
        super().__init__(id="dataset", classes="pane")
        self._count_tokens = count_tokens
        self._read_losses = read_losses
        self.losses: ItemLosses | None = None
        """What the checkpoints of a run have on each item, while the selection asks for it."""
        self.marks = Marks()
        self.name_width = SHORTEST_NAME
        self._selection: Selection | None = None
        self._asked = 0
        self._rows: tuple[ItemRow, ...] = ()
        self._shown: Sequence[int] = ()

    # What is shown

    @property
    def rows(self) -> tuple[ItemRow, ...]:
        """Every item of the dataset."""
        return self.known.rows

    @property
    def row_count(self) -> int:
        """How many items are shown."""
        return len(self._shown)

    def row_at(self, index: int) -> ItemRow:
        """The item that is shown there."""
        return self._rows[self._shown[index]]

    def shown_rows(self) -> tuple[ItemRow, ...]:
        """The items that are shown, in the order in which they are seen."""
        rows = self._rows
        return tuple(rows[index] for index in self._shown)

    @property
    def highlighted(self) -> ItemRow | None:
        """The item under the cursor."""
        return self.row_at(self.cursor) if self.cursor < len(self._shown) else None

    def neighbours(self) -> list[Item]:
        """The items beside the one under the cursor, the next one first: they will be wanted soon."""
        at = [self.cursor + 1, self.cursor - 1, self.cursor + 2]
        return [self.row_at(index).item for index in at if 0 <= index < len(self._shown)]

    @property
    def selection(self) -> Selection:
        """What is shown, and in which order."""
        from wantui.listing.selection import Selection  # noqa: PLC0415  the first screen shows everything

        return self._selection or Selection()

    def select(self, selection: Selection) -> None:
        """Show other items, or in another order, with the cursor on the item where it was."""
        self._selection = selection
        self.list_again()

    def watch_known(self, known: Known) -> None:
        """Show the new items."""
        longest = max((cell_len(row.name) for row in known.rows[:LOOKED_AT]), default=SHORTEST_NAME)
        self.name_width = max(SHORTEST_NAME, longest)
        if self.marks and not self.is_reading:
            self.marks.keep(known.rows)
        self.list_again()
        self.tell_counts()

    def watch_is_reading(self) -> None:
        """Say whether these are all items."""
        self.tell_counts()

    def list_again(self) -> None:
        """Find out what is shown; the newest question counts."""
        self._asked += 1
        number, rows, selection, marked = self._asked, self.rows, self._selection, self.marks.media
        if selection is None:
            self._show(rows, range(len(rows)), None)
        elif len(rows) <= AT_ONCE and not selection.takes_long:
            self._list(selection, number, rows, marked, self._take)
        else:
            self.run_worker(
                lambda: self._list(selection, number, rows, marked, self.post_message),
                thread=True, group="listing", exclusive=True, exit_on_error=False, name="listing",
            )  # fmt: skip

    def _list(
        self,
        selection: Selection,
        number: int,
        rows: tuple[ItemRow, ...],
        marked: frozenset[Path],
        tell: Callable[[Listed | NotListed], object],
    ) -> None:
        from wantui.listing.filters import FilterError  # noqa: PLC0415  the first screen shows everything

        try:
            losses = self._read_losses() if self._read_losses and selection.asks_for_losses else None
            shown = selection.indexes(rows, marked, self._count_tokens, lambda: losses)
            tell(self.Listed(number, rows, shown, losses))
        except FilterError as error:
            tell(self.NotListed(number, error))
        except WantuiError as error:  # the losses cannot be read
            tell(self.NotListed(number, FilterError(str(error), 0, 0)))

    def _take(self, message: Listed | NotListed) -> None:
        if message.number == self._asked:
            if isinstance(message, self.NotListed):
                self.filter_failed(message.error)
            else:
                self._show(message.rows, message.shown, message.losses)

    def on_item_list_listed(self, message: Listed) -> None:
        """A thread has answered."""
        self._take(message)

    def on_item_list_not_listed(self, message: NotListed) -> None:
        """A thread has given up."""
        self._take(message)

    def _show(self, rows: tuple[ItemRow, ...], shown: Sequence[int], losses: ItemLosses | None) -> None:
        """Show these, the cursor on the item where it was."""
        stay_on = self.highlighted
        self._rows, self._shown, self.losses = rows, shown, losses
        at = None if stay_on is None else self._index_of(stay_on.item.key)
        self.rows_changed()
        self.listed += 1
        if at is not None and at != self.cursor:
            self.cursor = at
        elif stay_on is None or self.highlighted != stay_on:
            self.cursor_moved()

    def _index_of(self, key: str) -> int | None:
        """Where the item with this media file is shown; None where it is not."""
        rows, shown = self._rows, self._shown
        if self.cursor < len(shown) and self.row_at(self.cursor).item.key == key:
            return self.cursor
        return next((index for index, at in enumerate(shown) if rows[at].item.key == key), None)

    def filter_failed(self, error: FilterError) -> None:
        """The filter takes too long or asks for what is not known; what was shown stays."""
        self.notify(f"{error.message}.", severity="error", markup=False)

    def tell_counts(self) -> None:
        """Say how many items there are, and how they stand."""
        raise NotImplementedError

    # Where the cursor goes

    def cursor_moved(self) -> None:
        """Tell the screen."""
        self.post_message(ItemHighlighted(self.highlighted))

    def step_problem(self, step: int) -> None:
        """Go to the next or previous problem, past the end to the start."""
        rows = self._rows
        at = [index for index, row in enumerate(self._shown) if rows[row].status is ItemStatus.PROBLEM]
        if not at:
            self.notify("No problems here.", timeout=2, markup=False)
            return
        if step > 0:
            self.move_to(next((index for index in at if index > self.cursor), at[0]))
        else:
            self.move_to(next((index for index in reversed(at) if index < self.cursor), at[-1]))

    def go_to(self, path: Path) -> bool:
        """Put the cursor on the item whose media or caption file this is; False where none that is shown has it."""
        for at, row in enumerate(self.shown_rows()):
            if path in (row.item.media, row.item.caption_file):
                self.move_to(at)
                return True
        return False

    def action_next_problem(self) -> None:
        """Go to the next problem."""
        self.step_problem(1)

    def action_previous_problem(self) -> None:
        """Go to the previous problem."""
        self.step_problem(-1)

    def named(self, start: str) -> int | None:
        """The first item shown whose name begins with `start`, or else has it anywhere, whatever the case."""
        wanted = composed(start).lower()
        names = [composed(row.name).lower() for row in self.shown_rows()]
        begins = (at for at, name in enumerate(names) if name.startswith(wanted))
        has = (at for at, name in enumerate(names) if wanted in name)
        return next(begins, next(has, None))

    # Marks

    def marked_rows(self) -> tuple[ItemRow, ...]:
        """The marked items: those shown as they are seen, then the others in the dataset's order."""
        if not self.marks:
            return ()
        shown = self.marks.among(self.shown_rows())
        if len(shown) == len(self.marks):
            return shown
        seen = {row.item.key for row in shown}
        return (*shown, *(row for row in self.marks.among(self.rows) if row.item.key not in seen))

    def targets(self) -> tuple[ItemRow, ...]:
        """What a change of many captions is done to: the marked items, or all that are shown where none is."""
        return self.marked_rows() or self.shown_rows()

    def _marks_changed(self) -> None:
        self.tell_counts()
        if self._selection is not None and "marked" in self._selection.filter.text:
            self.list_again()
        self.refresh()

    def action_mark(self) -> None:
        """Mark the item, or take its mark away, and go on to the next one."""
        if self.highlighted is not None:
            at = self.cursor
            self.move_to(at + 1)
            self.toggle_mark(at)

    def toggle_mark(self, index: int) -> None:
        """Mark an item that is shown, or take its mark away."""
        self.marks.toggle(self.row_at(index))
        self._marks_changed()

    def action_mark_range(self) -> None:
        """Mark everything from the item that was marked last to this one."""
        if self.row_count:
            self.marks.mark_range(self.shown_rows(), self.cursor)
            self._marks_changed()

    def action_mark_all(self) -> None:
        """Mark all that are shown, or none."""
        self.mark_rows(self.shown_rows())

    def mark_rows(self, rows: Iterable[ItemRow]) -> None:
        """Mark all of these; where all of them are marked already, none."""
        self.marks.all_or_none(rows)
        self._marks_changed()

    def action_invert_marks(self) -> None:
        """Of those shown mark the others."""
        self.marks.invert(self.shown_rows())
        self._marks_changed()
