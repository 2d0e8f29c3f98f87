"""Which events a person is told, and in which words: functions of values."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.formatting import clock_and_day, shortened
from wantui.history.model import EventSeverity
from wantui.terminal.foreign_text import clean, clean_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wantui.history.model import Event
    from wantui.paths import Workspace

MOST_TOLD = 10
"""Events of one message: the rest is counted."""
TITLE_WIDTH = 120
_TOPICS = {
    "run-finished": "finished", "uploaded": "finished",
    "stall": "stalled", "stall-over": "stalled", "gpu-idle": "stalled",
    "disk": "disk",
    "gpu-lost": "gpu", "gpu-throttled": "gpu",
    "loss-exploding": "failed",
}  # fmt: skip
"""The words of ``[notify] on``, by the kind of an event. What else ends badly is ``failed``."""
_NEVER = frozenset({"notify", "notify-over", "history"})
"""What is not told: that nothing can be told, above all."""
_ENDS = frozenset({"run-finished", "run-failed"})
_WEIGHTS = {EventSeverity.INFO: 0, EventSeverity.WARNING: 1, EventSeverity.ERROR: 2}


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent."""

    title: str
    body: str
    severity: EventSeverity
    """The weightiest of its events."""


def topic(event: Event) -> str | None:
    """The word of ``[notify] on`` that an event belongs to; None: nobody is told of it."""
    if event.kind in _NEVER:
        return None
    return _TOPICS.get(event.kind, "failed" if event.severity is EventSeverity.ERROR else None)


def compose(workspace: Workspace, events: Sequence[Event], end_of_run: Callable[[Event], str]) -> Message:
    """One message.

    Args:
        workspace: of the events.
        events: at least one, in the order in which they happened.
        end_of_run: what is said of a run that has ended, in one line or several.
    """
    severity = max((event.severity for event in events), key=_WEIGHTS.__getitem__)
    weightiest = next(event for event in reversed(events) if event.severity is severity)
    more = "" if len(events) == 1 else f" (and {len(events) - 1} more)"
    told = clean(weightiest.message)
    title = f"wantui on {os.uname().nodename}: {shortened(told, TITLE_WIDTH, '...')}{more}"
    shown = [weightiest] if len(events) == 1 else events[-MOST_TOLD:]
    lines = [line for event in shown for line in _lines(event, end_of_run)]
    if len(shown) < len(events):
        lines.insert(0, f"{len(events) - len(shown)} earlier ones: wantui events")
    return Message(title, "\n".join([*lines, f"workspace {clean(str(workspace.root))}"]), severity)


def trial(workspace: Workspace) -> Message:
    """What ``wantui notify --test`` sends."""
    host = os.uname().nodename
    body = f"This is a test: what happens in {clean(str(workspace.root))} will be told here."
    return Message(f"wantui on {host}: a test", body, EventSeverity.INFO)


def _lines(event: Event, end_of_run: Callable[[Event], str]) -> list[str]:
    said = clean_lines(end_of_run(event) if event.kind in _ENDS else event.message)
    lines = f"{clock_and_day(event.time)}  {said}".splitlines()
    if event.action is not None:
        lines.append(f"  -> {clean(event.action.verb)}")
    return lines
