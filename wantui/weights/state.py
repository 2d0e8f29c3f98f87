"""What is there of each weight file, without asking anybody and without reading it."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.weights.parts import FilePart

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.weights.catalogue import Weight
    from wantui.weights.hash_cache import HashCache
    from wantui.weights.remote import Remote


class WeightStatus(StrEnum):
    """What lies at the place of a weight file."""

    MISSING = "missing"
    PART = "part"
    """Some of it has arrived."""
    UNCHECKED = "unchecked"
    """Its size is right, or the Hub has not said it; its content was never read."""
    THERE = "there"
    """Its content was read, and is what the Hub says, or has said before."""
    OTHER = "other"
    """A file that is not the Hub's."""


@dataclass(frozen=True, slots=True)
class WeightPlace:
    """A weight file's place here."""

    weight: Weight
    target: Path
    standing: WeightStatus
    here: int
    """Bytes of it that are here."""
    remote: Remote | None
    """What the Hub says; None where it was never asked."""
    source: str | None = None
    """The file of somebody else's that it is linked to; None: it is nobody else's."""

    @property
    def is_own(self) -> bool:
        """Whether the person has chosen another file: it has another name, and is none of the Hub's."""
        return self.standing is WeightStatus.OTHER and self.target.name != self.weight.name

    @property
    def left(self) -> int | None:
        """Bytes that are still to come; None where nobody knows."""
        if self.standing in {WeightStatus.THERE, WeightStatus.UNCHECKED, WeightStatus.OTHER}:
            return 0
        return None if self.remote is None else self.remote.size - self.here


def place(weight: Weight, target: Path, remote: Remote | None, hash_cache: HashCache) -> WeightPlace:
    """Look at the place of a weight file: its size, and what the hash_cache remembers of it."""
    size = size_of(target)
    if size is None:
        length = 0 if remote is None else FilePart(target).length(remote)
        return WeightPlace(weight, target, WeightStatus.PART if length else WeightStatus.MISSING, length, remote)
    known = hash_cache.digest(target)
    if remote is None or (known is None and size == remote.size):
        standing = WeightStatus.UNCHECKED
    elif known == remote.sha256 or known in hash_cache.earlier(weight):
        standing = WeightStatus.THERE
    else:
        standing = WeightStatus.OTHER
    return WeightPlace(weight, target, standing, size, remote, hash_cache.source(target))


def size_of(path: Path) -> int | None:
    """The size of a file in bytes; None where there is none, or none that can be looked at."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size if stat.S_ISREG(state.st_mode) else None
