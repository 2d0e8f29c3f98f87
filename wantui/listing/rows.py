"""The rows of the dataset list: one status an item."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.caches.model import CacheVerdict
    from wantui.dataset.model import Item


class ItemStatus(StrEnum):
    """How an item stands, worst first; the words are those that ``status:`` filters by."""

    PROBLEM = "problem"
    MISSING = "missing"
    STALE = "stale"
    CURRENT = "current"
    UNKNOWN = "unknown"
    """Its caches have not been looked at."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item as the list shows it."""

    item: Item
    status: ItemStatus
    trouble: str | None = None
    """What is wrong with it, in a few words; None where nothing is."""
    latents: CacheVerdict | None = None
    """The worst of its latent caches."""
    text: CacheVerdict | None = None
    codes: tuple[str, ...] = ()
    """`Problem.code` of everything that is wrong with it, the worst first."""
    is_held_out: bool = False
    """Whether it is encoded and never trained on."""
    is_error: bool = False
    """Whether no run can start before its trouble is gone; otherwise it is a warning."""

    @property
    def name(self) -> str:
        """What a person calls it: videos keep their suffix, so that they can be told from images."""
        return self.item.media.name if self.item.is_video else self.item.name


def counts(rows: Sequence[ItemRow]) -> dict[ItemStatus, int]:
    """How many rows have each status."""
    counted = dict.fromkeys(ItemStatus, 0)
    for row in rows:
        counted[row.status] += 1
    return counted
