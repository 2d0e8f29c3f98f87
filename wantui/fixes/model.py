"""What a fix is: what becomes of which files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wantui.dataset.model import Item, Problem
    from wantui.journal.changes import FileMove


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A file that gets another content, made of the one that it has when the fix is carried out."""

    path: Path
    rewritten: Callable[[bytes], bytes]
    """The new content of the old.

    Raises `JournalError`, `DatasetError` or `UnicodeDecodeError` where the file is not what the fix is for.
    """


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A small file that is there a second time."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Conversion:
    """Media that get a copy in another format; the original stays."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Fix:
    """One problem's fix."""

    problem: Problem
    says: str
    """What is done, exactly, as an imperative sentence without a final stop: ``rename a.Png to a.png``."""
    asks: bool = False
    """Whether a person has to agree: something goes to the trash, many files move, or it is a guess."""
    rewrites: tuple[Rewrite, ...] = ()
    copies: tuple[Duplicate, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    moves: tuple[FileMove, ...] = ()
    trashed: tuple[Path, ...] = ()
    """Files that go to the trash."""
    items: tuple[Item, ...] = ()
    """Items that go to the trash with all that is theirs."""
    picture_bytes: int = 0
    """Size of the picture that `rewrites` saves again; 0: it rewrites none."""
