"""The values of the doctor's room: one finding a check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a check came out."""

    GOOD = "good"
    CAUTION = "caution"
    """Training works, but something will be slow, or missed later."""
    BAD = "bad"
    """Training fails, or loses what it did."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check has seen."""

    check: str
    """Stable and hyphenated: scripts match it."""
    mark: Mark
    seen: str
    """What was found, in a few words."""
    cure: str | None = None
    """The command or the key that fixes it, as an imperative sentence; None where nothing is to be done."""


def good(check: str, seen: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Mark.GOOD, seen)


def caution(check: str, seen: str, cure: str) -> Finding:
    """Something to know of."""
    return Finding(check, Mark.CAUTION, seen, cure)


def bad(check: str, seen: str, cure: str) -> Finding:
    """Something to fix before training."""
    return Finding(check, Mark.BAD, seen, cure)
