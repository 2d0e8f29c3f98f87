"""What a person wants to know first: what has happened that nobody has seen, when all is done, and what it costs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.access import explained
from wantui.errors import WantuiError
from wantui.formatting import HOUR_S, MINUTE_S
from wantui.history.model import EventSeverity
from wantui.history.reader import HistoryReader

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.history.model import Event
    from wantui.paths import Workspace
    from wantui.services.queue import Queue, QueuedRun

ESTIMATES_S = 10.0
"""How often the queue is played through again."""
MOST_EVENTS = 1000
"""So many, the latest, are looked through for what nobody has seen."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the workspace stands, and will stand. What would be a guess is None."""

    unseen: int = 0
    """Warnings and errors that nobody has looked at."""
    errors: int = 0
    """Those of them that are errors."""
    run: int | None = None
    """The run that is under way; the one that began first where there are several."""
    end: float | None = None
    """When it will end, in seconds since 1970."""
    waiting: int = 0
    """Runs that have not begun."""
    last_end: float | None = None
    """When the last run of the queue will end."""
    cost: float | None = None
    """Of the machine since the run began."""
    whole_cost: float | None = None
    """Until it ends."""


class Outlooks:
    """Asked again and again, from one thread at a time."""

    def __init__(self, workspace: Workspace, queue: Queue) -> None:
        self._workspace = workspace
        self._history = HistoryReader(workspace)
        self._queue = queue
        self._runs: tuple[QueuedRun, ...] = ()
        self._price: float | None = None
        self._estimate_at = 0.0
        self._newest: int | None = None
        self._kept: tuple[Event, ...] = ()

    def look(self) -> tuple[Outlook, tuple[Event, ...]]:
        """How things stand, and the events that have come since the last look; at the first look none have.

        Raises:
            HistoryError: the history cannot be read.
        """
        with explained():
            news = self._news()
            return self._outlook(), news

    def seen(self, number: int) -> None:
        """A person has looked at the events up to this one.

        Raises:
            MachineError: that cannot be written down.
        """
        with explained():
            if number > self.seen_until():
                atomic.write_json(self._file, {"events": number})

    @property
    def _file(self) -> Path:
        """What a person has seen: the screen's own file, since the recorder alone writes the history."""
        return self._workspace.state / "seen.json"

    def seen_until(self) -> int:
        """The number of the last event that a person has looked at; 0: none."""
        try:
            number = reading.read_json(self._file)["events"]
        except (OSError, reading.NotAFileError, ValueError, KeyError, TypeError):
            return 0
        return number if isinstance(number, int) else 0

    def _news(self) -> tuple[Event, ...]:
        first = self._newest is None
        found = self._history.events(self._newest or 0, MOST_EVENTS)
        if found:
            self._newest = found[-1].number
        elif first:
            self._newest = 0
        self._kept = (*self._kept, *found)[-MOST_EVENTS:]
        return () if first else found

    def _outlook(self) -> Outlook:
        now, seen = time.time(), self.seen_until()
        unseen = [each.severity for each in self._kept if each.number is not None and each.number > seen]
        errors, warnings = unseen.count(EventSeverity.ERROR), unseen.count(EventSeverity.WARNING)
        self._look_at_queue(now)
        running = [run for run in self._runs if run.state == "running" and run.start is not None]
        first = min(running, key=lambda run: run.start or 0.0, default=None)
        ends = [run.end for run in self._runs]
        cost = whole = None
        if first is not None and first.start is not None and self._price is not None:
            cost = (now - first.start) / HOUR_S * self._price
            whole = None if first.end is None else (first.end - first.start) / HOUR_S * self._price
        return Outlook(
            unseen=errors + warnings,
            errors=errors,
            run=None if first is None else first.run,
            end=None if first is None else _to_the_minute(first.end),
            waiting=sum(run.start is None or run.start > now for run in self._runs),
            last_end=_to_the_minute(max((end for end in ends if end is not None), default=None))
            if all(end is not None for end in ends)
            else None,
            cost=None if cost is None else round(cost, 2),
            whole_cost=None if whole is None else round(whole, 2),
        )

    def _look_at_queue(self, now: float) -> None:
        if now - self._estimate_at < ESTIMATES_S:
            return
        self._estimate_at = now
        from wantui import config as configuration  # noqa: PLC0415  once in some seconds

        try:
            self._runs = self._queue.look().runs
            self._price = configuration.load(self._workspace).machine.price_per_hour
        except WantuiError:
            self._runs = ()


def _to_the_minute(moment: float | None) -> float | None:
    """What is shown changes once a minute at most."""
    return None if moment is None else float(round(moment / MINUTE_S) * MINUTE_S)
