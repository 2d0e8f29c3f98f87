"""The loss curve in what the training script prints."""

from __future__ import annotations

import re

CARRY = 512
"""Bytes kept from one chunk to the next: longer than any stretch of a progress bar."""
MOST_POINTS = 4000
"""When there are more, every other one goes: a chart has a few hundred columns."""

_STEP = re.compile(rb"(\d+)/\d+ \[[^\]\r\n]*?avr_loss=([0-9.]+(?:e-?\d+)?)[,\]]")


class MusubiCurve:
    """Step and average loss, from the postfix of the progress bar."""

    def __init__(self) -> None:
        self._carry = b""
        self._points: dict[int, float] = {}
        self._every = 1

    def feed(self, data: bytes) -> None:
        """Take the next bytes; they may end anywhere."""
        data = self._carry + data
        end = 0
        for match in _STEP.finditer(data):
            end = match.end()
            step = int(match[1])
            if step % self._every == 0:
                self._points[step] = float(match[2])
        self._carry = data[max(end, len(data) - CARRY) :]
        while len(self._points) > MOST_POINTS:
            self._every *= 2
            self._points = {step: loss for step, loss in self._points.items() if step % self._every == 0}

    def points(self) -> tuple[tuple[int, float], ...]:
        """Every point known by now, ascending by step."""
        return tuple(sorted(self._points.items()))
