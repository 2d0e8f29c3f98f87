"""The orders in which items can be listed."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.workbench.rows import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from wantui.workbench.rows import ItemRow

_DIGITS = re.compile(r"(\d+)")


class SortKey(StrEnum):
    """By what items are sorted."""

    DATASET = "dataset"
    """As the trainer takes them: by section, and by name within one."""
    NAME = "name"
    """As a person counts: 2 before 10."""
    STATUS = "status"
    """The worst first."""
    LENGTH = "length"
    """Of the caption, in characters."""
    SIZE = "size"
    """Of the picture, in pixels."""
    TIME = "time"
    """When the media was changed last."""


_RANKS = {status: rank for rank, status in enumerate(ItemStatus)}


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts numbers within names by their value."""
    return tuple(
        (0, int(piece), "") if piece.isdecimal() and piece.isascii() else (1, 0, piece)
        for piece in _DIGITS.split(name.lower())
        if piece
    )


_KEYS: dict[SortKey, Callable[[ItemRow], Any]] = {
    SortKey.NAME: lambda row: natural(row.item.media.name),
    SortKey.STATUS: lambda row: _RANKS[row.status],
    SortKey.LENGTH: lambda row: len(row.item.caption or ""),
    SortKey.SIZE: lambda row: (row.item.width or 0) * (row.item.height or 0),
    SortKey.TIME: lambda row: row.item.media_mtime_ns,
}


def ordered(rows: Sequence[ItemRow], indexes: Sequence[int], key: SortKey, *, is_reversed: bool = False) -> list[int]:
    """`indexes` in another order; those that are equal keep the dataset's.

    Args:
        rows: of the dataset, in its order.
        indexes: of the rows that are listed, ascending.
        key: by what.
        is_reversed: the other way round.
    """
    if key is SortKey.DATASET:
        return list(reversed(indexes)) if is_reversed else list(indexes)
    by = _KEYS[key]
    return sorted(indexes, key=lambda index: by(rows[index]), reverse=is_reversed)
