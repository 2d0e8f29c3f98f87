"""Whole files or none: every write of a file that a person or another process reads goes through here."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` with `data`, so that a reader sees the old content or the new, never a part.

    The data goes to a temporary file in the same folder, is synced, and is renamed over `path`; then the folder
    is synced, so that a power cut after the return loses nothing. Permission bits of an existing file are kept,
    and a symbolic link stays a link: its target is replaced.

    Raises:
        OSError: the folder is missing, not writable or full; `path` is then as it was.
    """
    target = path.resolve() if path.is_symlink() else path
    try:
        mode = target.stat().st_mode & 0o7777
    except FileNotFoundError:
        mode = None
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as temporary:
            temporary.write(data)
            temporary.flush()
            os.fchmod(temporary.fileno(), mode if mode is not None else 0o666 & ~_umask())
            os.fsync(temporary.fileno())
        os.replace(name, target)  # noqa: PTH105  a plain name from mkstemp
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise
    _sync_folder(target.parent)


def write_text(path: Path, text: str) -> None:
    """Replace `path` with `text` in UTF-8, line endings as they are in `text`. See `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, document: Any) -> None:
    """Replace `path` with `document` as JSON, one final newline. See `write_bytes`."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:  # a path that is not UTF-8
        data = json.dumps(document, indent=1).encode("ascii")
    write_bytes(path, data + b"\n")


def _umask() -> int:
    """The process's umask, read from the kernel: setting it to read it would race with other threads."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
            for line in status:
                if line.startswith("Umask:"):
                    return int(line.split()[1], 8)
    except OSError:
        pass
    return 0o022


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems refuse to sync a folder; the rename itself has happened
    finally:
        os.close(descriptor)
