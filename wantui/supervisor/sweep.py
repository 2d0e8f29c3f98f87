"""End a job whose shim is gone: its processes are found by the mark in their environment."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from wantui.jobs.process import processes_of
from wantui.supervisor.shim import GRACE_S

if TYPE_CHECKING:
    from pathlib import Path


class Sweep:
    """SIGTERM to every process of a job, SIGKILL to those that stay."""

    def __init__(self, mark: str, log: Path) -> None:
        """Begin with it; see `wantui.jobs.process.processes_of` for what finds them."""
        self._mark = mark
        self._log = log
        self._kill_at = time.monotonic() + GRACE_S
        self._signal_all(signal.SIGTERM)

    def go_on(self) -> None:
        """Do what is due by now."""
        if time.monotonic() >= self._kill_at:
            self._signal_all(signal.SIGKILL)

    def _signal_all(self, number: int) -> None:
        for pid in processes_of({self._mark}, self._log):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
