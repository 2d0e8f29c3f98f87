"""What is there of each weight file, without asking anybody and without reading it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.models.parts import Part

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.models.catalogue import Weight
    from wantui.models.hub import Remote
    from wantui.models.ledger import Ledger


class Standing(StrEnum):
    """What lies at the place of a weight file."""

    MISSING = "missing"
    PART = "part"
    """Some of it has arrived."""
    UNCHECKED = "unchecked"
    """Its size is right, or the Hub has not said it; its content was never read."""
    THERE = "there"
    """Its content was read, and is what the Hub says."""
    OTHER = "other"
    """A file that is not the Hub's."""


@dataclass(frozen=True, slots=True)
class Place:
    """A weight file's place here."""

    weight: Weight
    target: Path
    standing: Standing
    here: int
    """Bytes of it that are here."""
    remote: Remote | None
    """What the Hub says; None where it was never asked."""

    @property
    def is_own(self) -> bool:
        """Whether the person has chosen another file: it has another name, and is none of the Hub's."""
        return self.standing is Standing.OTHER and self.target.name != self.weight.name

    @property
    def left(self) -> int | None:
        """Bytes that are still to come; None where nobody knows."""
        if self.standing in {Standing.THERE, Standing.UNCHECKED, Standing.OTHER}:
            return 0
        return None if self.remote is None else self.remote.size - self.here


def place(weight: Weight, target: Path, remote: Remote | None, ledger: Ledger) -> Place:
    """Look at the place of a weight file: its size, and what the ledger remembers of it."""
    if target.is_file():
        size, known = target.stat().st_size, ledger.digest(target)
        if remote is None or (known is None and size == remote.size):
            standing = Standing.UNCHECKED
        else:
            standing = Standing.THERE if known == remote.sha256 else Standing.OTHER
        return Place(weight, target, standing, size, remote)
    length = 0 if remote is None else Part(target).length(remote)
    return Place(weight, target, Standing.PART if length else Standing.MISSING, length, remote)
