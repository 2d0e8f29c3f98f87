"""What decoding a clip tells: how many frames it has and how players turn it; kept, so that none is decoded twice."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from wantui import atomic, reading

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace

CLIPS = "clips.json"
"""Name of the file, in the folder of what thorough looks have found."""
MOST_KEPT = 100_000
"""Clips; those that are no longer there are dropped beyond this number."""

Stamp = tuple[int, int]
"""Modification time in nanoseconds since 1970, and size in bytes."""


class Decoded(NamedTuple):
    """What came of decoding a clip from its start, as the trainer does."""

    frames: int
    """That were decoded."""
    failure: str | None = None
    """What the decoder said where it gave up; None where it came to the end."""
    turned: int = 0
    """By how many degrees players turn it, clockwise."""


class FrameCounts:
    """Results of decoding, by path, modification time and size of the file."""

    def __init__(self, file: Path) -> None:
        """Read what is kept in `file`; what is broken or of another kind is forgotten."""
        self._file = file
        self._is_newer = False
        self._known: dict[str, tuple[Stamp, Decoded]] = {}
        try:
            document = reading.read_json(file)
        except (OSError, ValueError):
            return
        if isinstance(document, dict):
            found = {path: _row(row) for path, row in document.items()}
            self._known = {path: row for path, row in found.items() if row is not None}

    @classmethod
    def of(cls, workspace: Workspace) -> FrameCounts:
        """Those of a workspace, beside what thorough looks have found."""
        return cls(workspace.state / "lint" / CLIPS)

    def known(self, path: str, stamp: Stamp) -> Decoded | None:
        """What is known of the file that has this stamp now."""
        kept = self._known.get(path)
        return kept[1] if kept is not None and kept[0] == stamp else None

    def put(self, path: str, stamp: Stamp, found: Decoded) -> None:
        """Remember a result."""
        self._known[path] = stamp, found
        self._is_newer = True

    def save(self) -> None:
        """Write down what is new, if there is a workspace to keep it in.

        Raises:
            OSError: it cannot be written.
        """
        if not self._is_newer or not self._file.parent.parent.is_dir():
            return
        if len(self._known) > MOST_KEPT:
            self._known = {path: row for path, row in self._known.items() if os.path.exists(path)}  # noqa: PTH110
        self._file.parent.mkdir(exist_ok=True)
        document = {path: [*stamp, *found] for path, (stamp, found) in self._known.items()}
        atomic.write_json(self._file, document)
        self._is_newer = False


def stamp_of(path: str | Path) -> Stamp:
    """The stamp of a file.

    Raises:
        OSError: it cannot be looked at.
    """
    state = os.stat(path)  # noqa: PTH116  as text or as a path
    return state.st_mtime_ns, state.st_size


def _row(row: Any) -> tuple[Stamp, Decoded] | None:
    match row:
        case [int(mtime_ns), int(size), int(frames), None | str() as failure, int(turned)]:
            return (mtime_ns, size), Decoded(frames, failure, turned)
        case _:
            return None
