"""What a person is still to be told: events of the history that have not been sent to an address of ``[notify]``.

There is no list of its own: the history keeps, for each address, the number of the last event that has been dealt
with, so nothing is lost with a recorder. Sending is the work of a child process (`wantui.runs.messenger`); one
that ends between sending and writing that down makes the next recorder send once more.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.config.addresses import addresses, masked
from wantui.history.model import Event, EventSeverity
from wantui.history.reader import HistoryReader
from wantui.runs.notify.messages import topic
from wantui.runs.notify.sender import Delivery, Sending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wantui.history.model import Batch
    from wantui.history.store import HistoryStore
    from wantui.paths import Workspace

GATHER_S = 5.0
"""Events that come within so long of the first one go into one message."""
LEAST_GAP_S = 60.0
"""Between two messages to an address: what comes meanwhile goes into the next one."""
GAP_VARIABLE = "WANTUI_NOTIFY_GAP_S"
"""Sets another gap in place of `LEAST_GAP_S`, in the environment of the supervisor: for tests."""
FIRST_PAUSE_S = 30.0
"""Before an address that has failed is tried again; twice as long each time."""
LONGEST_PAUSE_S = 3600.0
STALE_S = 24 * 3600.0
"""What has happened before that is not sent any more."""
FILE_LOOK_S = 10.0
"""How often a change of ``urls_file`` is looked for."""
LEAVE_S = 3.0
"""So long a recorder that ends waits for a message that is on its way."""


@dataclass(slots=True)
class _Address:
    """One address and how it stands."""

    url: str = field(repr=False)
    name: str
    """In the history's facts: nothing of the address can be told from it."""
    sent: int
    """Number of the last event that was dealt with."""
    has_failed: bool
    due: float = 0.0
    """When it may be tried."""
    pause_s: float = 0.0


