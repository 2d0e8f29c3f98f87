"""From a dataset, its problems and its caches to one row an item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.caches.model import CacheState
from wantui.dataset.lean_paths import as_text
from wantui.dataset.model import Severity
from wantui.listing.rows import ItemRow, ItemStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from wantui.caches.model import CacheReport, CacheVerdict
    from wantui.dataset.model import Item, Problem

_BAD = {CacheState.STALE: 1, CacheState.CORRUPT: 2, CacheState.MISSING: 3}


def rows_of(
    items: Iterable[Item],
    problems: Iterable[Problem] = (),
    report: CacheReport | None = None,
    held_out: Collection[str] = (),
) -> tuple[ItemRow, ...]:
    """A row for each item, in the dataset's order.

    Args:
        items: of a scan.
        problems: of a lint; those of other files than the items' are passed over.
        report: how the caches stand; None where they have not been looked at.
        held_out: `Item.key` of the items that are held out.
    """
    verdicts = {verdict.key: verdict for verdict in report.verdicts} if report else {}
    troubles: dict[str, list[Problem]] = {}
    for problem in problems:
        troubles.setdefault(str(problem.path), []).append(problem)
    rows = (_row(item, verdicts, _problems_of(item, troubles)) for item in items)
    return tuple(replace(row, is_held_out=True) if row.item.key in held_out else row for row in rows)


def _problems_of(item: Item, troubles: dict[str, list[Problem]]) -> Sequence[Problem]:
    """What is wrong with the item's media and caption, the worst first."""
    if not troubles:
        return ()
    found = troubles.get(item.key, []) + troubles.get(as_text(item, "caption_file"), [])
    return sorted(found, key=lambda problem: problem.severity is Severity.WARNING) if len(found) > 1 else found


def _row(item: Item, verdicts: dict[str, CacheVerdict], problems: Sequence[Problem]) -> ItemRow:
    latents = _worst([verdicts[path] for path in as_text(item, "latent_caches") if path in verdicts])
    text = verdicts.get(as_text(item, "text_cache"))
    trouble = _trouble(item, problems)
    if trouble is not None:
        is_error = not problems or problems[0].severity is not Severity.WARNING
        return ItemRow(item, ItemStatus.PROBLEM, trouble, latents, text, _codes(item, problems), is_error=is_error)
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


def _trouble(item: Item, problems: Sequence[Problem]) -> str | None:
    if item.caption is None and item.problem is None:
        return "no caption"
    if item.problem is not None:
        return item.problem
    return problems[0].message if problems else None


def _codes(item: Item, problems: Sequence[Problem]) -> tuple[str, ...]:
    own = () if item.problem_code is None else (item.problem_code,)
    return tuple(dict.fromkeys((*own, *(problem.code for problem in problems))))
