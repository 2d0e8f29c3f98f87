"""Starting the process that sends messages, and what it answers."""

from __future__ import annotations

import importlib.util
import json
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.paths import Workspace

LIMIT_S = 60
"""The process ends itself after so long; apprise waits four seconds for an answer, some mail servers need more."""
PACKAGE = "apprise"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is sent to one address."""

    address: str = field(repr=False)
    events: tuple[int, ...] | None
    """Numbers of the events; None: a test."""


class Sending:
    """A process that sends some deliveries."""

    def __init__(self, workspace: Workspace, deliveries: Sequence[Delivery]) -> None:
        """Start it.

        Raises:
            OSError: it cannot be started.
        """
        self.deliveries = tuple(deliveries)
        document = {
            "workspace": str(workspace.root),
            "deliveries": [{"address": each.address, "events": each.events} for each in deliveries],
        }
        argv = [sys.executable, "-m", "wantui.runs.messenger"]
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=workspace.root
        )
        self._ends_by = time.monotonic() + LIMIT_S + 5
        if self._process.stdin is not None:
            try:
                self._process.stdin.write(json.dumps(document).encode())
                self._process.stdin.close()
            except BrokenPipeError:
                pass  # it has died: nothing was sent, and that is told

    def poll(self) -> tuple[str | None, ...] | None:
        """Why each delivery failed, or None where it has arrived; None: it is still at work."""
        if self._process.poll() is None:
            if time.monotonic() < self._ends_by:
                return None
            self._process.kill()
        return self.wait()

    def wait(self) -> tuple[str | None, ...]:
        """Wait for its end; answers as `poll` does."""
        told = b"" if self._process.stdout is None else self._process.stdout.read()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        found: list[str | None] = []
        for line in told.splitlines()[: len(self.deliveries)]:
            answer = json.loads(line)
            found.append(None if answer is None else str(answer))
        missing = f"no answer within {LIMIT_S} s" if self._process.returncode else "nothing was sent"
        return (*found, *[missing] * (len(self.deliveries) - len(found)))

    def leave(self, patience_s: float) -> bool:
        """Let it end within some seconds; whether it has."""
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            return False
        return True


def missing_package() -> str | None:
    """What to do where apprise is not installed; None: it is."""
    if importlib.util.find_spec(PACKAGE) is not None:
        return None
    return f"{PACKAGE}, which sends messages, is not installed; run `{install_command()}`"


def install_command(prefix: str = sys.prefix, python: str = sys.executable, *, has_pip: bool | None = None) -> str:
    """The command that installs apprise beside wantui, whichever way wantui was installed."""
    parts = Path(prefix).parts
    if "pipx" in parts:
        return f"pipx inject wantui {PACKAGE}"
    if parts[-2:-1] == ("tools",) and "uv" in parts:
        return f"uv tool install --with {PACKAGE} wantui"
    quoted = shlex.quote(python)
    if importlib.util.find_spec("pip") is not None if has_pip is None else has_pip:
        return f"{quoted} -m pip install {PACKAGE}"
    return f"uv pip install --python {quoted} {PACKAGE}"
