"""What goes wrong on the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NAMED = 3
"""Files that a message names before it counts the rest."""


class WorkbenchError(Exception):
    """Work on a dataset that cannot be done; the message says what, in which file, and what to do."""


class InputError(WorkbenchError):
    """What a person asked for cannot be understood or carried out as it is written; the message says why."""


class ConflictError(WorkbenchError):
    """A file is not what the change began with; nothing was written."""

    def __init__(self, conflicts: Sequence[tuple[Path, str]], advice: str) -> None:
        named = "; ".join(f"{path} {what}" for path, what in conflicts[:_NAMED])
        more = len(conflicts) - _NAMED
        super().__init__(f"{named}{f' and {more} more' if more > 0 else ''}: {advice}")
        self.conflicts = tuple(conflicts)
        """The files, each with what happened to it, as a clause."""
        self.paths = tuple(path for path, _ in conflicts)
        """The files that stood in the way."""
