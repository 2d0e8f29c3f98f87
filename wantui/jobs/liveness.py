"""A job's liveness lock: a lock that is held exactly as long as any process of the job lives.

The liveness lock is an empty file, exclusively locked with `flock(2)` and handed to the job as its standard input.
Such a lock belongs to the open file description, which every process of the job inherits; the kernel lets go when the
last of them is gone, whatever was killed and in whatever order. Reading from it gives the end of the file at once, as
from ``/dev/null``. It lies on a local disk: network file systems may grant a lock to everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import locks
from wantui.jobs.model import JobError
from wantui.jobs.process import processes_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_PROBE_S = 0.5
"""A probe holds a shared lock for microseconds; this long is tried before a lock is believed to be held."""


def hold(path: Path) -> int:
    """Lock the liveness lock at `path`, made if need be, and return its descriptor; closing that lets go.

    Raises:
        JobError: somebody else holds it.
    """
    try:
        return locks.take(path, patience_s=_PROBE_S)
    except locks.LockedError:
        raise JobError(f"{path}: held by a job that is still alive") from None


def is_held(path: Path) -> bool:
    """Whether anything alive holds the liveness lock at `path`."""
    return locks.is_held(path)


def is_alive(path: Path, log: Path, marks: Collection[str] = ()) -> bool:
    """Whether any process of a job lives: by its liveness lock, else by what its processes show.

    The folder of the liveness locks may be cleaned away under a job, and a workspace that was renamed looks for it
    elsewhere, where an earlier start may have left one that nobody holds. So a free lock alone proves no end.

    Args:
        path: the liveness lock.
        log: the file that the job's output goes to.
        marks: lines of an environment, any of which marks the job's processes.
    """
    return is_held(path) or bool(processes_of(marks, log))
