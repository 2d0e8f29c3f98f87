"""The bytes of a job's log: read at once, or followed while it grows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wantui import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHUNK = 1 << 18


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
