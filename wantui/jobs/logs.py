"""A job's log as a person reads it: progress bars folded, followed while it grows."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHUNK = 1 << 18


@dataclass(slots=True)
class Folder:
    """Turns bytes into lines; of a line that was redrawn with carriage returns the last drawing is kept."""

    _rest: bytes = field(default=b"")

    def feed(self, data: bytes) -> list[str]:
        """The lines that end within `data`."""
        *lines, rest = (self._rest + data).split(b"\n")
        drawn, redrawn, drawing = rest.rpartition(b"\r")
        self._rest = last_drawing(drawn) + redrawn + drawing  # what was drawn over is of no use to anybody
        return [fold(line) for line in lines]

    def rest(self) -> str:
        """The line under way."""
        return fold(self._rest)


def fold(line: bytes) -> str:
    """What a terminal would be left with after `line`: bytes that are no UTF-8 become replacement characters."""
    return last_drawing(line).rstrip(b"\r").decode("utf-8", errors="replace").rstrip()


def last_drawing(line: bytes) -> bytes:
    """What a terminal shows of a line: what follows the last carriage return that is followed by anything.

    The trainer blanks a bar with spaces.
    """
    drawings = line.rstrip(b"\r").split(b"\r")
    return next((drawing for drawing in reversed(drawings) if drawing.strip()), b"")


def read(path: Path) -> Iterator[bytes]:
    """The bytes of a log, chunk by chunk; none while there is no log.

    Raises:
        OSError: what is there is no file, or may not be read.
    """
    try:
        with reading.open_file(path) as log:
            while chunk := log.read(CHUNK):
                yield chunk
    except FileNotFoundError:
        return


class Growth:
    """What has come to a log since the last look: each byte is given once."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self.offset = offset
        """Bytes that have been given; the first look begins here."""

    def feed(self, take: Callable[[bytes], None]) -> bool:
        """Give `take` what is new, chunk by chunk; whether there was anything.

        Raises:
            OSError: there is no log, what is there is no file, or it may not be read.
        """
        before = self.offset
        descriptor = reading.open_descriptor(self._path)
        try:
            while chunk := os.pread(descriptor, CHUNK, self.offset):
                self.offset += len(chunk)
                take(chunk)
        finally:
            os.close(descriptor)
        return self.offset != before


def follow(path: Path, goes_on: Callable[[], bool], pause: Callable[[], None]) -> Iterator[bytes]:
    """The bytes of a log as they come, until `goes_on` says that no more will and the end is reached.

    Args:
        path: the log, which need not exist yet.
        goes_on: asked before a look that finds nothing new is the last one.
        pause: called when there is nothing new.
    """
    offset = 0
    while True:
        last_look = not goes_on()
        chunk = _read_from(path, offset)
        offset += len(chunk)
        if chunk:
            yield chunk
        elif last_look:
            return
        else:
            pause()


def _read_from(path: Path, offset: int) -> bytes:
    try:
        descriptor = reading.open_descriptor(path)
    except FileNotFoundError:
        return b""
    try:
        return os.pread(descriptor, CHUNK, offset)
    finally:
        os.close(descriptor)
