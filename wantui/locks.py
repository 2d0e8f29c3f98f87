"""Locks between processes: a file that one holder at a time has locked, let go by the kernel however that one ends.

They are `flock(2)` locks of an open file: whoever opens the file anew is somebody else, in the same process too. The
files lie on a local disk, in the runtime folder, for a network disk may grant a lock to everybody.
"""

from __future__ import annotations

import errno
import fcntl
import math
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GLANCE_S = 0.005
"""Between two looks at a lock that somebody else has."""


class LockedError(Exception):
    """Somebody else has the lock, and has had it for as long as there was patience."""


def take(path: Path, *, patience_s: float = math.inf) -> int:
    """Lock a file, and return the descriptor that has the lock; closing it, and its copies in children, lets go.

    Args:
        path: of the file; it and its folder are made if need be, for this user alone.
        patience_s: seconds to wait for somebody else.

    Raises:
        LockedError: somebody else has had it all the while.
        OSError: the file cannot be made or opened, the file is a link, or its folder somebody else's.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.is_symlink() and path.parent.lstat().st_uid != os.getuid():
        raise PermissionError(errno.EPERM, "is a link that somebody else has made", str(path.parent))
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    is_ours = False
    try:
        is_ours = _gets(descriptor, fcntl.LOCK_EX, patience_s)
    finally:
        if not is_ours:
            os.close(descriptor)
    if not is_ours:
        raise LockedError(str(path))
    return descriptor


@contextmanager
def held(path: Path, *, patience_s: float = math.inf) -> Iterator[int]:
    """Have a file locked as `take` does, and its descriptor; at the end the lock is free, whoever has copies.

    Raises:
        LockedError: somebody else has had it all the while.
        OSError: the file cannot be made or opened.
    """
    descriptor = take(path, patience_s=patience_s)
    try:
        yield descriptor
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing is not enough while a fork still has the descriptor
        os.close(descriptor)


def is_held(path: Path, *, patience_s: float = 0.0) -> bool:
    """Whether anybody has a file locked, and keeps it for `patience_s` seconds; nobody has one that is not there.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _gets(descriptor, fcntl.LOCK_SH, patience_s)
    finally:
        os.close(descriptor)


def _gets(descriptor: int, kind: int, patience_s: float) -> bool:
    """Whether an open file gets a lock of a kind in time."""
    if math.isinf(patience_s):
        fcntl.flock(descriptor, kind)
        return True
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_GLANCE_S)
        else:
            return True
