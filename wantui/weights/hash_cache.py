"""What is known of weight files, so that nobody waits for 28 GB to be read again.

Two things are kept in the workspace: the sha256 of files that were read, each good for exactly that size, time of
change and inode; and what the Hub last said of each file, for when it cannot be asked.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wantui import atomic, reading
from wantui.paths import WorkspaceError
from wantui.weights.digests import FileIdentity
from wantui.weights.errors import ModelsError
from wantui.weights.locks import hold
from wantui.weights.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.weights.catalogue import Weight

_PATIENCE_S = 30.0
"""Seconds to wait for another process that writes the record, which takes milliseconds."""


class HashCache:
    """The record of one workspace; several threads and processes may use it at once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._file = workspace.state / "models" / "ledger.json"

    def digest(self, path: Path) -> str | None:
        """The sha256 of a file as it is; None where it is not known, or the file has changed."""
        entry = self._read()["files"].get(os.fspath(path))
        try:
            if isinstance(entry, dict) and entry.get("is") == [*FileIdentity.of(path)]:
                return str(entry["sha256"])
        except (OSError, KeyError):
            pass
        return None

    def source(self, path: Path) -> str | None:
        """The file of somebody else's that a file is linked to; None where none is known."""
        if path.is_symlink():
            return os.path.realpath(path)
        entry = self._read()["files"].get(os.fspath(path))
        try:
            if isinstance(entry, dict) and entry.get("from") and entry.get("is") == [*FileIdentity.of(path)]:
                return str(entry["from"])
        except OSError:
            pass
        return None

    def remember(self, path: Path, sha256: str, identity: FileIdentity | None) -> None:
        """Keep the sha256 of a file that was just read or written; what was known of its source stays.

        Args:
            path: of the file.
            sha256: of its content, in hexadecimal.
            identity: of what was read or written; another one may be at the path by now. None: it has changed
                meanwhile, and nothing is kept.

        Raises:
            ModelsError: the workspace cannot be written.
        """
        if identity is None:
            return
        linked = self.source(path)
        with self._changing() as content:
            content["files"][os.fspath(path)] = {"is": [*identity], "sha256": sha256, "from": linked}

    def remember_link(self, path: Path, source: Path) -> None:
        """Keep that a file was just linked to another one, whose sha256 is its own where that is known.

        Raises:
            ModelsError: the workspace cannot be written.
        """
        with self._changing() as content:
            entry = content["files"].get(os.fspath(source))
            if isinstance(entry, dict):
                content["files"][os.fspath(path)] = entry | {"from": os.fspath(source)}

    def remote(self, weight: Weight) -> Remote | None:
        """What the Hub last said of a file; None where it was never asked."""
        entry: Any = self._read()["hub"].get(_address(weight))
        try:
            return Remote(int(entry["size"]), str(entry["sha256"]), entry["commit"])
        except (TypeError, KeyError, ValueError, OverflowError):
            return None

    def earlier(self, weight: Weight) -> frozenset[str]:
        """The sha256 of what the Hub had in the place of a file before: older, and no less whole."""
        entry = self._read()["hub"].get(_address(weight))
        before = entry.get("earlier") if isinstance(entry, dict) else None
        return frozenset(map(str, before)) if isinstance(before, list) else frozenset()

    def remember_remote(self, weight: Weight, remote: Remote) -> None:
        """Keep what the Hub says, and what it has said before."""
        known = self.remote(weight)
        if known != remote:
            before = self.earlier(weight) | ({known.sha256} if known is not None else set())
            with self._changing() as content:
                content["hub"][_address(weight)] = asdict(remote) | {"earlier": sorted(before - {remote.sha256})}

    def _read(self) -> dict[str, dict[str, Any]]:
        """Both parts; nothing where the record is not there yet, or damaged: it can all be found out again."""
        try:
            content = reading.read_json(self._file)
        except (OSError, ValueError):
            content = None
        parts = content if isinstance(content, dict) else {}
        return {name: part if isinstance(part := parts.get(name), dict) else {} for name in ("files", "hub")}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """The content, alone with it; it is written when the block ends."""
        try:
            self._workspace.create_state()
            self._file.parent.mkdir(exist_ok=True)
            with hold(self._workspace.runtime / "models-ledger.lock", patience_s=_PATIENCE_S):
                content = self._read()
                yield content
                atomic.write_json(self._file, content)
        except WorkspaceError as error:
            raise ModelsError(str(error)) from error
        except OSError as error:
            raise ModelsError(
                f"{self._file}: cannot be written ({error.strerror}); make room or correct it"
            ) from error


def _address(weight: Weight) -> str:
    return f"{weight.repository}/{weight.path}"
