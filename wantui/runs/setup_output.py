"""What a step of a setup prints, and what a reader makes of it."""

from __future__ import annotations

import re
from dataclasses import replace

from wantui.runs.log_lines import LogLines

_STEP = re.compile(rb"\[(\d+)/(\d+)\] (.*)")
_FAILURE = b"failed: "
_TROUBLE = re.compile(rb"((?:error|fatal|[\w.]*(?:Error|Exception)): .+)")
"""How uv, git and Python begin the line that says what is wrong."""
_CAUSE = re.compile(rb"\s+cause: (.+)")
"""uv goes on with what led to it, the deepest last."""
LOG_SAYS = "the log says why"
"""Stands in a failure for what the command said; where it was understood, that takes its place."""
LONGEST = 160
"""Characters of what a program said."""


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
        self._trouble = self._cause = ""

    def take(self, line: bytes) -> None:
        """A command that begins, or the end of all."""
        if found := _STEP.match(line):
            said = found[3].decode(errors="replace")
            self.known = replace(self.known, step=int(found[1]), steps=int(found[2]), phase=said)
            self._trouble = self._cause = ""
        elif line.startswith(_FAILURE):
            why = line[len(_FAILURE) :].decode(errors="replace")
            self.known = replace(self.known, cause=why.replace(LOG_SAYS, self._said() or LOG_SAYS))
        elif found := _TROUBLE.match(line):
            self._trouble, self._cause = plain(found[1]), ""
        elif found := _CAUSE.match(line):
            self._cause = plain(found[1])

    def _said(self) -> str:
        """What the command said, in a few words."""
        said = f"{self._trouble} ({self._cause})" if self._cause else self._trouble
        return f"it said: {said}" if said else ""


def plain(text: bytes) -> str:
    """A line of a program as a part of a sentence: short, without a final stop."""
    words = " ".join(text.decode(errors="replace").split()).rstrip(".")
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 3]}..."
