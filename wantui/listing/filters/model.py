"""What a filter asks of an item, and what it knows besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.listing.rows import ItemRow

if TYPE_CHECKING:
    from wantui.listing.losses import ItemLosses


@dataclass(frozen=True, slots=True)
class Context:
    """What a filter has to know besides the items."""

    marked: frozenset[str] = frozenset()
    """`Item.key` of the items that are marked."""
    tokens: Callable[[str], int | None] | None = None
    """Counts a caption's tokens as the text encoder does; where it is or says None words are counted."""
    losses: ItemLosses | None = None
    """What the checkpoints of a run have on each item; None: none was asked, or the filter does not want to know."""


Test = Callable[[ItemRow, Context], bool]
"""Whether an item is asked for."""
