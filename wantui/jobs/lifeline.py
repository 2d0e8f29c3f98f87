"""A job's lifeline: a lock that is held exactly as long as any process of the job lives.

The lifeline is an empty file, exclusively locked with `flock(2)` and handed to the job as its standard input. Such a
lock belongs to the open file description, which every process of the job inherits; the kernel lets go when the last
of them is gone, whatever was killed and in whatever order. Reading from it gives the end of the file at once, as from
``/dev/null``. It lies on a local disk: network file systems may grant a lock to everybody.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

from wantui.jobs.model import JobError

if TYPE_CHECKING:
    from pathlib import Path

_PROBE_S = 0.5
"""A probe holds a shared lock for microseconds; this long is tried before a lock is believed to be held."""


def hold(path: Path) -> int:
    """Lock the lifeline at `path`, made if need be, and return its descriptor; closing that lets go.

    Raises:
        JobError: somebody else holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _PROBE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise JobError(f"{path}: held by a job that is still alive") from None
            time.sleep(0.005)
        else:
            return descriptor


def is_held(path: Path) -> bool:
    """Whether anything alive holds the lifeline at `path`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
