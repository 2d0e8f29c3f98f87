"""Pane 1: the items with their status, and the start of each caption."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, assert_never

from textual.content import Content
from textual.reactive import reactive

from wantui.formatting import count, plural
from wantui.listing.rows import ItemStatus
from wantui.terminal.foreign_text import clean, clean_lines
from wantui.ui.commands.bindings import bindings_at
from wantui.ui.commands.catalogue import Place
from wantui.ui.commands.command_table import key_for
from wantui.ui.dataset.entries import REMEMBERED, Entry, FilterEntry, NameEntry, Outcome, SortEntry
from wantui.ui.dataset.item_list import ItemList
from wantui.ui.dataset.item_row import row_parts
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.messages.requests import OpenItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from wantui.listing.filters import FilterError
    from wantui.listing.losses import ItemLosses
    from wantui.ui.drawing.styles import Part

ORDERS = {"d": "dataset", "n": "name", "t": "status", "l": "length", "z": "size", "m": "time", "o": "loss"}
"""By the key that chooses it: how the items are sorted."""


class DatasetList(ItemList):
    """The items under a head where filters, orders and names are typed."""

    BINDINGS = bindings_at(Place.DATASET)
    HEAD_LINES: ClassVar[int] = 1

    dataset_trouble: reactive[str | None] = reactive(None)
    """Why there are no items, and what to do."""
    problems: reactive[int] = reactive(0, repaint=False)
    """How many problems the dataset has."""
    encoding: reactive[bool] = reactive(False)
    """Whether a cache job is at work."""

    def __init__(
        self,
        count_tokens: Callable[[str], int | None] | None = None,
        read_losses: Callable[[], ItemLosses | None] | None = None,
    ) -> None:
        """Show nothing yet; the arguments are `ItemList`'s."""
        super().__init__(count_tokens, read_losses)
        self._before: list[str] = []
        self._entry: Entry | None = None

    def watch_problems(self) -> None:
        """Others."""
        self.tell_counts()

    @property
    def words(self) -> str:
        """What is filtered by."""
        return "" if self._selection is None else self._selection.filter.text

    def tell_counts(self) -> None:
        """In the border."""
        if not self.rows:
            self.border_subtitle = ""
            return
        counted = self.known.statuses
        said = [plural(len(self.rows), "item") + (" so far" if self.is_reading else "")]
        if self.problems:
            said.append(plural(self.problems, "problem"))
        for status, word in ((ItemStatus.STALE, "stale"), (ItemStatus.MISSING, "not encoded")):
            if counted.get(status):
                said.append(f"{count(counted[status])} {word}")
        if self.marks:
            said.append(f"{count(len(self.marks))} marked")
        self.border_subtitle = Content(f" {GLYPHS.dot} ".join(said))

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  one line that is cut
        """What is shown and in which order, or what is being typed."""
        styles = self.text_styles
        if self._entry is not None:
            is_filter = isinstance(self._entry, FilterEntry) and self._entry.error is None
            shown = [(f"   {count(self.row_count)} shown", styles.dim)] if is_filter else []
            return [*self._entry.head(styles), *shown]
        if not self.rows:
            return []
        words = (clean(self.words), styles.plain) if self.words else ("filter", styles.dim)
        parts: list[Part] = [(" / ", styles.accent), words]
        if self._selection is not None and self._selection.is_sorted:
            turned = " reversed" if self._selection.is_reversed else ""
            parts.append((f"   sort:{self._selection.key}{turned}", styles.dim))
        if self.losses is not None:
            parts.append((f"   losses of run {self.losses.run}", styles.dim))
        if self.words:
            parts.append((f"   {count(self.row_count)} shown", styles.dim))
            parts += [("   esc", styles.accent), (" shows all", styles.dim)]
        else:
            parts.append((f"   {plural(len(self.rows), 'item')}", styles.dim))
        return parts

    def empty(self, width: int) -> list[list[Part]]:
        """Why nothing is shown."""
        if self.dataset_trouble is not None:
            return self.said(clean_lines(self.dataset_trouble), width)
        if self.is_reading:
            return self.said("reading the dataset" + GLYPHS.ellipsis, width)
        if self.rows:
            return self.said("Nothing matches. `esc` shows every item again.", width)
        key = key_for(self, "read_again")
        return self.said(
            f"The dataset is empty: put images with .txt captions into its folder, then press `{key}`.", width
        )

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """One item."""
        row = self.row_at(index)
        return row_parts(
            row, self.text_styles, width=width, name_width=self.name_width, is_marked=row in self.marks,
            under_cursor=under_cursor, encoding=self.encoding,
            loss=self.losses.of(row.item) if self.losses else None,
        )  # fmt: skip

    # What is typed in the head

    def action_filter(self) -> None:
        """Type a filter."""
        self._begin(FilterEntry(self.words, self._before))

    def action_sort(self) -> None:
        """Choose an order."""
        self._begin(SortEntry(ORDERS))

    def action_jump(self) -> None:
        """Type the start of a name to jump to."""
        self._begin(NameEntry())

    def _begin(self, entry: Entry) -> None:
        self._entry = entry
        self.refresh_head()

    def show_filter(self, words: str) -> None:
        """Show what a filter asks for, as if it had been typed."""
        self._entry = None
        self.select(self.selection.filtered_by(words))
        self._remember(words)
        self.refresh_head()

    def action_clear_filter(self) -> None:
        """Show every item again."""
        self._entry = None
        if self.words:
            self.select(self.selection.filtered_by(""))
        self.refresh_head()

    def show_filtered(self, words: str) -> None:
        """Show what a filter asks for, which can be called back later."""
        self._entry = None
        self._remember(words)
        self.select(self.selection.filtered_by(words))
        self.refresh_head()

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
            case SortEntry():
                self._heed_sort(entry)
        self.refresh_head()

    def _heed_filter(self, entry: FilterEntry, outcome: Outcome) -> None:
        match outcome:
            case Outcome.TAKEN:
                self._try(entry)
            case Outcome.ENDED if entry.error is not None:
                self.notify(f"{clean(entry.error.message)}.", severity="warning", markup=False)
            case Outcome.ENDED:
                self._entry = None
                self._remember(entry.text)
            case Outcome.CANCELLED:
                self.action_clear_filter()
            case Outcome.PASSED:
                pass
            case _:
                assert_never(outcome)

    def _try(self, entry: FilterEntry) -> None:
        """Show what the filter asks for; where it cannot be understood what was shown stays."""
        from wantui.listing.filters import FilterError  # noqa: PLC0415  the first screen shows everything

        try:
            selection = self.selection.filtered_by(entry.text)
        except FilterError as error:
            entry.error = error
            return
        entry.error = None
        if entry.text != self.words:
            self.select(selection)

    def filter_failed(self, error: FilterError) -> None:
        """The filter takes too long; what was shown stays."""
        if isinstance(self._entry, FilterEntry):
            self._entry.error = error
            self.refresh_head()
        else:
            super().filter_failed(error)

    def _heed_name(self, entry: NameEntry, outcome: Outcome) -> None:
        if outcome is Outcome.TAKEN:
            found = self.named(entry.text)
            entry.is_found = found is not None
            if found is not None:
                self.move_to(found)
        else:
            self._entry = None

    def _heed_sort(self, entry: SortEntry) -> None:
        from wantui.listing.order import SortKey  # noqa: PLC0415  the first screen is in the dataset's order

        self._entry = None
        if entry.chosen:
            self.select(self.selection.sorted_by(SortKey(entry.chosen)))

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
