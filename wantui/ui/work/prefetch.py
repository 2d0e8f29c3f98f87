"""The first screen's facts, read by a child process while this one imports Textual.

On two cores the dataset is there when the first frame is: in one process, Textual's imports, the imports of the rooms
below and the reading itself take turns. The child is forked before there is any thread, says nothing to anybody but
its pipe, and starts nothing. Whatever goes wrong in it, the facts are read in the ordinary way.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedWriter

    from wantui.dataset.model import Item
    from wantui.paths import Workspace
    from wantui.services.annotations import Found

_ITEMS = "items"
"""Names the frames that bring items before the dataset's own; the others bear the name of the services's method."""


class Prefetch:
    """A child that answers each question once."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._answers: dict[str, Any] = {}
        self._file = open(pipe, "rb")  # noqa: SIM115  a descriptor, which `close` closes
        self._frames = pickle.Unpickler(self._file)  # noqa: S301  our own child writes them

    def take(self, name: str, found: Found | None = None) -> Any:
        """The child's answer to the services's method `name`; waits for it. None when it has none or has given it.

        Args:
            name: ``defaults`` or ``dataset``.
            found: told of the dataset's items as they come.
        """
        while name not in self._answers and (frame := self._next()) is not None:
            what, value = frame
            if what != _ITEMS:
                self._answers[what] = value
            elif found is not None:
                found(value)
        return self._answers.pop(name, None)

    def _next(self) -> tuple[str, Any] | None:
        """What the child says next; None when it has said everything, or nothing that can be understood."""
        if self._file.closed:
            return None
        try:
            what, value = self._frames.load()
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError):
            self.close()
            return None
        return what, value

    def close(self) -> None:
        """End the child, whatever it is at."""
        pid, self._pid = self._pid, 0
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
            self._file.close()  # whoever is reading has come to its end by now


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
        gc.disable()  # what is read is no garbage, and the end comes soon
        with open(pipe, "wb") as file:
            tell = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)  # one for all frames: each item is sent once
            read(workspace, lambda what, value: _send(file, tell, what, value))
    finally:
        os._exit(0)


def _send(file: BufferedWriter, tell: pickle.Pickler, what: str, value: object) -> None:
    tell.dump((what, value))
    file.flush()


def read(workspace: Workspace, tell: Callable[[str, object], None]) -> None:
    """Tell what the screen asks for first, by the services's method; what raises is left to be asked for again."""
    from wantui.errors import WantuiError  # noqa: PLC0415  in the child alone
    from wantui.services.dataset import WorkspaceReading  # noqa: PLC0415  the same

    def found(items: tuple[Item, ...]) -> None:
        tell(_ITEMS, items)

    reading = WorkspaceReading(workspace)
    with suppress(WantuiError):
        tell("defaults", reading.defaults())
    with suppress(WantuiError):
        tell("dataset", reading.dataset(found))
