"""The journal's log: one line before a step is carried out, undone or redone, and one after.

The first line holds the version. A line that a crash or a full disk cut short was never acted upon, because a line is
on the disk before anything else happens: it is cut off. What has a line before and none after was interrupted.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.atomic import sync_folder, write_bytes
from wantui.journal.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
LARGEST_LOG = 256 << 20
"""Bytes of the log: a million steps."""


class Act(StrEnum):
    """What is done with a step."""

    DO = "do"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to happen with a step."""

    act: Act
    number: int
    """Of the step."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What the log knows of a step."""

    number: int
    what: str
    when: float
    """Seconds since 1970."""
    size: int
    """How many changes it has."""
    folders: tuple[str, ...] = ()
    """Folders that had to be made for it, each behind those that it lies in; they go with it when they are empty."""
    signature: str = ""
    """Of its record, by `wantui.journal.seal`; empty: by an older version, or there is no key."""


class StepLog:
    """The steps as the log has them."""

    def __init__(self) -> None:
        self.headings: dict[int, Heading] = {}
        self.done: list[int] = []
        """Steps in effect that undo takes back, the latest last."""
        self.undone: list[int] = []
        """Steps that redo does again, the next last."""
        self.settled: set[int] = set()
        """Steps in effect that undo passes over."""
        self.interrupted: Intent | None = None
        self.last = 0
        """The greatest number given."""
        self.taken = b""
        """The whole lines of the log that it is made of."""
        self.lines = 0

    def take(self, entry: dict[str, Any]) -> None:
        """Go on by one line of the log.

        Raises:
            ValueError: it does not follow from the lines before it.
            KeyError: something is missing.
        """
        number = int(entry["step"])
        match entry["is"]:
            case "begun":
                act = Act(entry["deed"])
                if act is Act.DO:
                    what, when, size = str(entry["what"]), float(entry["when"]), int(entry["size"])
                    folders, signature = tuple(map(str, entry["folders"])), str(entry.get("signature", ""))
                    self.headings[number] = Heading(number, what, when, size, folders, signature)
                    self.last = max(self.last, number)
                elif number not in self.headings:
                    raise ValueError(f"step {number} was never made")
                self.interrupted = Intent(act, number)
            case "done":
                self._carry(self.interrupted, number)
                self.interrupted = None
            case "taken back":
                self.interrupted = None
            case "settled":
                self.done.remove(number)
                self.settled.add(number)
            case other:
                raise ValueError(f"what {other!r} means is not known")

    def _carry(self, intent: Intent | None, number: int) -> None:
        if intent is None or intent.number != number:
            raise ValueError(f"step {number} has ended and never begun")
        match intent.act:
            case Act.DO:
                self.done.append(number)
                self.undone.clear()
            case Act.UNDO:
                self.done.remove(number)
                self.undone.append(number)
            case Act.REDO:
                self.undone.remove(number)
                self.done.append(number)


def read(path: Path, known: StepLog | None = None) -> StepLog:
    """What the log at `path` comes to; what a crash cut short is not looked at.

    Args:
        path: of the log.
        known: what it came to before, to go on from; it is changed.

    Raises:
        JournalError: it cannot be read, is damaged, or is of a newer version.
    """
    try:
        content = reading.read_bytes(path, LARGEST_LOG)
    except FileNotFoundError:
        return StepLog()
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error
    whole = content[: content.rfind(b"\n") + 1]
    step_log = known if known is not None and whole.startswith(known.taken) else StepLog()
    for line in whole[len(step_log.taken) :].splitlines():
        _take_line(path, step_log, line)
        step_log.lines += 1
    step_log.taken = whole
    return step_log


def _take_line(path: Path, step_log: StepLog, line: bytes) -> None:
    try:
        entry = reading.parse_json(line)
        if step_log.lines:
            step_log.take(entry)
        else:
            _check_version(path, int(entry["journal"]))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise JournalError(
            f"{path}: line {step_log.lines + 1} is damaged ({error}); move {path.parent} away to begin a new "
            "journal: your files are not affected, and what was overwritten stays readable in it"
        ) from error


def append(path: Path, entry: dict[str, Any]) -> None:
    """Put a line on the disk, behind the last whole one.

    Raises:
        OSError: it cannot be written; there is no such line then.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, _line({"journal": VERSION}))
        sync_folder(path.parent.parent)
    reading.require_regular(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        end = _whole(file.fileno())
        file.truncate(end)
        try:
            _write(file.fileno(), _line(entry), end)
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def _check_version(path: Path, version: int) -> None:
    if version > VERSION:
        raise JournalError(f"{path}: made by a newer wantui (journal {version}, known {VERSION}); update wantui")


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=True).encode("ascii") + b"\n"


def _whole(descriptor: int) -> int:
    """Where the last whole line ends, in bytes."""
    end = os.fstat(descriptor).st_size
    while end and os.pread(descriptor, 1, end - 1) != b"\n":
        end -= 1
    return end


def _write(descriptor: int, data: bytes, offset: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written
