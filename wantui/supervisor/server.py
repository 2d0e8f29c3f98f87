"""The supervisor's socket and its loop: wait for a request, an ended child or the next tick; then look."""

from __future__ import annotations

import errno
import json
import logging
import os
import selectors
import signal
import time
from typing import TYPE_CHECKING

from wantui import reading
from wantui.errors import MachineError
from wantui.jobs.fields import Fields
from wantui.jobs.model import JobError
from wantui.supervisor.presence import LOOK_AROUND_S
from wantui.supervisor.requests import answer

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from pathlib import Path
    from types import FrameType

    from wantui.supervisor.engine import Engine
    from wantui.supervisor.presence import Presence
    from wantui.supervisor.sidecar import Sidecar

log = logging.getLogger(__name__)

KEEP_FRESH_S = 3600.0
"""How often the runtime files are touched, so that nothing that cleans ``/tmp`` by age takes them."""
TROUBLE_TICK_S = 2.0
"""When to look again after the disk refused something."""
REPLY_S = 5.0
"""How long a client may take to read its answer."""
LONGEST_REQUEST = 16 << 20
MOST_CONNECTIONS = 64
"""At a time; a client says one line and hears one, within moments."""


class Server:
    """Serves one engine until it is told to leave."""

    def __init__(self, engine: Engine, presence: Presence, sidecars: Sequence[Sidecar]) -> None:
        self._engine = engine
        self._sidecars = sidecars
        self._presence = presence
        self._leaving = False
        self._selector = selectors.DefaultSelector()
        self._listener: socket.socket | None = None
        self._requests: dict[socket.socket, bytearray] = {}
        self._wake_on_signals()

    def serve(self) -> None:
        """Run until a shutdown request, SIGTERM or SIGINT, or until nobody can want it any more."""
        fresh_until = time.monotonic() + KEEP_FRESH_S
        while self._is_wanted():
            pause = self._tick()
            for key, _ in self._selector.select(LOOK_AROUND_S if pause is None else min(pause, LOOK_AROUND_S)):
                key.data(key.fileobj)
            if time.monotonic() >= fresh_until:
                fresh_until = time.monotonic() + KEEP_FRESH_S
                keep_fresh(self._engine.queue.workspace.runtime)
        for sidecar in self._sidecars:
            sidecar.leave()
        self._engine.leave()

    def _is_wanted(self) -> bool:
        """Whether to go on; asked before each act, for another supervisor may have taken over a removed lock."""
        if self._leaving:
            return False
        try:
            if not self._presence.is_wanted():
                return False
        except OSError:
            log.exception("the lock or the socket was removed and cannot be created again; retrying")
        self._listen_to(self._presence.listener)
        return True

    def _listen_to(self, listener: socket.socket | None) -> None:
        """Accept connections of `listener` alone; None: of nobody for now."""
        if listener is not None and listener.fileno() < 0:
            listener = None
        if listener is self._listener:
            return
        if self._listener is not None:
            self._selector.unregister(self._listener)
        if listener is not None:
            self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._listener = listener

    def _tick(self) -> float | None:
        try:
            pauses = [self._engine.tick(), *(sidecar.tick() for sidecar in self._sidecars)]
        except (OSError, MachineError, JobError) as error:
            self._engine.trouble = f"{self._engine.queue.workspace.state}: {error}"
            log.exception("the disk, a process or the GPU driver refused; looking again in %s s", TROUBLE_TICK_S)
            return TROUBLE_TICK_S
        return min((pause for pause in pauses if pause is not None), default=None)

    def _accept(self, listener: socket.socket) -> None:
        """Take a connection; the one that has been silent for longest makes way for it where there are many."""
        while len(self._requests) >= MOST_CONNECTIONS:
            self._hang_up(next(iter(self._requests)))
        try:
            connection, _ = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE) and self._requests:
                self._hang_up(next(iter(self._requests)))
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                self._listen_to(None)  # until the next round: it would be told of the same connection at once
                log.warning("a client cannot be heard (%s)", error.strerror)
            return
        connection.setblocking(False)
        self._requests[connection] = bytearray()
        self._selector.register(connection, selectors.EVENT_READ, self._read)

    def _hang_up(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        del self._requests[connection]
        connection.close()

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
        self._hang_up(connection)

    def _reply(self, connection: socket.socket, line: bytes) -> None:
        try:
            request = Fields(reading.parse_json(line), "request")
            operation = request.text("op")
            reply = answer(self._engine, operation, request)
        except ValueError as error:
            operation, reply = "", {"error": f"a request that cannot be read: {error}"}
        if operation == "shutdown" and "error" not in reply:
            self._leaving = True
        try:
            connection.settimeout(REPLY_S)
            connection.sendall(json.dumps(reply).encode() + b"\n")
        except OSError:
            log.warning("a client left before its answer to %r", operation)

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
