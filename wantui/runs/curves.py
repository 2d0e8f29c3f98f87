"""The loss curve of a job, read from its log as it grows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wantui import reading

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.trainer.protocol import CurveReader

CHUNK = 1 << 20


class LossLog:
    """Step and loss of one log, each byte read once."""

    def __init__(self, path: Path, reader: CurveReader) -> None:
        self.path = path
        self._reader = reader
        self._offset = 0
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
                self._reader.feed(chunk)
        finally:
            os.close(descriptor)
        if self._offset != before:
            self._told = self._reader.points()
        return self._told
