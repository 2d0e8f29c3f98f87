"""Marks on items: what a change of many captions is done to. They go by the media's path and outlive every look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wantui.listing.rows import ItemRow


class Marks:
    """The items that are marked, and the one that was marked last."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        """`Item.key` of each."""
        self._last = ""

    @property
    def media(self) -> frozenset[Path]:
        """The media files of the marked items."""
        return frozenset(map(Path, self._keys))

    def __contains__(self, row: ItemRow) -> bool:
        return row.item.key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def toggle(self, row: ItemRow) -> None:
        """Mark the item, or take its mark away."""
        self._last = row.item.key
        self._keys ^= {self._last}

    def mark_range(self, shown: Sequence[ItemRow], cursor: int) -> None:
        """Mark everything from the item that was marked last to the cursor; the item there alone if none is in sight.

        Args:
            shown: the items in the order in which they are seen.
            cursor: index among them.
        """
        begin = next((at for at, row in enumerate(shown) if row.item.key == self._last), cursor)
        first, last = sorted((begin, cursor))
        self._keys.update(row.item.key for row in shown[first : last + 1])
        self._last = shown[cursor].item.key

    def all_or_none(self, shown: Iterable[ItemRow]) -> None:
        """Mark all of these items; where all of them are marked already, none."""
        keys = {row.item.key for row in shown}
        if keys <= self._keys:
            self._keys -= keys
        else:
            self._keys |= keys

    def invert(self, shown: Iterable[ItemRow]) -> None:
        """Mark those of these items that are not marked, and take the mark from the others."""
        self._keys ^= {row.item.key for row in shown}

    def keep(self, rows: Iterable[ItemRow]) -> None:
        """Forget the marks of all items but these: of those that are gone."""
        self._keys &= {row.item.key for row in rows}

    def among(self, rows: Iterable[ItemRow]) -> tuple[ItemRow, ...]:
        """The marked ones of these items, in their order."""
        keys = self._keys
        return tuple(row for row in rows if row.item.key in keys)
