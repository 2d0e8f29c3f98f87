"""How a supervisor can be found: its lock and its socket, which it makes anew where somebody has removed them.

Both lie in the runtime folder, below ``/tmp``, where cleaners remove what looks old. A supervisor whose workspace is
gone, or whose lock another has by now, serves nobody any more.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from wantui import locks
from wantui.supervisor.endpoint import GLANCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.supervisor.endpoint import Endpoint

LOOK_AROUND_S = 2.0
"""How long it may take a supervisor that has nothing to do to see that workspace, lock or socket was removed."""


class Presence:
    """The lock and the socket of the supervisor that this process is."""

    def __init__(self, workspace: Workspace, endpoint: Endpoint) -> None:
        """Take both; clients may connect from here on, they are served once the loop runs.

        Raises:
            LockedError: another supervisor serves the workspace.
            OSError: a file cannot be made; a path of more than 107 bytes, for one.
        """
        self._workspace = workspace
        self._endpoint = endpoint
        self._lock = locks.take(endpoint.lock, patience_s=GLANCE_S)
        self._state = os.open(workspace.state, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        self.listener = self._listen()

    def sign(self) -> None:
        """Write this process's id into the lock, for clients that find the lock and no socket."""
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def is_wanted(self) -> bool:
        """Whether this is still the workspace's supervisor; what was removed is made anew.

        Raises:
            OSError: it cannot be made now.
        """
        if not _is_still(self._workspace.state, self._state):
            return False
        if not _is_still(self._endpoint.lock, self._lock):
            try:
                lock = locks.take(self._endpoint.lock, patience_s=GLANCE_S)
            except locks.LockedError:
                return False
            os.close(self._lock)
            self._lock = lock
            self.sign()
        if not self._is_bound():
            self.listener.close()
            self.listener = self._listen()
        return True

    def leave(self) -> None:
        """Let go of lock and socket."""
        if _is_still(self._endpoint.lock, self._lock) and self._is_bound():
            self._endpoint.socket.unlink(missing_ok=True)
        self.listener.close()
        os.close(self._state)
        os.close(self._lock)

    def _listen(self) -> socket.socket:
        self._endpoint.socket.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(str(self._endpoint.socket))
            self._endpoint.socket.chmod(0o600)
            listener.listen(32)
            listener.setblocking(False)
            self._bound = self._endpoint.socket.lstat()
        except BaseException:
            listener.close()
            raise
        return listener

    def _is_bound(self) -> bool:
        try:
            return os.path.samestat(self._endpoint.socket.lstat(), self._bound)
        except FileNotFoundError:
            return False


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether `path` is still the file or folder that was opened as `descriptor`: not deleted, not made anew."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except (FileNotFoundError, NotADirectoryError):
        return False
