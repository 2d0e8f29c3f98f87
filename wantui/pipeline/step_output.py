"""What a step of a setup prints, and what a reader makes of it."""

from __future__ import annotations

import re
from dataclasses import replace

from wantui.pipeline.log_lines import LogLines

_STEP = re.compile(rb"\[(\d+)/(\d+)\] (.*)")
_FAILURE = b"failed: "


def step_line(number: int, count: int, says: str) -> str:
    """``[2/3] install PyTorch for cu128, about 3 GB``."""
    return f"[{number}/{count}] {' '.join(says.split())}"


def failure_line(why: str) -> str:
    """The last line where a step failed."""
    return f"{_FAILURE.decode()}{' '.join(why.split())}"


class StepOutput(LogLines):
    """Reads the output of a step."""

    def __init__(self) -> None:
        super().__init__("setting up")

    def take(self, line: bytes) -> None:
        """A command that begins, or the end of all."""
        if found := _STEP.match(line):
            said = found[3].decode(errors="replace")
            self.known = replace(self.known, step=int(found[1]), steps=int(found[2]), phase=said)
        elif line.startswith(_FAILURE):
            self.known = replace(self.known, cause=line[len(_FAILURE) :].decode(errors="replace"))