class Outbox:
    """Sends the events of one workspace, as ``[notify]`` says."""

    def __init__(self, workspace: Workspace, store: HistoryStore) -> None:
        self._workspace = workspace
        self._store = store
        self._reader = HistoryReader(workspace)
        self._addresses: list[_Address] = []
        self._on: frozenset[str] = frozenset()
        self._stamp: tuple[int | None, int | None] = (-1, -1)
        self._config: configuration.NotifyConfig | None = None
        self._look_at = 0.0
        self._told_of_file: str | None = None
        self._pending: tuple[Event, ...] = ()
        self._has_news = True
        self._gather_until: float | None = None
        self._sending: Sending | None = None
        self._gap_s = _gap_s(os.environ)

    def has_news(self) -> None:
        """Events have been kept."""
        self._has_news = True

    def begin_anew(self) -> None:
        """The history is another file, whose events are counted from 1 again."""
        for address in self._addresses:
            address.sent = 0
        self._has_news = True

    def tick(self, now: float, batch: Batch) -> Iterator[Event]:
        """Send what is due; events tell of an address that fails, once until it works again.

        Args:
            now: seconds since 1970.
            batch: takes how far each address is.

        Raises:
            HistoryError: the history cannot be read.
        """
        if self._sending is not None and (outcome := self._sending.poll()) is not None:
            yield from self._has_sent(outcome, now, batch)
        if now >= self._look_at:
            self._look_at = now + FILE_LOOK_S
            yield from self._follow_configuration(now, batch)
        if self._sending is not None or not self._addresses:
            return
        if self._has_news:
            self._read(now, batch)
        if self._gather_until is None or now < self._gather_until:
            return
        due = [each for each in self._addresses if now >= each.due and self._of(each)]
        if due:
            deliveries = [Delivery(each.url, tuple(e.number or 0 for e in self._of(each))) for each in due]
            try:
                self._sending = Sending(self._workspace, deliveries)
            except OSError as error:
                for each in due:
                    yield from self._has_failed(each, error.strerror or "no process can be started", now, batch)

    def close(self, now: float, batch: Batch) -> Iterator[Event]:
        """Let a message that is on its way arrive, within a few seconds."""
        if self._sending is not None and self._sending.leave(LEAVE_S):
            yield from self._has_sent(self._sending.wait(), now, batch)

    def _of(self, address: _Address) -> Sequence[Event]:
        return [event for event in self._pending if (event.number or 0) > address.sent]

    def _read(self, now: float, batch: Batch) -> None:
        """Look for events that somebody is to be told of."""
        self._has_news = False
        found = self._reader.events(min(each.sent for each in self._addresses))
        self._pending = tuple(event for event in found if topic(event) in self._on and event.time >= now - STALE_S)
        for each in self._addresses:
            if found and not self._of(each):
                self._move(each, found[-1].number or 0, batch)
        if not self._pending:
            self._gather_until = None
        elif self._gather_until is None:
            self._gather_until = now + GATHER_S

    def _has_sent(self, outcome: Sequence[str | None], now: float, batch: Batch) -> Iterator[Event]:
        deliveries = () if self._sending is None else self._sending.deliveries
        self._sending = None
        known = {each.url: each for each in self._addresses}
        for delivery, error in zip(deliveries, outcome, strict=True):
            address = known.get(delivery.address)
            if address is None or delivery.events is None:
                continue  # the configuration has changed meanwhile
            if error is not None:
                yield from self._has_failed(address, error, now, batch)
                continue
            self._move(address, max(delivery.events), batch)
            address.due, address.pause_s = now + self._gap_s, 0.0
            if address.has_failed:
                address.has_failed = False
                batch.facts[f"notify failed {address.name}"] = 0.0
                said = f"{masked(address.url)} can be told again"
                yield Event(now, EventSeverity.INFO, "notify-over", None, said, {"address": masked(address.url)})
        self._has_news = True
        self._gather_until = None if not any(map(self._of, self._addresses)) else now

    def _has_failed(self, address: _Address, error: str, now: float, batch: Batch) -> Iterator[Event]:
        address.pause_s = min(max(2 * address.pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        address.due = now + address.pause_s
        if address.has_failed:
            return
        address.has_failed = True
        batch.facts[f"notify failed {address.name}"] = 1.0
        shown = masked(address.url)
        said = f"{shown} cannot be told what happens: {error}; it is tried again"
        yield Event(now, EventSeverity.WARNING, "notify", None, said, {"address": shown, "error": error})

    def _move(self, address: _Address, number: int, batch: Batch) -> None:
        if number > address.sent:
            address.sent = number
            batch.facts[f"notified {address.name}"] = float(number)

    def _follow_configuration(self, now: float, batch: Batch) -> Iterator[Event]:
        """Read ``[notify]`` again where it or its file has changed; one that is broken leaves things as they are."""
        config_stamp = _stamp(self._workspace.config_file)
        if config_stamp != self._stamp[0]:
            try:
                self._config = configuration.load(self._workspace).notify
            except configuration.ConfigError:
                self._stamp = (config_stamp, self._stamp[1])  # whoever starts a run is told what is wrong
                return
        file = None if self._config is None else self._config.urls_file
        stamp = (config_stamp, None if file is None else _stamp(file))
        if stamp == self._stamp or self._config is None:
            return
        self._stamp = stamp
        try:
            urls = addresses(self._config.urls, file)
        except configuration.ConfigError as error:
            if str(error) != self._told_of_file:
                self._told_of_file = str(error)
                said = f"nobody new can be told what happens: {error}"
                yield Event(now, EventSeverity.WARNING, "notify", None, said, {"file": str(file)})
            return
        self._told_of_file = None
        self._on = frozenset(self._config.on)
        known = {each.url: each for each in self._addresses}
        self._addresses = [known.get(url) or self._begun(url, batch) for url in urls]
        self._has_news = True

    def _begun(self, url: str, batch: Batch) -> _Address:
        """An address as it was left, or a new one, which is told what happens from now on."""
        name = blake2b(url.encode(), digest_size=8).hexdigest()
        sent = self._store.fact(f"notified {name}")
        if sent is None:
            sent = batch.facts[f"notified {name}"] = float(self._reader.last_event())
        return _Address(url, name, int(sent), bool(self._store.fact(f"notify failed {name}")))


def _gap_s(environment: Mapping[str, str]) -> float:
    try:
        return max(0.0, float(environment.get(GAP_VARIABLE, LEAST_GAP_S)))
    except ValueError:
        return LEAST_GAP_S


def _stamp(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
