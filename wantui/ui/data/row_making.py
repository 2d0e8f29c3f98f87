"""From a dataset, its problems and its caches to one row an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.caches.model import CacheState
from wantui.dataset.model import Severity
from wantui.ui.data.rows import ItemRow, ItemStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.caches.model import CacheVerdict
    from wantui.dataset.model import Item, Problem
    from wantui.ui.data.backend import DatasetView

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
