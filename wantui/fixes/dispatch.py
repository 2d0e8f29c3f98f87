"""Which fix a problem has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.fixes import captions, files, media, names, pictures, settings
from wantui.fixes.context import FixContext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.dataset.model import Dataset, Problem
    from wantui.fixes.model import Fix


def fix_for(problem: Problem, dataset: Dataset | None) -> Fix | None:
    """What one key can do about a problem; None: it needs a person.

    Files are looked at, and nothing is written.
    """
    return _fix(problem, FixContext(dataset))


def fixes_for(problems: Iterable[Problem], dataset: Dataset | None) -> dict[Problem, Fix]:
    """The fixes of those problems that have one; what several of them need is found once."""
    context = FixContext(dataset)
    found = ((problem, _fix(problem, context)) for problem in problems)
    return {problem: fix for problem, fix in found if fix is not None}


def _fix(problem: Problem, context: FixContext) -> Fix | None:
    fix = settings.fix_for(problem, context.dataset)
    if fix is not None or context.dataset is None:
        return fix
    return (
        captions.fix_for(problem, context)
        or media.fix_for(problem, context)
        or names.fix_for(problem, context)
        or pictures.fix_for(problem)
        or files.fix_for(problem, context)
    )
