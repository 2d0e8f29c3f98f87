"""Whether a job on a node is heard of: the file of its GPU readings grows, whatever locks do on this disk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.supervisor.slurm.gpu_writer import EVERY_S

if TYPE_CHECKING:
    from pathlib import Path

SILENT_S = 6 * EVERY_S
"""After which a file that does not grow says nothing any more."""


@dataclass(slots=True)
class Heartbeat:
    """Of one job. No clocks are compared, only what is seen here."""

    _size: int | None = None
    _heard_at: float | None = None

    def is_heard(self, path: Path) -> bool:
        """Whether the file has grown lately; the first look alone tells nothing."""
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        now = time.monotonic()
        if self._size is not None and size > self._size:
            self._heard_at = now
        self._size = size
        return self._heard_at is not None and now - self._heard_at < SILENT_S
