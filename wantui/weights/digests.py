"""The sha256 of files that are larger than memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from wantui.weights.errors import ModelsError, StoppedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

_CHUNK = 8 << 20
"""Bytes; hashing lets other threads work meanwhile."""


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
    length, buffer = 0, memoryview(bytearray(_CHUNK))
    try:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                digest.update(buffer[:count])
                length += count
                told(count)
                if stopped.is_set():
                    raise StoppedError(f"{path.name}: stopped")
    except OSError as error:
        raise ModelsError(
            f"{path}: cannot be read ({error.strerror}); correct its permissions or the disk"
        ) from error
    return length


def sha256_of(path: Path, stopped: threading.Event, told: Callable[[int], None]) -> str:
    """The sha256 of a file in hexadecimal. See `add_file`."""
    digest = hashlib.sha256()
    add_file(digest, path, stopped, told)
    return digest.hexdigest()
