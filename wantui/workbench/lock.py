"""One process at a time: locks on this machine's own disk, let go by the kernel whatever becomes of their holder."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wantui.paths import WorkspaceError
from wantui.workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.paths import Workspace

_GLANCE_S = 0.005
"""Between two looks at a lock that somebody else holds."""


@contextmanager
def held(workspace: Workspace, name: str, *, patience_s: float, busy: str) -> Iterator[None]:
    """Hold the lock `name` of a workspace.

    Args:
        workspace: its state folder is made if need be.
        name: of the lock; file locks on network disks may be granted to everybody, so it lies in the runtime folder.
        patience_s: seconds to wait for somebody else.
        busy: what that somebody is doing, as a clause, and what to do about it.

    Raises:
        WorkbenchError: somebody else holds it for longer, or a folder cannot be written.
    """
    try:
        workspace.create_state()
        folder = workspace.runtime
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / name
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except WorkspaceError as error:
        raise WorkbenchError(str(error)) from error
    except OSError as error:
        raise WorkbenchError(f"{error.filename}: cannot be written: {error.strerror}") from error
    try:
        _wait_for(descriptor, path, patience_s, busy)
        yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, path: Path, patience_s: float, busy: str) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise WorkbenchError(f"{path}: {busy}") from None
            time.sleep(_GLANCE_S)
        else:
            return
