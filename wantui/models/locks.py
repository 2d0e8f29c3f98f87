"""Locks between processes: one loader a workspace, one loader a file.

They lie in the runtime folder, on a local disk; the kernel lets go when their holder dies, whatever kills it. The
file of a lock names its holder's process, so that it can be asked to stop; the number counts while the lock is held.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wantui.models.errors import BusyError
from wantui.paths import runtime_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.paths import Workspace

_LOOK_S = 0.01


def loader_lock(workspace: Workspace) -> Path:
    """The lock of the workspace's loader."""
    return workspace.runtime / "models.lock"


def target_lock(target: Path) -> Path:
    """The lock of a file that is loaded, the same for all workspaces of this user."""
    digest = hashlib.blake2b(os.fsencode(target.parent.resolve() / target.name), digest_size=8).hexdigest()
    return runtime_folder() / "models" / f"{digest}.lock"


@contextmanager
def hold(path: Path, *, patience_s: float = 0.0) -> Iterator[None]:
    """Hold a lock; its file is made if need be.

    Args:
        path: of the lock.
        patience_s: seconds to wait for whoever holds it.

    Raises:
        BusyError: somebody else holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, path, time.monotonic() + patience_s)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise BusyError(f"process {holder(path)} is at it") from None
            time.sleep(_LOOK_S)
        else:
            return


def holder(path: Path) -> int | None:
    """The process that holds a lock; None where nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 20, 0)
        return int(text) if text.isdigit() else None
    else:
        return None
    finally:
        os.close(descriptor)
