"""A file that is being loaded: ``NAME.part``, and beside it a journal that says what it is a part of."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

from wantui import atomic, reading

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.weights.remote import Remote


class FilePart:
    """What has arrived of one file, in the folder that the whole file will lie in."""

    def __init__(self, target: Path) -> None:
        """Name the files; nothing is touched.

        Args:
            target: of the whole file. A symbolic link is replaced: what it points to may be another program's.
        """
        self.target = target
        self.path = self.target.with_name(f"{self.target.name}.part")
        self.journal = self.target.with_name(f"{self.target.name}.part.json")

    def length(self, remote: Remote) -> int:
        """Bytes that are here of exactly this file; 0 where the part is of another, or of one never told."""
        try:
            noted = reading.read_json(self.journal)
            size = self.path.stat().st_size
        except (OSError, ValueError):
            return 0
        return size if noted == _note(remote) and size <= remote.size else 0

    def open(self, remote: Remote) -> int:
        """A descriptor for appending; a part of any other file is removed first.

        Raises:
            OSError: the folder cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.length(remote):
            self.discard()
            atomic.write_json(self.journal, _note(remote))
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)

    def finish(self) -> None:
        """Give the whole file its name. What was written must be synced already.

        Raises:
            OSError: the folder cannot be written.
        """
        self.path.replace(self.target)
        self.journal.unlink(missing_ok=True)
        for left_behind in self.target.parent.glob(f".{glob.escape(self.journal.name)}.*.tmp"):  # of a kill
            left_behind.unlink(missing_ok=True)
        atomic.sync_folder(self.target.parent)

    def discard(self) -> int:
        """Remove what has arrived; the bytes that this frees.

        Raises:
            OSError: the folder cannot be written.
        """
        freed = self.path.stat().st_size if self.path.exists() else 0
        self.path.unlink(missing_ok=True)  # before the journal: without a journal a part is of nothing
        self.journal.unlink(missing_ok=True)
        return freed


def _note(remote: Remote) -> dict[str, object]:
    return {"size": remote.size, "etag": remote.sha256}
