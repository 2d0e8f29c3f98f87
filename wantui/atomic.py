"""Whole files or none: every write of a file that a person or another process reads goes through here."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def write_bytes(path: Path, data: bytes, *, private: bool = False) -> None:
    """Replace `path` with `data`, so that a reader sees the old content or the new, never a part.

    The data goes to a temporary file in the same folder, is synced, and is renamed over `path`; then the folder
    is synced, so that a power cut after the return loses nothing. Permission bits of an existing file are kept,
    and a symbolic link stays a link: its target is replaced.

    Args:
        path: the file.
        data: all of it.
        private: whether its owner alone may read it, whatever bits it had.

    Raises:
        OSError: the folder is missing, not writable or full; `path` is then as it was.
    """
    target = path.resolve() if path.is_symlink() else path
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".tmp", dir=target.parent)
    try:
        _fill(descriptor, data, 0o600 if private else _mode_for(target))
        os.replace(name, target)  # noqa: PTH105  a plain name from mkstemp
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise
    sync_folder(target.parent)


def stage(temporary: Path, data: bytes, target: Path) -> None:
    """Write `data` to `temporary`, synced, with the permission bits of `target`; a rename makes it the new target.

    For many files at once: they are staged, renamed, and each folder is synced once.

    Raises:
        OSError: it cannot be written; what there is of `temporary` is left.
    """
    _fill(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), data, _mode_for(target))


def _fill(descriptor: int, data: bytes, mode: int) -> None:
    """Write `data`, set the permission bits, sync and close."""
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _mode_for(target: Path) -> int:
    """The permission bits of a file that is there, or those of a new one."""
    try:
        return target.stat().st_mode & 0o7777
    except FileNotFoundError:
        return 0o666 & ~_umask()


def rename_new(source: Path, target: Path) -> None:
    """Rename a file, never over anything that is there; a rename that broke off halfway is completed.

    Raises:
        FileExistsError: there is something of that name; nothing has changed.
        OSError: it cannot be renamed.
    """
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        if not os.path.samestat(source.lstat(), target.lstat()):
            raise
        source.unlink()
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        source.rename(target)
    else:
        source.unlink()


def write_text(path: Path, text: str) -> None:
    """Replace `path` with `text` in UTF-8, line endings as they are in `text`. See `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, document: Any, *, private: bool = False) -> None:
    """Replace `path` with `document` as JSON, one final newline. See `write_bytes`."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:  # a path that is not UTF-8
        data = json.dumps(document, indent=1).encode("ascii")
    write_bytes(path, data + b"\n", private=private)


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


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems refuse to sync a folder; the rename itself has happened
    finally:
        os.close(descriptor)
