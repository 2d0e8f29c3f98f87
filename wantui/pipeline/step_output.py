"""What a step of a setup prints, and what a reader makes of it."""

from __future__ import annotations

import re
from dataclasses import replace

from wantui.trainer.protocol import Progress

_STEP = re.compile(rb"\[(\d+)/(\d+)\] (.*)")
_FAILURE = b"failed: "
_LONGEST_TAIL = 1 << 16
"""Bytes of an unfinished line that are kept: progress bars never end theirs."""


def step_line(number: int, count: int, says: str) -> str:
    """``[2/3] install PyTorch for cu128, about 3 GB``."""
    return f"[{number}/{count}] {' '.join(says.split())}"


def failure_line(why: str) -> str:
    """The last line where a step failed."""
    return f"{_FAILURE.decode()}{' '.join(why.split())}"


class StepOutput:
    """Reads the output of a step; what its commands print is passed over."""

    def __init__(self) -> None:
        self._known = Progress(phase="setting up")
        self._tail = b""

    @property
    def progress(self) -> Progress:
        """What is known now."""
        return self._known

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        *lines, tail = (self._tail + data).split(b"\n")
        self._tail = tail[-_LONGEST_TAIL:]
        for line in lines:
            if found := _STEP.match(line):
                said = found[3].decode(errors="replace")
                self._known = replace(self._known, step=int(found[1]), steps=int(found[2]), phase=said)
            elif line.startswith(_FAILURE):
                self._known = replace(self._known, cause=line[len(_FAILURE) :].decode(errors="replace"))
