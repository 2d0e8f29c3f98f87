"""Logs of jobs that do one thing after the other and count: ``[3/20 71.5s] what was done``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.runs.log_lines import LogLines

if TYPE_CHECKING:
    from wantui.trainer.model import Progress
    from wantui.trainer.protocol import OutputReader

_DONE = re.compile(rb"\[(\d{1,9})/(\d{1,9}) ([\d.]{1,20})s\] ")


def counted_line(number: int, count: int, elapsed_s: float, what: str) -> str:
    """The line of one thing that is done: ``[3/20 71.5s] high epoch 40: held-out 0.0795 ± 0.0031``."""
    return f"[{number}/{count} {elapsed_s:.1f}s] {' '.join(what.split())}"


class CountedOutput(LogLines):
    """Reads such a log; a trainer may print into it as well."""

    def __init__(self, phase: str, total: str, trainer: OutputReader | None = None) -> None:
        """Know nothing yet.

        Args:
            phase: what the job does.
            total: how the line that tells the number begins behind that, a regular expression: ``items? to caption``.
            trainer: reads what the trainer prints; the cause of a failure is its.
        """
        super().__init__(phase)
        self._total = re.compile(rb"(\d{1,9}) " + total.encode())
        self._trainer = trainer

    @property
    def progress(self) -> Progress:
        """What is done, of how many, and how long the rest takes."""
        return self.known if self._trainer is None else replace(self.known, cause=self._trainer.progress.cause)

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._trainer is not None:
            self._trainer.feed(data)
        super().feed(data)

    def take(self, line: bytes) -> None:
        """Something that is done, or how much there is."""
        if found := _DONE.match(line):
            step, steps = int(found[1]), int(found[2])
            try:
                step_s = float(found[3]) / step if step else None
            except ValueError:  # 1.2.3: the line is no line of ours
                return
            left = None if step_s is None else (steps - step) * step_s
            self.known = replace(self.known, step=step, steps=steps, step_s=step_s, eta_s=left)
        elif found := self._total.match(line):
            self.known = replace(self.known, step=0, steps=int(found[1]))
