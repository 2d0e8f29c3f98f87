"""What of a dataset is listed, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.listing.filters import Filter, parse
from wantui.listing.order import SortKey, ordered

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from wantui.listing.rows import ItemRow


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter and an order."""

    filter: Filter = field(default_factory=lambda: parse(""))
    key: SortKey = SortKey.DATASET
    is_reversed: bool = False

    @property
    def is_sorted(self) -> bool:
        """Whether the order is another than the dataset's."""
        return self.key is not SortKey.DATASET or self.is_reversed

    @property
    def asks_for_status(self) -> bool:
        """Whether caches and problems have to be looked at before the items can be told."""
        return self.filter.asks_for_status or self.key is SortKey.STATUS

    @property
    def takes_long(self) -> bool:
        """Whether finding the items may take seconds: a process counts tokens, or an expression is matched."""
        return self.filter.asks_for_tokens or self.filter.has_expression

    def sorted_by(self, key: SortKey) -> Selection:
        """The same items by `key`; by the same key again the other way round."""
        is_again = key is self.key
        return Selection(self.filter, key, is_reversed=is_again and not self.is_reversed)

    def filtered_by(self, text: str) -> Selection:
        """Other items in the same order.

        Raises:
            FilterError: the text cannot be understood.
        """
        return Selection(parse(text), self.key, self.is_reversed)

    def indexes(
        self,
        rows: Sequence[ItemRow],
        marked: Collection[Path] = (),
        tokens: Callable[[str], int | None] | None = None,
    ) -> Sequence[int]:
        """Indexes of the rows that are listed, in their order.

        Args:
            rows: of the dataset.
            marked: the media files that are marked.
            tokens: counts a caption's tokens; where it is or says None words are counted.

        Raises:
            FilterError: it takes too long.
        """
        if self.filter.test is None and not self.is_sorted:
            return range(len(rows))
        found = self.filter.indexes(rows, marked, tokens)
        return ordered(rows, found, self.key, is_reversed=self.is_reversed)
