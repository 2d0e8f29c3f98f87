"""The first screen's facts, read by a child process while this one imports Textual.

On two cores the dataset is there when the first frame is: in one process, Textual's imports, the imports of the rooms
below and the reading itself take turns. The child is forked before there is any thread, says nothing to anybody but
its pipe, and starts nothing. Whatever goes wrong in it, the facts are read in the ordinary way.
"""

from __future__ import annotations

import os
import pickle
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wantui.paths import Workspace

LARGEST = 1 << 28
"""Bytes that are believed at most."""


class Prefetch:
    """A child that answers once."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe

    def take(self) -> dict[str, Any]:
        """What the child has read, by the backend's method; waits for it. Empty when it has failed, or after `close`.

        To be called once, from any thread.
        """
        pipe, self._pipe = self._pipe, -1
        if pipe < 0:
            return {}
        with open(pipe, "rb") as file:  # noqa: PTH123  a descriptor
            data = file.read(LARGEST)
        self._reap()
        try:
            return dict(pickle.loads(data)) if data else {}  # noqa: S301  our own child wrote it
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError):
            return {}

    def close(self) -> None:
        """End the child, unless its answer has been taken."""
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._reap()

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def prefetch(workspace: Workspace) -> Prefetch | None:
    """Start reading; None where that would not help or cannot be done. Call it before any thread is started."""
    if not _has_idle_core():
        return None
    reading, writing = os.pipe()  # closed in whatever is executed later
    try:
        pid = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return None
    if pid:
        os.close(writing)
        return Prefetch(pid, reading)
    _read_and_end(workspace, writing)
    return None


def _has_idle_core() -> bool:
    """Whether the child would run beside us; where it took turns with us, its imports would only be paid twice."""
    return len(os.sched_getaffinity(0)) > max(1.0, os.getloadavg()[0])


def _read_and_end(workspace: Workspace, pipe: int) -> None:
    """In the child: answer and vanish. Nothing of the parent's is cleaned up or flushed here."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        data = pickle.dumps(read(workspace), pickle.HIGHEST_PROTOCOL)
        with open(pipe, "wb") as file:
            file.write(data)
    finally:
        os._exit(0)


def read(workspace: Workspace) -> dict[str, Any]:
    """What the screen asks for first, by the backend's method; what raises is left to be asked for again."""
    from wantui.ui.data.backend import BackendError  # noqa: PLC0415  in the child alone
    from wantui.ui.data.workspace import WorkspaceBackend  # noqa: PLC0415  the same

    backend = WorkspaceBackend(workspace)
    found: dict[str, Any] = {}
    for name in ("defaults", "dataset"):
        with suppress(BackendError):
            found[name] = getattr(backend, name)()
    return found
