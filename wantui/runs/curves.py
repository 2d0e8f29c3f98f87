"""The loss curve of a job, read from its log as it grows."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wantui.jobs.logs import Growth

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.trainer.protocol import CurveReader


class LossLog:
    """Step and loss of one log, each byte read once."""

    def __init__(self, path: Path, reader: CurveReader) -> None:
        self._growth = Growth(path)
        self._reader = reader
        self._told: tuple[tuple[int, float], ...] = ()

    def refresh(self) -> tuple[tuple[int, float], ...]:
        """Every point known by now, ascending by step."""
        with suppress(OSError):
            if self._growth.feed(self._reader.feed):
                self._told = self._reader.points()
        return self._told
