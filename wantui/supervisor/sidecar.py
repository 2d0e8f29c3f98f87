"""A sidecar: a process that serves the workspace beside the supervisor for as long as that lives.

The supervisor knows it as a command line. It ends with its standard input, a pipe that only the supervisor holds, so
it outlives no supervisor, not even a killed one. Exit code 0 means that there is nothing to do for it until the
configuration changes; any other, that it is started again after a while.
"""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

from wantui.supervisor.log_files import open_log

if TYPE_CHECKING:
    from wantui.paths import Workspace

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 120.0


class Sidecar:
    """Keeps one sidecar going."""

    def __init__(self, workspace: Workspace, name: str, argv: list[str]) -> None:
        """Start nothing yet.

        Args:
            workspace: that it serves.
            name: what its log is called after.
            argv: its command line.
        """
        self._workspace = workspace
        self._log = workspace.state / f"{name}.log"
        self._argv = argv
        self._process: subprocess.Popen[bytes] | None = None
        self._pause_s = FIRST_PAUSE_S
        self._start_at: float | None = 0.0
        """When to start it, by `time.monotonic`; None: when the configuration changes."""
        self._config_stamp: int | None = None

    def tick(self) -> float | None:
        """Start it where it is due; return in how many seconds to look again, None: not by itself."""
        now = time.monotonic()
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return None  # its end wakes the supervisor
            self._has_ended(code, now)
        stamp = self._stamp()
        if self._start_at is None and stamp != self._config_stamp:
            self._start_at = now
        if self._start_at is None:
            return None
        if now < self._start_at:
            return self._start_at - now
        self._config_stamp = stamp
        self._process = self._start()
        return None

    def leave(self) -> None:
        """Let it end."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        log, _ = open_log(self._log, anew=True)
        try:
            return subprocess.Popen(
                self._argv,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._workspace.root,
                start_new_session=True,
            )
        finally:
            os.close(log)

    def _has_ended(self, code: int, now: float) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
        self._start_at = None if code == 0 else now + self._pause_s
        self._pause_s = FIRST_PAUSE_S if code == 0 else min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _stamp(self) -> int | None:
        try:
            return self._workspace.config_file.stat().st_mtime_ns
        except FileNotFoundError:
            return None
