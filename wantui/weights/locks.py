"""Locks between processes: one loader a workspace, one loader a file.

They lie in the runtime folder, on a local disk; the kernel lets go when their holder dies, whatever kills it. The
file of a lock names its holder's process, so that it can be asked to stop; the number counts while the lock is held.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from wantui import locks, reading
from wantui.paths import runtime_folder
from wantui.weights.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.paths import Workspace


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
    with ExitStack() as stack:
        try:
            descriptor = stack.enter_context(locks.held(path, patience_s=patience_s))
        except locks.LockedError:
            raise BusyError(f"process {holder(path)} is working on it") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield


def holder(path: Path) -> int | None:
    """The process that holds a lock; None where nobody does."""
    try:
        text = reading.read_bytes(path, 1 << 10) if locks.is_held(path) else b""
    except OSError:
        return None
    return int(text) if text.isdigit() else None
