"""What of a dataset is listed, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.listing.filters import Filter, FilterError, parse
from wantui.listing.losses import NO_LOSSES
from wantui.listing.order import SortKey, ordered

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from wantui.listing.losses import ItemLosses
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
    def asks_for_losses(self) -> bool:
        """Whether the losses of checkpoints have to be read before the items can be told."""
        return self.filter.asks_for_losses or self.key is SortKey.LOSS

    @property
    def takes_long(self) -> bool:
        """Whether finding the items may take seconds: it counts tokens, matches an expression or reads losses."""
        return self.filter.asks_for_tokens or self.filter.has_expression or self.asks_for_losses

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
        losses: Callable[[], ItemLosses | None] | None = None,
    ) -> Sequence[int]:
        """Indexes of the rows that are listed, in their order.

        Args:
            rows: of the dataset.
            marked: the media files that are marked.
            tokens: counts a caption's tokens; where it is or says None words are counted.
            losses: reads what the checkpoints of a run have on each item; called where it is asked for.

        Raises:
            FilterError: it takes too long, or asks for losses and none are known.
        """
        if self.filter.test is None and not self.is_sorted:
            return range(len(rows))
        known = losses() if losses and self.asks_for_losses else None
        found = self.filter.indexes(rows, marked, tokens, lambda: known)
        if known is None and self.key is SortKey.LOSS:
            raise FilterError(NO_LOSSES, 0, 0)
        return ordered(rows, found, self.key, is_reversed=self.is_reversed, losses=known)
