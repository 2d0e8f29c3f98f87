"""The supervisor's socket and its loop: wait for a request, an ended child or the next tick; then look."""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import time
from typing import TYPE_CHECKING

from wantui.gpus.model import GpuError
from wantui.jobs.model import JobError
from wantui.supervisor.requests import answer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from wantui.supervisor.companion import Companion
    from wantui.supervisor.engine import Engine

log = logging.getLogger(__name__)

KEEP_FRESH_S = 3600.0
"""How often the runtime files are touched, so that nothing that cleans ``/tmp`` by age takes them."""
LOOK_AROUND_S = 10.0
"""How often to see whether the workspace is still there: a supervisor of a deleted folder serves nobody."""
TROUBLE_TICK_S = 2.0
"""When to look again after the disk refused something."""
REPLY_S = 5.0
"""How long a client may take to read its answer."""
LONGEST_REQUEST = 16 << 20


class Server:
    """Serves one engine until it is told to leave."""

    def __init__(self, engine: Engine, listener: socket.socket, companion: Companion) -> None:
        self._engine = engine
        self._companion = companion
        self._leaving = False
        self._selector = selectors.DefaultSelector()
        self._listener = listener
        self._listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._requests: dict[socket.socket, bytearray] = {}
        self._wake_on_signals()

    def serve(self, is_wanted: Callable[[], bool]) -> None:
        """Run until a shutdown request, SIGTERM or SIGINT, or until nobody can want it any more.

        Args:
            is_wanted: whether workspace and lock are still there; asked every `LOOK_AROUND_S`.
        """
        fresh_until = time.monotonic() + KEEP_FRESH_S
        look_around_at = 0.0
        while not self._leaving:
            patience = self._tick()
            for key, _ in self._selector.select(LOOK_AROUND_S if patience is None else patience):
                key.data(key.fileobj)
            if time.monotonic() >= look_around_at:
                look_around_at = time.monotonic() + LOOK_AROUND_S
                self._leaving = self._leaving or not is_wanted()
            if time.monotonic() >= fresh_until:
                fresh_until = time.monotonic() + KEEP_FRESH_S
                keep_fresh(self._engine.workspace.runtime)
        self._companion.leave()
        self._engine.leave()

    def _tick(self) -> float | None:
        try:
            patiences = [self._engine.tick(), self._companion.tick()]
            self._engine.trouble = None
            return min((patience for patience in patiences if patience is not None), default=None)
        except (OSError, GpuError, JobError) as error:
            self._engine.trouble = f"{self._engine.workspace.state}: {error}"
            log.exception("the disk, a process or the GPU driver refused; looking again in %s s", TROUBLE_TICK_S)
            return TROUBLE_TICK_S

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return  # the client has left again
        connection.setblocking(False)
        self._requests[connection] = bytearray()
        self._selector.register(connection, selectors.EVENT_READ, self._read)

    def _read(self, connection: socket.socket) -> None:
        """Take the next bytes of a request; a whole line is answered, and that ends the connection."""
        request = self._requests[connection]
        try:
            chunk = connection.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        request += chunk
        if b"\n" in chunk:
            self._reply(connection, bytes(request))
        elif chunk and len(request) < LONGEST_REQUEST:
            return
        self._selector.unregister(connection)
        del self._requests[connection]
        connection.close()

    def _reply(self, connection: socket.socket, line: bytes) -> None:
        try:
            request = json.loads(line)
        except ValueError:
            request = {}
        reply = answer(self._engine, request)
        if request.get("op") == "shutdown" and "error" not in reply:
            self._leaving = True
        try:
            connection.settimeout(REPLY_S)
            connection.sendall(json.dumps(reply).encode() + b"\n")
        except OSError:
            log.warning("a client left before its answer to %r", request.get("op"))

    def _wake_on_signals(self) -> None:
        """Let an ended child end the wait, and SIGTERM and SIGINT the loop."""
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._selector.register(reading, selectors.EVENT_READ, lambda _: os.read(reading, 4096))
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._leave)

    def _leave(self, _number: int, _frame: FrameType | None) -> None:
        self._leaving = True


def keep_fresh(folder: Path) -> None:
    """Touch everything below `folder`."""
    for path in (folder, *folder.rglob("*")):
        try:
            os.utime(path)
        except OSError:
            continue
