"""Texts that somebody typed and did not save in the end: kept in ``.wantui/drafts``, for nothing typed is lost."""

from __future__ import annotations

import os
import time
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
    stem = os.fsdecode(os.fsencode(item.name)[:LONGEST_STEM])
    path = folder / f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1000:03}.txt"
    try:
        workspace.create_state()
        folder.mkdir(exist_ok=True)
        atomic.write_text(path, text + "\n")
    except OSError as error:
        raise JournalError(f"{path}: the draft cannot be kept: {error.strerror}") from error
    return path
