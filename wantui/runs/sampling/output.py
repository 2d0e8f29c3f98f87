"""What a sample job prints, and what a reader makes of it; the trainer prints into the same log."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.runs.log_lines import LogLines

if TYPE_CHECKING:
    from wantui.trainer.model import Progress
    from wantui.trainer.protocol import OutputReader

_MADE = re.compile(rb"\[(\d{1,9})/(\d{1,9}) ([\d.]{1,20})s\] ")
_TOTAL = re.compile(rb"(\d{1,9}) pictures? to make")


def made_line(number: int, count: int, elapsed_s: float, what: str) -> str:
    """One picture's line: ``[3/20 71.5s] high 40 + low 100: ohwx woman on a beach``."""
    return f"[{number}/{count} {elapsed_s:.1f}s] {what}"


class SampleOutput(LogLines):
    """Reads the output of a sample job."""

    def __init__(self, trainer: OutputReader) -> None:
        """Know nothing yet; `trainer` reads what the trainer prints."""
        super().__init__("making pictures")
        self._trainer = trainer

    @property
    def progress(self) -> Progress:
        """Pictures that are made; the cause of a failure is the trainer's."""
        return replace(self.known, cause=self._trainer.progress.cause)

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._trainer.feed(data)
        super().feed(data)

    def take(self, line: bytes) -> None:
        """A picture that is made, or how many there will be."""
        if found := _MADE.match(line):
            step, steps = int(found[1]), int(found[2])
            step_s = float(found[3]) / step if step else None
            left = None if step_s is None else (steps - step) * step_s
            self.known = replace(self.known, step=step, steps=steps, step_s=step_s, eta_s=left)
        elif found := _TOTAL.match(line):
            self.known = replace(self.known, step=0, steps=int(found[1]))
