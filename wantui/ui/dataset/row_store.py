"""The rows as they are known by now: whole looks at the dataset, and glances that may be newer than the last look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

from wantui.listing.rows import ItemRow, ItemStatus, counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The rows at one moment; compared by identity, since there may be very many."""

    rows: tuple[ItemRow, ...] = ()
    statuses: Mapping[ItemStatus, int] = field(default_factory=dict)
    """How many rows have each status."""


class RowStore:
    """Puts looks and glances together in the order in which they began; moments are those of `time.monotonic`.

    Threads write in it, so that what takes long with very many rows is done before the screen is told.
    """

    def __init__(self) -> None:
        self.known = Known()
        """What is known now."""
        self._lock = Lock()
        self._look_began = float("-inf")
        self._rescanned: dict[str, tuple[float, ItemRow]] = {}
        self._places: dict[str, int] | None = {}
        """By `Item.key`: where in the rows; None until a partial_rescan asks for it."""

    def found(self, rows: Sequence[ItemRow], *, is_first: bool) -> None:
        """Take more rows while the first look is under way; a later look has something to show till it ends.

        Args:
            rows: those that follow the ones found before.
            is_first: whether none were found before.
        """
        with self._lock:
            if self._look_began > float("-inf"):
                return
            before = Known() if is_first else self.known
            self.known = Known((*before.rows, *rows), Counter(before.statuses) + Counter(counts(rows)))

    def looked(self, rows: tuple[ItemRow, ...], begun: float) -> tuple[ItemRow, ...]:
        """Take the rows of a whole look; what was seen at a partial_rescan after it had begun is newer and stays."""
        counted = counts(rows)
        with self._lock:
            if begun >= self._look_began:
                self._look_began = begun
                self._rescanned = {key: seen for key, seen in self._rescanned.items() if seen[0] >= begun}
                self._places, self.known = None, Known(rows, counted)
                if self._rescanned:
                    self._put([row for _, row in self._rescanned.values()])
            return self.known.rows

    def rescanned(self, rows: Sequence[ItemRow], begun: float) -> tuple[ItemRow, ...]:
        """Take a few rows; items that no look has found yet are left to the next one."""
        with self._lock:
            for row in rows:
                self._rescanned[row.item.key] = (begun, row)
            self._put(rows)
            return self.known.rows

    def are_known(self, rows: Sequence[ItemRow]) -> bool:
        """Whether rows say nothing that is not known already."""
        with self._lock:
            places, known = self._by_key(), self.known.rows
            found = ((row, places.get(row.item.key)) for row in rows)
            return all(at is not None and _with_trouble(row, known[at]) == known[at] for row, at in found)

    def _by_key(self) -> dict[str, int]:
        if self._places is None:
            self._places = {row.item.key: at for at, row in enumerate(self.known.rows)}
        return self._places

    def _put(self, rows: Sequence[ItemRow]) -> None:
        places = self._by_key()
        known = list(self.known.rows)
        statuses = dict(self.known.statuses)
        for row in rows:
            at = places.get(row.item.key)
            if at is not None:
                statuses[known[at].status] -= 1
                known[at] = _with_trouble(row, known[at])
                statuses[known[at].status] += 1
        self.known = Known(tuple(known), statuses)


def _with_trouble(row: ItemRow, known: ItemRow) -> ItemRow:
    """A partial rescan does not lint: what was wrong with a readable item stays wrong until the next look."""
    if row.trouble is None and known.trouble is not None and known.item.problem is None and known.item.caption:
        return replace(row, status=known.status, trouble=known.trouble, codes=known.codes, is_error=known.is_error)
    return row
