"""A server that takes uploads as the Hub does: repositories, the LFS protocol, commits; with its faults on order."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import threading
from dataclasses import dataclass, field
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SMALL = 1024
"""Bytes; what is larger, or a LoRA file, goes to the store for large files."""


@dataclass
class Repository:
    private: bool
    files: dict[str, bytes] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)
    commits: int = 0


class UploadHub:
    """The Hub with its store."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.repositories: dict[str, Repository] = {}
        self.stored: dict[str, bytes] = {}
        """Large files by their sha256."""
        self.puts: list[str] = []
        """What was sent to the store, by sha256, refused or not."""
        self.refuse_put = 0
        """How many PUTs to take before all others are refused; 0: none is refused."""
        self.refuse_commit = False
        self.garble: str | None = None
        """A path whose content the Hub will lose a byte of."""
        self.tokens: set[str | None] = set()
        self.server = _Server(self)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def tree(self, name: str) -> list[dict[str, Any]]:
        repository = self.repositories[name]
        found = []
        for path, content in sorted(repository.files.items()):
            kept = content[:-1] + b"\x00" if path == self.garble else content
            blob = hashlib.sha1(b"blob %d\0" % len(kept) + kept, usedforsecurity=False).hexdigest()
            entry: dict[str, Any] = {"type": "file", "path": path, "size": len(kept), "oid": blob}
            if path in repository.large:
                entry["lfs"] = {"oid": hashlib.sha256(kept).hexdigest(), "size": len(kept), "pointerSize": 134}
            found.append(entry)
        return found


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: UploadHub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upload_hub = hub


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def hub(self) -> UploadHub:
        assert isinstance(self.server, _Server)
        return self.server.upload_hub

    def log_message(self, *arguments: Any) -> None:
        pass

    def answer(self, status: int, document: Any = None, **headers: str) -> None:
        body = json.dumps({} if document is None else document).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def allowed(self) -> bool:
        given = self.headers.get("Authorization")
        self.hub.tokens.add(given)
        if given == f"Bearer {self.hub.token}":
            return True
        self.answer(403, {"error": "forbidden"})
        return False

    def do_GET(self) -> None:
        if not self.allowed():
            return
        path = self.path.partition("?")[0]
        name = path.removeprefix("/api/models/").partition("/tree/")[0]
        if name not in self.hub.repositories:
            self.answer(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
        elif "/tree/" in path:
            self.answer(200, self.hub.tree(name))
        else:
            self.answer(200, {"id": name, "private": self.hub.repositories[name].private, "sha": COMMIT})

    def do_PUT(self) -> None:
        content = self.body()
        oid = self.path.rpartition("/")[2]
        self.hub.puts.append(oid)
        if self.hub.refuse_put and len(self.hub.puts) > self.hub.refuse_put:
            self.answer(400, {"error": "no"})
            return
        assert hashlib.sha256(content).hexdigest() == oid
        self.hub.stored[oid] = content
        self.answer(200)

    def do_POST(self) -> None:
        content = self.body()
        if not self.allowed():
            return
        path = self.path.partition("?")[0]
        if path == "/api/repos/create":
            asked = json.loads(content)
            name = f"{asked['organization']}/{asked['name']}"
            self.hub.repositories[name] = Repository(asked.get("visibility") == "private")
            self.answer(200, {"url": f"{self.hub.endpoint}/{name}", "name": name})
        elif path == "/api/validate-yaml":
            self.answer(200, {"errors": [], "warnings": []})
        elif "/preupload/" in path:
            self.answer(200, {"files": [_mode(each) for each in json.loads(content)["files"]]})
        elif path.endswith("/objects/batch"):
            self.answer(200, {"objects": [self.object(each) for each in json.loads(content)["objects"]]})
        elif "/commit/" in path:
            self.commit(path.removeprefix("/api/models/").partition("/commit/")[0], content)
        else:
            self.answer(404)

    def object(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = {"oid": asked["oid"], "size": asked["size"]}
        if asked["oid"] not in self.hub.stored:
            found["actions"] = {"upload": {"href": f"{self.hub.endpoint}/store/{asked['oid']}"}}
        return found

    def commit(self, name: str, content: bytes) -> None:
        if self.hub.refuse_commit:
            self.answer(409, {"error": "conflict"})
            return
        repository = self.hub.repositories[name]
        for line in content.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                repository.files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                repository.files[value["path"]] = self.hub.stored[value["oid"]]
                repository.large.add(value["path"])
        repository.commits += 1
        self.answer(200, {"commitUrl": f"{self.hub.endpoint}/{name}/commit/{COMMIT}", "commitOid": COMMIT})


def _mode(file: dict[str, Any]) -> dict[str, Any]:
    large = file["size"] > SMALL or file["path"].endswith(".safetensors")
    mode = "lfs" if large and not file["path"].endswith(".md") else "regular"
    return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}
