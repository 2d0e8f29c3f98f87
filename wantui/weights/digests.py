"""The sha256 of files that are larger than memory."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from wantui.weights.errors import ModelsError, StoppedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from io import FileIO
    from pathlib import Path

_CHUNK = 8 << 20
"""Bytes; hashing lets other threads work meanwhile."""


class FileIdentity(NamedTuple):
    """What tells a file from another, and from itself after a change."""

    size: int
    changed_ns: int
    inode: int

    @classmethod
    def of(cls, file: Path | int) -> FileIdentity:
        """Of a path or an open descriptor.

        Raises:
            OSError: nothing is there.
        """
        state = os.stat(file)  # noqa: PTH116  a descriptor as well
        return cls(state.st_size, state.st_mtime_ns, state.st_ino)


def add_file(digest: hashlib._Hash, path: Path, stopped: threading.Event, told: Callable[[int], None]) -> int:
    """Add a file's content to a digest, and return its length in bytes.

    Args:
        digest: of `hashlib`.
        path: of the file.
        stopped: set when somebody wants to stop.
        told: is given the number of bytes after each piece.

    Raises:
        ModelsError: it cannot be read.
        StoppedError: somebody wants to stop.
    """
    with _opened(path) as file:
        return _add(digest, file, path, stopped, told)


def sha256_of(path: Path, stopped: threading.Event, told: Callable[[int], None]) -> tuple[str, FileIdentity | None]:
    """The sha256 of a file in hexadecimal, and which file has it; see `add_file`.

    The latter is None where the file was changed, replaced or removed while it was read: no file is known to have the
    sha256 then.
    """
    digest = hashlib.sha256()
    with _opened(path) as file:
        before = FileIdentity.of(file.fileno())
        _add(digest, file, path, stopped, told)
        same = before == FileIdentity.of(file.fileno()) and before == _at(path)
    return digest.hexdigest(), before if same else None


def _add(
    digest: hashlib._Hash, file: FileIO, path: Path, stopped: threading.Event, told: Callable[[int], None]
) -> int:
    length, buffer = 0, memoryview(bytearray(_CHUNK))
    while count := file.readinto(buffer):
        digest.update(buffer[:count])
        length += count
        told(count)
        if stopped.is_set():
            raise StoppedError(f"{path.name}: stopped")
    return length


@contextmanager
def _opened(path: Path) -> Iterator[FileIO]:
    try:
        with path.open("rb", buffering=0) as file:
            yield file
    except OSError as error:
        raise ModelsError(
            f"{path}: cannot be read ({error.strerror}); correct its permissions or the disk"
        ) from error


def _at(path: Path) -> FileIdentity | None:
    try:
        return FileIdentity.of(path)
    except OSError:
        return None
