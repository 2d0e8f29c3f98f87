"""The rows of the dataset list: one status an item, and which of them a filter shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.caches.model import CacheState
from wantui.dataset.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.caches.model import CacheVerdict
    from wantui.dataset.model import Item, Problem
    from wantui.ui.data.backend import DatasetView


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

    @property
    def name(self) -> str:
        """What a person calls it: videos keep their suffix, so that they can be told from images."""
        return self.item.media.name if self.item.is_video else self.item.name


_BAD = {CacheState.STALE: 1, CacheState.CORRUPT: 2, CacheState.MISSING: 3}


def rows_of(view: DatasetView) -> tuple[ItemRow, ...]:
    """A row for each item, in the dataset's order."""
    verdicts = {verdict.path: verdict for verdict in view.report.verdicts} if view.report else {}
    troubles: dict[Path, Problem] = {}
    for problem in view.problems:
        known = troubles.get(problem.path)
        if known is None or (known.severity is Severity.WARNING and problem.severity is Severity.ERROR):
            troubles[problem.path] = problem
    return tuple(_row(item, verdicts, troubles) for item in view.items)


def _row(item: Item, verdicts: dict[Path, CacheVerdict], troubles: dict[Path, Problem]) -> ItemRow:
    latents = _worst([verdicts[path] for path in item.latent_caches if path in verdicts])
    text = verdicts.get(item.text_cache)
    trouble = _trouble(item, troubles)
    if trouble is not None:
        return ItemRow(item, ItemStatus.PROBLEM, trouble, latents, text)
    worst = _worst([verdict for verdict in (latents, text) if verdict is not None])
    if worst is None:
        return ItemRow(item, ItemStatus.UNKNOWN)
    if worst.state is CacheState.MISSING:
        return ItemRow(item, ItemStatus.MISSING, None, latents, text)
    if worst.state in _BAD:
        return ItemRow(item, ItemStatus.STALE, None, latents, text)
    return ItemRow(item, ItemStatus.CURRENT, None, latents, text)


def _worst(verdicts: Sequence[CacheVerdict]) -> CacheVerdict | None:
    return max(verdicts, key=lambda verdict: _BAD.get(verdict.state, 0), default=None)


def _trouble(item: Item, troubles: dict[Path, Problem]) -> str | None:
    if item.caption is None and item.problem is None:
        return "no caption"
    if item.problem is not None:
        return item.problem
    problem = troubles.get(item.media)
    if problem is None and item.caption_file is not None:
        problem = troubles.get(item.caption_file)
    return problem.message if problem is not None else None


def counts(rows: Sequence[ItemRow]) -> dict[ItemStatus, int]:
    """How many rows have each status."""
    counted = dict.fromkeys(ItemStatus, 0)
    for row in rows:
        counted[row.status] += 1
    return counted


def matching(rows: Sequence[ItemRow], words: str) -> list[int]:
    """Indexes of the rows in which every word of `words` occurs.

    A word is looked for in name and caption, whatever its case; ``status:stale`` asks for a status by the start of
    its name.
    """
    wanted = words.lower().split()
    statuses = [word.removeprefix("status:") for word in wanted if word.startswith("status:")]
    statuses = [status for status in statuses if status not in {"", "any"}]
    plain = [word for word in wanted if not word.startswith("status:")]
    if not statuses and not plain:
        return list(range(len(rows)))
    found = []
    for index, row in enumerate(rows):
        if not all(row.status.startswith(status) for status in statuses):
            continue
        if plain:
            text = f"{row.name}\n{row.item.caption or ''}".lower()
            if not all(word in text for word in plain):
                continue
        found.append(index)
    return found
