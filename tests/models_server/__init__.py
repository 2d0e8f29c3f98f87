"""A server that speaks the Hub's protocol, with its faults on order.

Two servers on two ports, as in the real one: the Hub answers with what a file is and redirects, the store has the
bytes. What goes wrong is put into queues before: each request takes one order.
"""

from __future__ import annotations

import hashlib
import http.server
import socket
import struct
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wantui.weights.catalogue import WEIGHTS, Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PIECE = 1 << 16
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Trouble:
    """What one request gets instead of the truth."""

    kind: str
    """What happens; the handlers below know the kinds."""
    at: int = 0
    """After how many bytes of the body."""
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """A request as it came."""

    server: str
    method: str
    path: str
    headers: dict[str, str]


class FakeHub:
    """The Hub and its store."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        """Serve weights by their keys."""
        self.contents = {weight.path: contents[weight.key] for weight in WEIGHTS if weight.key in contents}
        self.asked: list[Asked] = []
        self.served = 0
        """Bytes of bodies that were handed to the store's sockets; whoever has got them finds them counted."""
        self.on_served: Callable[[int], None] = lambda _: None
        self.troubles: dict[str, deque[Trouble]] = {"HEAD": deque(), "GET": deque(), "store": deque()}
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.store = self._serve(_Store)
        self.hub = self._serve(_Front)

    def _serve(self, handler: type[http.server.BaseHTTPRequestHandler]) -> _Server:
        server = _Server(self, handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.hub.server_port}"

    @property
    def store_address(self) -> str:
        return f"http://127.0.0.1:{self.store.server_port}"

    def sha256(self, weight: Weight) -> str:
        return hashlib.sha256(self.contents[weight.path]).hexdigest()

    def take(self, queue: str, path: str) -> Trouble:
        """The next trouble for one file, else for any."""
        with self.lock:
            for name in (f"{queue} {path}", queue):
                if self.troubles.get(name):
                    return self.troubles[name].popleft()
        return Trouble("none")

    def every_file(self, *troubles: Trouble) -> None:
        """Let the store do the same to each file, in this order."""
        for path in self.contents:
            self.troubles[f"store {path}"] = deque(troubles)

    def hand_out(self, piece: bytes | bytearray, write: Callable[[bytes | bytearray], object]) -> None:
        """Write and count; before it is written, since its reader may look at the count as soon as it has it."""
        with self.lock:
            self.served += len(piece)
            total = self.served
        try:
            write(piece)
        except OSError:
            with self.lock:
                self.served -= len(piece)
            raise
        self.on_served(total)

    def note(self, asked: Asked) -> None:
        with self.lock:
            self.asked.append(asked)

    def ranges(self) -> list[str | None]:
        """What the store was asked for, request by request."""
        return [each.headers.get("Range") for each in self.asked if each.server == "store"]

    def asked_for(self, since: int) -> int:
        """Bytes that the requests from number `since` on want of the store, whole files or from where they go on.

        Unlike `served` it does not depend on what a connection that has ended still had in its buffers.
        """
        wanted = 0
        for each in self.asked[since:]:
            if each.server == "store" and each.method == "GET":
                content = self.contents[each.path[1:].partition("?")[0]]
                wanted += len(content) - int(each.headers.get("Range", "bytes=0-")[6:-1])
        return wanted

    def close(self) -> None:
        self.closing.set()
        for server in (self.hub, self.store):
            server.shutdown()
            server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: FakeHub, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.fake = fake


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    name = ""

    @property
    def fake(self) -> FakeHub:
        assert isinstance(self.server, _Server)
        return self.server.fake

    def log_message(self, *arguments: Any) -> None:
        pass

    def answer(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True

    def end(self, *, abruptly: bool = False) -> None:
        """End the connection, with what was sent or without."""
        self.close_connection = True
        self.wfile.flush()
        if abruptly:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def stall(self) -> None:
        """Say nothing until the client has gone."""
        self.connection.settimeout(0.05)
        while not self.fake.closing.is_set():
            try:
                if not self.connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self.close_connection = True

    def refuse(self, trouble: Trouble) -> bool:
        """Whether a trouble is all the answer there is."""
        match trouble.kind:
            case "status":
                self.answer(trouble.status, trouble.headers)
            case "drop":
                self.end()
            case "reset":
                self.end(abruptly=True)
            case "silent":
                self.stall()
            case "garbage":
                self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
                self.end()
            case _:
                return False
        return True


class _Front(_Handler):
    """What the Hub itself answers."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        fake = self.fake
        fake.note(
            Asked("hub", self.command, self.path, {name.title(): value for name, value in self.headers.items()})
        )
        path = self.path.partition("?")[0].split("/resolve/", 1)[-1].partition("/")[2]
        trouble = fake.take(self.command, path)
        if self.refuse(trouble):
            return
        if trouble.kind == "renamed":  # of a repository: an address on the same host, and nothing about the file
            self.answer(307, {"Location": f"{self.path}?renamed"})
            return
        if path not in fake.contents:
            self.answer(404, {"X-Error-Code": "EntryNotFound"})
            return
        content = fake.contents[path]
        etag = hashlib.sha256(content).hexdigest() if trouble.kind != "changed" else "f" * 64
        location = {"loop": self.path, "elsewhere": "ftp://127.0.0.1/x"}.get(
            trouble.kind, f"{fake.store_address}/{path}?Signature=secret"
        )
        headers = {"X-Linked-Size": str(len(content)), "X-Linked-Etag": f'"{etag}"', "X-Repo-Commit": COMMIT}
        if trouble.kind == "untold":
            headers = {}
        self.answer(302, {"Location": location, **headers, **trouble.headers})


class _Store(_Handler):
    """Where the bytes are."""

    def setup(self) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIECE)
        super().setup()

    def do_HEAD(self) -> None:
        content = self.fake.contents[self.path[1:].partition("?")[0]]
        self.answer(200, {"Content-Length": str(len(content))})

    def do_GET(self) -> None:
        fake = self.fake
        fake.note(
            Asked("store", self.command, self.path, {name.title(): value for name, value in self.headers.items()})
        )
        path = self.path[1:].partition("?")[0]
        trouble = fake.take("store", path)
        if self.refuse(trouble):
            return
        content = fake.contents[path]
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        if start >= len(content):
            self.answer(416, {"Content-Range": f"bytes */{len(content)}"})
            return
        headers = {"Content-Length": str(len(content) - start)}
        is_part = "Range" in self.headers and not trouble.kind.startswith("whole")
        if not is_part:
            start, headers = 0, {"Content-Length": str(len(content))}
        if is_part:
            first = start + 7 if trouble.kind == "range" else start
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        if trouble.kind == "length":
            headers["Content-Length"] = str(len(content) - start + trouble.at)
            if is_part:
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content) + trouble.at}"
        self.answer(206 if is_part else 200, {**headers, **trouble.headers})
        with suppress(OSError):
            self.body(content, start, trouble)

    def body(self, content: bytes, start: int, trouble: Trouble) -> None:
        ends = trouble.at if trouble.kind in {"cut", "stall", "tear", "whole-cut"} else len(content)
        data = bytearray(content[start : start + ends])
        if trouble.kind == "flip":
            data[min(trouble.at, len(data) - 1)] ^= 1
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            self.fake.hand_out(piece, self.wfile.write)
        if trouble.kind == "stall":
            self.stall()
        elif trouble.kind in {"cut", "tear", "whole-cut"}:
            self.end(abruptly=trouble.kind == "tear")
