"""How the checks tell what they find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.dataset.model import Problem, Severity

if TYPE_CHECKING:
    from pathlib import Path

NAMED = 3
"""Files that a message names before it counts the rest."""


def error(code: str, path: Path, message: str, fix: str, line: int | None = None) -> Problem:
    """What a run fails on, or what loses or spoils items or caches."""
    return Problem(Severity.ERROR, code, path, message, fix, line)


def warning(code: str, path: Path, message: str, fix: str, line: int | None = None) -> Problem:
    """What gives another result than was probably meant."""
    return Problem(Severity.WARNING, code, path, message, fix, line)


def names(found: list[str]) -> str:
    """Some names, and how many more there are."""
    more = len(found) - NAMED
    return ", ".join(found[:NAMED]) + (f" and {more} more" if more > 0 else "")
