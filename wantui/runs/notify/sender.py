"""The process that sends messages: it alone imports apprise, and ends when it has sent.

    python -m wantui.runs.notify.sender < deliveries

Addresses come by the standard input, so that no list of processes shows them; what it answers has none.
"""

from __future__ import annotations

import importlib.util
import json
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.config.addresses import without_secrets
from wantui.history.model import HistoryError
from wantui.history.reader import HistoryReader
from wantui.paths import Workspace
from wantui.runs.notify import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.runs.notify.messages import Message

LIMIT_S = 60
"""The process ends itself after so long; apprise waits four seconds for an answer, some mail servers need more."""
_LONGEST_ERROR = 300
"""Characters of what apprise says about a failure."""
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
        argv = [sys.executable, "-m", "wantui.runs.notify.sender"]
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


def main() -> int:
    """Send what the standard input asks for; a line for each delivery says null, or why it failed."""
    signal.alarm(LIMIT_S)
    from wantui.runs.notify.through_apprise import send  # noqa: PLC0415  what it imports the recorder must not have

    answers, sys.stdout = sys.stdout, sys.stderr  # nothing else may get among them
    document = json.load(sys.stdin)
    workspace = Workspace(Path(document["workspace"]))
    missing = missing_package()
    for delivery in document["deliveries"]:
        address = delivery["address"]
        try:
            error = missing or send(address, _message(workspace, delivery["events"]))
        except HistoryError as problem:
            error = str(problem)
        except Exception as problem:  # noqa: BLE001  a plugin of apprise's may raise anything
            error = without_secrets(f"{type(problem).__name__}: {problem}", address)
        print(json.dumps(error if error is None else error[:_LONGEST_ERROR]), file=answers, flush=True)
    return 0


def _message(workspace: Workspace, numbers: list[int] | None) -> Message:
    if numbers is None:
        return messages.trial(workspace)
    wanted = set(numbers)
    events = HistoryReader(workspace).events(min(wanted) - 1)
    return messages.compose(workspace, [event for event in events if event.number in wanted])


if __name__ == "__main__":
    sys.exit(main())
