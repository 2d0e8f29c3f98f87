"""Texts that somebody typed and did not save in the end: kept in ``.wantui/drafts``, for nothing typed is lost."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from wantui import atomic
from wantui.journal.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Item
    from wantui.paths import Workspace

LONGEST_STEM = 150
"""Bytes of an item's name that a draft's name begins with; a file system takes 255 for all of it."""


def keep(workspace: Workspace, item: Item, text: str) -> Path:
    """Write a draft and return where it is.

    Raises:
        JournalError: it cannot be written.
    """
    folder = workspace.state / "drafts"
    stem = f"{os.fsdecode(os.fsencode(item.name)[:LONGEST_STEM])}-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        workspace.create_state()
        folder.mkdir(exist_ok=True)
        return _write_new(folder, stem, text + "\n")
    except OSError as error:
        raise JournalError(f"{folder / stem}: the draft cannot be kept: {error.strerror}") from error


def _write_new(folder: Path, stem: str, text: str) -> Path:
    """Write a file of its own, numbered where there is one of that second already."""
    written = folder / f".{stem}.{os.getpid()}"
    atomic.write_text(written, text)
    number = 1
    while True:
        path = folder / (f"{stem}.txt" if number == 1 else f"{stem}-{number}.txt")
        with suppress(FileExistsError):
            atomic.rename_new(written, path)
            return path
        number += 1
