"""Marks on items: what a change of many captions is done to. They go by the media's path and outlive every look."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wantui.workbench.rows import ItemRow


class Marks:
    """The items that are marked, and the one that was marked last."""

    def __init__(self) -> None:
        self._media: set[Path] = set()
        self._last: Path | None = None

    @property
    def media(self) -> frozenset[Path]:
        """The media files of the marked items, whether or not a look has found them again."""
        return frozenset(self._media)

    def __contains__(self, row: ItemRow) -> bool:
        return bool(self._media) and row.item.media in self._media

    def __bool__(self) -> bool:
        return bool(self._media)

    def toggle(self, row: ItemRow) -> None:
        """Mark the item, or take its mark away."""
        self._media ^= {row.item.media}
        self._last = row.item.media

    def mark_range(self, shown: Sequence[ItemRow], cursor: int) -> None:
        """Mark everything from the item that was marked last to the cursor; the item there alone if none is in sight.

        Args:
            shown: the items in the order in which they are seen.
            cursor: index among them.
        """
        begin = next((at for at, row in enumerate(shown) if row.item.media == self._last), cursor)
        first, last = sorted((begin, cursor))
        self._media.update(row.item.media for row in shown[first : last + 1])
        self._last = shown[cursor].item.media

    def all_or_none(self, shown: Iterable[ItemRow]) -> None:
        """Mark all of these items; where all of them are marked already, none."""
        media = {row.item.media for row in shown}
        if media <= self._media:
            self._media -= media
        else:
            self._media |= media

    def invert(self, shown: Iterable[ItemRow]) -> None:
        """Mark those of these items that are not marked, and take the mark from the others."""
        self._media ^= {row.item.media for row in shown}

    def among(self, rows: Iterable[ItemRow]) -> tuple[ItemRow, ...]:
        """The marked ones of these items, in their order."""
        return tuple(row for row in rows if row in self)
