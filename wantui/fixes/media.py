"""Fixes of media in formats that the trainer does not read: a copy in one that it reads is made beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.dataset.unread import suffix_of, target_of
from wantui.fixes.model import Conversion, Fix

if TYPE_CHECKING:
    from wantui.dataset.model import Problem, Subset
    from wantui.fixes.context import FixContext


def fix_for(problem: Problem, context: FixContext) -> Fix | None:
    """The fix of a problem with a format; None where there is none."""
    if problem.code not in ("unread-format", "plugin-suffix"):
        return None
    path, subset = problem.path, _subset_of(problem, context)
    target = None if subset is None else target_of(path, is_video=subset.is_video)
    if target is None or target.exists():
        return None
    conversions = (Conversion(path, target),)
    if problem.code == "plugin-suffix":  # beside a copy it would be the second of one name, for newer trainers
        says = f"convert {path.name} to {target.name}, and move {path.name} to the trash"
        return Fix(problem, says, asks=True, conversions=conversions, trashed=(path,))
    what = "its first picture as " if suffix_of(path.name) == "gif" and target.suffix != ".mp4" else ""
    says = f"convert {path.name}: {what}{target.name}, beside it"
    return Fix(problem, says, asks=True, conversions=conversions)


def _subset_of(problem: Problem, context: FixContext) -> Subset | None:
    subsets = () if context.dataset is None else context.dataset.config.subsets
    return next((each for each in subsets if each.media_directory == problem.path.parent), None)
