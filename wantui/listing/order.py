"""The orders in which items can be listed."""

from __future__ import annotations

import math
import os
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.listing.rows import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from wantui.listing.losses import ItemLosses
    from wantui.listing.rows import ItemRow

_DIGITS = re.compile(r"([0-9]{1,1000})")
"""Of longer rows of digits Python makes no numbers."""


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
    LOSS = "loss"
    """The highest loss first; items without one at the end."""


_RANKS = {status: rank for rank, status in enumerate(ItemStatus)}


def natural(name: str) -> list[str | int]:
    """A key that sorts numbers within names by their value: text at even places, a number at odd ones."""
    pieces: list[str | int] = [*_DIGITS.split(name.lower())]
    pieces[1::2] = map(int, pieces[1::2])
    return pieces


_KEYS: dict[SortKey, Callable[[ItemRow], Any]] = {
    SortKey.NAME: lambda row: natural(row.item.key.rpartition(os.sep)[2]),
    SortKey.STATUS: lambda row: _RANKS[row.status],
    SortKey.LENGTH: lambda row: len(row.item.caption or ""),
    SortKey.SIZE: lambda row: (row.item.width or 0) * (row.item.height or 0),
    SortKey.TIME: lambda row: row.item.media_mtime_ns,
}


def ordered(
    rows: Sequence[ItemRow],
    indexes: Sequence[int],
    key: SortKey,
    *,
    is_reversed: bool = False,
    losses: ItemLosses | None = None,
) -> list[int]:
    """`indexes` in another order; those that are equal keep the dataset's.

    Args:
        rows: of the dataset, in its order.
        indexes: of the rows that are listed, ascending.
        key: by what.
        is_reversed: the other way round.
        losses: of the items, for `SortKey.LOSS`.
    """
    if key is SortKey.DATASET:
        return list(reversed(indexes)) if is_reversed else list(indexes)
    if key is SortKey.LOSS:
        return _by_loss(rows, indexes, losses, is_reversed=is_reversed)
    by = _KEYS[key]
    return sorted(indexes, key=lambda index: by(rows[index]), reverse=is_reversed)


def _by_loss(
    rows: Sequence[ItemRow], indexes: Sequence[int], losses: ItemLosses | None, *, is_reversed: bool
) -> list[int]:
    """The highest first, or the lowest; whose loss is not known, or no number, comes last both ways."""
    known: dict[int, float] = {}
    for index in indexes:
        found = losses.of(rows[index].item) if losses else None
        if found is not None and math.isfinite(found.loss):
            known[index] = found.loss
    return [*sorted(known, key=known.__getitem__, reverse=not is_reversed), *(i for i in indexes if i not in known)]
