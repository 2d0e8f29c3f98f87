"""The rows as they are known by now: whole looks at the dataset, and glances that may be newer than the last look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.workbench.rows import ItemRow, ItemStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class RowBook:
    """Puts looks and glances together in the order in which they began; moments are those of `time.monotonic`."""

    def __init__(self) -> None:
        self.rows: tuple[ItemRow, ...] = ()
        self._glanced: dict[Path, tuple[float, ItemRow]] = {}
        self._places: dict[Path, int] = {}

    def looked(self, rows: tuple[ItemRow, ...], begun: float) -> tuple[ItemRow, ...]:
        """Take the rows of a whole look; what was seen at a glance after it had begun is newer and stays."""
        newer = {path: known for path, known in self._glanced.items() if known[0] >= begun}
        self._places = {row.item.media: at for at, row in enumerate(rows)}
        self.rows, self._glanced = rows, newer
        return self._put([row for _, row in newer.values()])

    def glanced(self, rows: Sequence[ItemRow], begun: float) -> tuple[ItemRow, ...]:
        """Take a few rows; items that no look has found yet are left to the next one."""
        for row in rows:
            self._glanced[row.item.media] = (begun, row)
        return self._put(rows)

    def _put(self, rows: Sequence[ItemRow]) -> tuple[ItemRow, ...]:
        known = list(self.rows)
        for row in rows:
            at = self._places.get(row.item.media)
            if at is not None:
                known[at] = _with_trouble(row, known[at])
        self.rows = tuple(known)
        return self.rows


def _with_trouble(row: ItemRow, known: ItemRow) -> ItemRow:
    """A glance does not lint: what was wrong with an item that could be read stays wrong until the next look."""
    if row.trouble is None and known.trouble is not None and known.item.problem is None and known.item.caption:
        return ItemRow(row.item, ItemStatus.PROBLEM, known.trouble, row.latents, row.text)
    return row
