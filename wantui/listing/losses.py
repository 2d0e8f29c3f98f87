"""What a LoRA has made of each item, as far as its checkpoints were asked: for filters, orders and rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wantui.dataset.model import Item

NO_LOSSES = "no losses of items are known: `wantui probe RUN --items status:any` asks the checkpoints of a run"


class Learning(StrEnum):
    """How an item has been learned, where that can be told from chance."""

    NOT_LEARNED = "not-learned"
    BY_HEART = "by-heart"


@dataclass(frozen=True, slots=True)
class LearnedItem:
    """What the checkpoints of a run were found to have on one item."""

    loss: float
    """At the epoch with the lowest held-out loss, else at the last one; the mean of the experts that were asked."""
    learning: Learning | None = None
    """None: nothing is to be told."""


@dataclass(frozen=True, slots=True)
class ItemLosses:
    """Of the run whose checkpoints were asked last."""

    run: int
    items: Mapping[str, LearnedItem]
    """By `key_of`."""

    def of(self, item: Item) -> LearnedItem | None:
        """Of one item; None: it was not asked about."""
        return self.items.get(key_of(item))


def key_of(item: Item) -> str:
    """Section and name, ``0/anna_001``: what tells an item from others, also where its dataset has moved."""
    return f"{item.subset}/{item.name}"
