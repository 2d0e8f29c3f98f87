"""Which fix a problem has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.fixes import captions, files, media, names, pictures, settings
from wantui.fixes.context import FixContext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.dataset.model import Dataset, Problem
    from wantui.fixes.model import Mend


def mend_for(problem: Problem, dataset: Dataset | None) -> Mend | None:
    """What one key can do about a problem; None: it needs a person.

    Files are looked at, and nothing is written.
    """
    return _mend(problem, FixContext(dataset))


def mends_for(problems: Iterable[Problem], dataset: Dataset | None) -> dict[Problem, Mend]:
    """The mends of those problems that have one; what several of them need is found once."""
    context = FixContext(dataset)
    found = ((problem, _mend(problem, context)) for problem in problems)
    return {problem: mend for problem, mend in found if mend is not None}


def _mend(problem: Problem, context: FixContext) -> Mend | None:
    mend = settings.mend_for(problem, context.dataset)
    if mend is not None or context.dataset is None:
        return mend
    return (
        captions.mend_for(problem, context)
        or media.mend_for(problem, context)
        or names.mend_for(problem, context)
        or pictures.mend_for(problem)
        or files.mend_for(problem, context)
    )
