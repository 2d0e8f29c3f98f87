"""File names completed as a shell does it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import reading

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Completion:
    """What can be added to what has been typed."""

    text: str
    """What was typed, with everything that all candidates share."""
    candidates: tuple[str, ...] = ()
    """The names that it can become, folders with a slash; empty where there is none."""


def complete(typed: str, base: Path, *, folders_only: bool = False) -> Completion:
    """Complete the last name of a path.

    Args:
        typed: the path as far as it is typed; ``~`` is the home folder.
        base: what a relative path starts at.
        folders_only: whether files are passed over.
    """
    head, _, start = typed.rpartition("/")
    folder = os.path.join(base, os.path.expanduser(f"{head}/" if head or typed.startswith("/") else ""))  # noqa: PTH111, PTH118  text
    try:
        with os.scandir(folder) as entries:
            found = [
                (entry.name, reading.is_folder(entry.path))
                for entry in entries
                if entry.name.startswith(start) and (start.startswith(".") or not entry.name.startswith("."))
            ]
    except OSError:
        return Completion(typed)
    names = sorted(f"{name}/" if is_folder else name for name, is_folder in found if is_folder or not folders_only)
    if not names:
        return Completion(typed)
    shared = os.path.commonprefix(names)  # noqa: RUF071  of names, character by character
    return Completion(typed[: len(typed) - len(start)] + shared, tuple(names))
