"""Small pictures on disk, in the workspace's own folder: what was decoded once is there in milliseconds.

Nothing here may fail loudly: a file that is broken, or cannot be written, only means that a picture is decoded again.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from wantui import reading
from wantui.atomic import write_bytes
from wantui.dataset.errors import BROKEN_IMAGE
from wantui.paths import Workspace, WorkspaceError
from wantui.ui.preview.stills import Still

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "thumbnails"
LIMIT_BYTES = 256 << 20
"""About 4,000 pictures of 640 pixels."""
_LARGEST_PICTURE = 16 << 20
"""Bytes of a kept picture; they have 100 KB."""
_KEPT_PART = 0.9
"""What is left of the limit after files have been removed, so that not every new one removes another."""
_QUALITY = 90
"""Of the JPEGs; colours are kept at full resolution."""


class ThumbnailStore:
    """Pictures by what they were made from; the least recently used ones go first."""

    def __init__(self, workspace: Workspace, limit: int = LIMIT_BYTES) -> None:
        """Make it; nothing is read or written yet.

        Args:
            workspace: whose; the pictures lie in ``.wantui/thumbnails``.
            limit: bytes that are kept at most.
        """
        self._workspace = workspace
        self._limit = limit
        self._taken: int | None = None

    @property
    def folder(self) -> Path:
        """Where the pictures lie."""
        return self._workspace.state / FOLDER

    def find(self, name: str) -> Still | None:
        """The picture of a name; None where there is none that can be read."""
        path = self.folder / name
        try:
            data = reading.read_bytes(path, _LARGEST_PICTURE)
            with Image.open(BytesIO(data)) as image:
                image.load()
                note = bytes(image.info.get("comment", b"")).decode("utf-8", "replace")
                os.utime(path)
                return Still(image.convert("RGB"), note)
        except (*BROKEN_IMAGE, Image.DecompressionBombError):
            return None

    def keep(self, name: str, still: Still) -> None:
        """Write a picture under a name, and make room where there is too little."""
        file = BytesIO()
        comment = still.note.encode()
        still.image.save(file, "JPEG", quality=_QUALITY, subsampling=0, comment=comment)
        if not self._workspace.root.is_dir():
            return
        with suppress(OSError, WorkspaceError):
            self._workspace.create_state()
            self.folder.mkdir(exist_ok=True)
            if self._taken is None:
                self._taken = sum(size for _, size, _ in self._files())
            write_bytes(self.folder / name, file.getvalue())
            self._taken += file.tell()
            if self._taken > self._limit:
                self._make_room()

    def _files(self) -> list[tuple[int, int, str]]:
        """When each file was used last in nanoseconds since 1970, its bytes, its path."""
        found = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    state = entry.stat()
                    found.append((state.st_mtime_ns, state.st_size, entry.path))
        return found

    def _make_room(self) -> None:
        files = self._files()
        taken = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if taken <= self._limit * _KEPT_PART:
                break
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108  a path from scandir
                taken -= size
        self._taken = taken


def stored_name(path: Path, state: os.stat_result, side: int, frame: int | None = None) -> str:
    """The name of a picture: another file, another content, size or frame has another one.

    Args:
        path: the media file.
        state: how it is now.
        side: pixels of the longer side at most.
        frame: which frame of a video, from 0; None for an image.
    """
    made_of = (os.fsencode(path), state.st_mtime_ns, state.st_size, side, frame)
    return hashlib.blake2b(repr(made_of).encode(), digest_size=16).hexdigest() + ".jpg"
