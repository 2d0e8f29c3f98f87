"""What goes wrong when files are changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import ConflictError, WantuiError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NAMED = 3
"""Files that a message names before it counts the rest."""


class JournalError(WantuiError):
    """A change of files that cannot be made; the message says what, in which file, and what to do."""


class FilesChangedError(JournalError, ConflictError):
    """A file is not what the change began with; nothing was written."""

    def __init__(self, conflicts: Sequence[tuple[Path, str]], advice: str) -> None:
        named = "; ".join(f"{path} {what}" for path, what in conflicts[:_NAMED])
        more = len(conflicts) - _NAMED
        super().__init__(f"{named}{f' and {more} more' if more > 0 else ''}: {advice}")
        self.conflicts = tuple(conflicts)
        """The files, each with what happened to it, as a clause."""
        self.paths = tuple(path for path, _ in conflicts)
        """The files that stood in the way."""
