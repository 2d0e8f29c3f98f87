"""End a job whose attendant is gone: its processes are found by the mark in their environment."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

from wantui.jobs.process import processes_marked
from wantui.supervisor.attendant import GRACE_S


class Sweep:
    """SIGTERM to every process of a job, SIGKILL to those that stay."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._kill_at = time.monotonic() + GRACE_S
        self._signal_all(signal.SIGTERM)

    def go_on(self) -> None:
        """Do what is due by now."""
        if time.monotonic() >= self._kill_at:
            self._signal_all(signal.SIGKILL)

    def _signal_all(self, number: int) -> None:
        for pid in processes_marked(self._mark):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
