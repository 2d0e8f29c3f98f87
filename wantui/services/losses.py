"""The loss curve of a job, read from its log as it grows."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from wantui import reading

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1 << 20
CARRY = 512
"""Bytes kept from one chunk to the next: longer than any stretch of a progress bar."""
MOST_POINTS = 4000
"""When there are more, every other one goes: a chart has a few hundred columns."""

_STEP = re.compile(rb"(\d+)/\d+ \[[^\]\r\n]*?avr_loss=([0-9.]+(?:e-?\d+)?)[,\]]")


class LossLog:
    """Step and loss of one log, each byte read once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._carry = b""
        self._points: dict[int, float] = {}
        self._every = 1
        self._told: tuple[tuple[int, float], ...] = ()

    def refresh(self) -> tuple[tuple[int, float], ...]:
        """Every point known by now, ascending by step."""
        before = self._offset
        try:
            descriptor = reading.open_descriptor(self.path)
        except OSError:
            return self._told
        try:
            while chunk := os.pread(descriptor, CHUNK, self._offset):
                self._offset += len(chunk)
                self._take(chunk)
        finally:
            os.close(descriptor)
        if self._offset != before:
            self._told = tuple(sorted(self._points.items()))
        return self._told

    def _take(self, chunk: bytes) -> None:
        data = self._carry + chunk
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
