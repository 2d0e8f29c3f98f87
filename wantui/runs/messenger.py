"""The process that sends messages: it alone imports apprise, and ends when it has sent.

    python -m wantui.runs.messenger < deliveries

Addresses come by the standard input, so that no list of processes shows them; what it answers has none.
`wantui.runs.notify.sender` starts it, which knows nothing of what is imported here: the recorder is to stay small.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.config.addresses import without_secrets
from wantui.errors import WantuiError
from wantui.history.model import HistoryError
from wantui.history.reader import HistoryReader
from wantui.paths import Workspace
from wantui.runs.notify import messages
from wantui.runs.notify.sender import LIMIT_S, missing_package
from wantui.runs.notify.through_apprise import send
from wantui.runs.report.facts import gather
from wantui.runs.report.words import lines

if TYPE_CHECKING:
    from wantui.history.model import Event
    from wantui.runs.notify.messages import Message

_LONGEST_ERROR = 300
"""Characters of what apprise says about a failure."""


def main() -> int:
    """Send what the standard input asks for; a line for each delivery says null, or why it failed."""
    signal.alarm(LIMIT_S)
    answers, sys.stdout = sys.stdout, sys.stderr  # nothing else may get among them
    document = json.load(sys.stdin)
    workspace = Workspace(Path(document["workspace"]))
    missing = missing_package()
    for delivery in document["deliveries"]:
        address = delivery["address"]
        try:
            error = missing or send(address, message(workspace, delivery["events"]))
        except HistoryError as problem:
            error = str(problem)
        except Exception as problem:  # noqa: BLE001  a plugin of apprise's may raise anything
            error = without_secrets(f"{type(problem).__name__}: {problem}", address)
        print(json.dumps(error if error is None else error[:_LONGEST_ERROR]), file=answers, flush=True)
    return 0


def message(workspace: Workspace, numbers: list[int] | None) -> Message:
    """What is sent about the events of these numbers; None: a test.

    Raises:
        HistoryError: the history cannot be read.
    """
    if numbers is None:
        return messages.trial(workspace)
    wanted = set(numbers)
    events = HistoryReader(workspace).events(min(wanted) - 1)
    told = [event for event in events if event.number in wanted]
    return messages.compose(workspace, told, lambda event: end_of_run(workspace, event))


def end_of_run(workspace: Workspace, event: Event) -> str:
    """What is told of a run that has ended: its report in a few lines, below the sentence of the event."""
    run = event.evidence.get("run")
    if not isinstance(run, int):
        return event.message
    try:
        price = configuration.load(workspace).machine.price_per_hour
        return "\n".join((event.message, *lines(gather(workspace, run, price))))
    except (WantuiError, OSError):
        return event.message


if __name__ == "__main__":
    sys.exit(main())
