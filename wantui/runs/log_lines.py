"""Reads what a job of wantui's own prints, line by line; what its programs print is passed over."""

from __future__ import annotations

from wantui.trainer.model import Progress

LONGEST_TAIL = 1 << 16
"""Bytes of an unfinished line that are kept: some programs never end theirs."""


class LogLines:
    """An `OutputReader` whose progress is made of single lines."""

    def __init__(self, phase: str) -> None:
        self.known = Progress(phase=phase)
        """What is known now; `take` puts another in its place."""
        self._tail = b""

    @property
    def progress(self) -> Progress:
        """What is known now."""
        return self.known

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        *lines, tail = (self._tail + data).split(b"\n")
        self._tail = tail[-LONGEST_TAIL:]
        for line in lines:
            self.take(line)

    def take(self, line: bytes) -> None:
        """Take a whole line, without its end."""
        raise NotImplementedError
