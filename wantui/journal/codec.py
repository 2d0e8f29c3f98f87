"""A step's changes as a file: one JSON object a line, one line a change, texts readable where they are UTF-8."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.journal.changes import Edit, Kept, Moved
from wantui.journal.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def to_bytes(changes: Iterable[Kept], root: Path) -> bytes:
    """The changes as lines.

    Args:
        changes: of one step.
        root: of the workspace; files below it are named from there, so that the workspace may be moved.
    """
    lines = (json.dumps(_document(change, root), ensure_ascii=True) for change in changes)
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def from_bytes(content: bytes, root: Path, path: Path) -> tuple[Kept, ...]:
    """The changes in a file that `to_bytes` made.

    Args:
        content: of the file.
        root: of the workspace.
        path: of the file, to be named where it is damaged.

    Raises:
        JournalError: the file is damaged.
    """
    found = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            found.append(_change(reading.parse_json(line), root))
        except (ValueError, KeyError, TypeError, OverflowError, binascii.Error) as error:
            raise JournalError(
                f"{path}: line {number} is damaged ({error}); this step cannot be undone or redone"
            ) from error
    return tuple(found)


def _document(change: Kept, root: Path) -> dict[str, Any]:
    if isinstance(change, Moved):
        return {
            "move": name(change.source, root),
            "to": name(change.target, root),
            "size": change.size,
            "mtime_ns": change.mtime_ns,
            "content": change.content,
        }
    return {
        "edit": name(change.path, root),
        "before": change.before,
        "after": change.after,
        "offset": change.offset,
        "removed": _data(change.removed),
        "inserted": _data(change.inserted),
    }


def _change(document: dict[str, Any], root: Path) -> Kept:
    if "move" in document:
        return Moved(
            _path(root, document["move"]),
            _path(root, document["to"]),
            int(document["size"]),
            int(document["mtime_ns"]),
            document["content"],
        )
    return Edit(
        _path(root, document["edit"]),
        document["before"],
        document["after"],
        int(document["offset"]),
        _bytes(document["removed"]),
        _bytes(document["inserted"]),
    )


def _path(root: Path, name: str) -> Path:
    if "\0" in name:
        raise ValueError("a path is wanted")
    return root / name


def name(path: Path, root: Path) -> str:
    """How the journal writes a path: from `root` where it is below it."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _data(content: bytes) -> str | dict[str, str]:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}


def _bytes(data: str | dict[str, str]) -> bytes:
    return data.encode("utf-8") if isinstance(data, str) else base64.b64decode(data["base64"], validate=True)
