"""Changes of files, as they are asked for and as the journal keeps them.

What is asked for is whole: a file's bytes before and after. What is kept of a large file is the stretch that differs,
with digests of the whole; each side can be made of the other, so a caption in a jsonl file of 50,000 lines costs the
journal no more than the caption.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.jsonl import LARGEST_LIST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LARGEST_EDITED = LARGEST_LIST
"""Bytes of a file that is edited through the journal: a jsonl file is the largest."""
WHOLE_BYTES = 1 << 16
"""Up to this size both sides of a file are kept whole, so that a person can read the journal."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file gets other bytes, is made, or is removed."""

    path: Path
    before: bytes | None
    """What it holds; None: there is no such file."""
    after: bytes | None
    """What it is to hold; None: it is to go."""


@dataclass(frozen=True, slots=True)
class FileMove:
    """A file goes to another place where there is none of that name."""

    source: Path
    target: Path


Change = FileChange | FileMove


@dataclass(frozen=True, slots=True)
class Edit:
    """A `FileChange` as it is kept: `removed` gives way to `inserted`."""

    path: Path
    before: str | None
    """Digest of the whole file before; None: there was none."""
    after: str | None
    """Digest of the whole file after; None: there is none."""
    offset: int
    """Where in the file the stretch begins, in bytes."""
    removed: bytes
    inserted: bytes

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that it touches."""
        return (self.path,)

    @property
    def inverse(self) -> Edit:
        """What takes it back."""
        return Edit(self.path, self.after, self.before, self.offset, self.inserted, self.removed)

    def applied(self, content: bytes | None) -> bytes | None:
        """The file after, made of the file before."""
        if self.after is None:
            return None
        old = content or b""
        return old[: self.offset] + self.inserted + old[self.offset + len(self.removed) :]


@dataclass(frozen=True, slots=True)
class Moved:
    """A `FileMove` as it is kept, with what its file is known again by."""

    source: Path
    target: Path
    size: int
    """In bytes."""
    mtime_ns: int
    """Modification time in nanoseconds since 1970; moving keeps it."""
    content: str | None
    """Digest of a file of up to `WHOLE_BYTES`, which is enough to know it by."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that it touches."""
        return (self.source, self.target)

    @property
    def inverse(self) -> Moved:
        """What takes it back."""
        return Moved(self.target, self.source, self.size, self.mtime_ns, self.content)

    def is_at(self, path: Path) -> bool:
        """Whether the file at `path` is the one that was moved, and as it was."""
        try:
            known = os.lstat(path)
            if known.st_size != self.size:
                return False
            return known.st_mtime_ns == self.mtime_ns or (
                self.content is not None and digest(reading.read_bytes(path, WHOLE_BYTES)) == self.content
            )
        except (FileNotFoundError, NotADirectoryError):
            return False


Kept = Edit | Moved


@dataclass(frozen=True, slots=True)
class Step:
    """Changes that were made at once, and are taken back at once."""

    number: int
    """From 1, in the order they were made."""
    what: str
    """What was done, for a person: ``add 'ohwx' to 12 captions``."""
    when: float
    """Seconds since 1970."""
    changes: Sequence[Kept]
    """Read from the disk when they are looked at; their number is known without."""
    is_undone: bool


def digest(content: bytes | None) -> str | None:
    """What a file's content is known again by; None where there is no file."""
    return None if content is None else hashlib.blake2b(content, digest_size=16).hexdigest()


def kept_edit(change: FileChange) -> Edit:
    """A change as the journal keeps it."""
    before, after = change.before or b"", change.after or b""
    start = end = 0
    if max(len(before), len(after)) > WHOLE_BYTES:
        shorter = min(len(before), len(after))
        start = _longest(shorter, lambda length: before[:length] == after[:length])
        end = _longest(shorter - start, lambda length: before[-length:] == after[-length:])
    return Edit(
        path=change.path,
        before=digest(change.before),
        after=digest(change.after),
        offset=start,
        removed=before[start : len(before) - end],
        inserted=after[start : len(after) - end],
    )


def kept_move(move: FileMove) -> Moved:
    """A move as the journal keeps it.

    Raises:
        OSError: there is no file to move.
    """
    known = os.lstat(move.source)
    small = known.st_size <= WHOLE_BYTES
    is_file = stat.S_ISREG(known.st_mode)
    content = digest(reading.read_bytes(move.source, WHOLE_BYTES)) if small and is_file else None
    return Moved(move.source, move.target, known.st_size, known.st_mtime_ns, content)


def _longest(most: int, is_same: Callable[[int], bool]) -> int:
    """The greatest length up to `most` for which `is_same`, which holds up to some length and not beyond it."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if is_same(middle):
            low = middle
        else:
            high = middle - 1
    return low
