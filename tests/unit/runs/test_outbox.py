"""What is still to be sent: gathered, tried again, kept over a restart; the process that sends is a stand-in."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from wantui.history.model import Batch, Event, EventSeverity
from wantui.history.reader import HistoryReader
from wantui.history.store import HistoryStore
from wantui.paths import Workspace
from wantui.runs.record import outbox
from wantui.runs.record.outbox import FIRST_PAUSE_S, GATHER_S, LEAST_GAP_S, STALE_S, Outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.runs.notify.sender import Delivery

NOW = 1_800_000_000.0
ONE, OTHER = "json://one.example/secret", "json://other.example/secret"


class Sent:
    """Takes the place of `Sending`: what was sent, and which addresses fail."""

    def __init__(self) -> None:
        self.all: list[tuple[str, tuple[int, ...]]] = []
        self.failing: set[str] = set()
        self.is_slow = False

    def start(self, workspace: Workspace, deliveries: Sequence[Delivery]) -> Sent:
        self.deliveries = tuple(deliveries)
        self.all += [(each.address, each.events or ()) for each in deliveries]
        return self

    def poll(self) -> tuple[str | None, ...] | None:
        return None if self.is_slow else self.wait()

    def wait(self) -> tuple[str | None, ...]:
        return tuple("no route" if each.address in self.failing else None for each in self.deliveries)

    def leave(self, patience_s: float) -> bool:
        return True

    def taken(self) -> list[tuple[str, tuple[int, ...]]]:
        """What was sent since the last call."""
        found, self.all = self.all, []
        return found


class Site:
    """A workspace with its outbox, as the recorder uses it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = HistoryStore(workspace)
        self.outbox = Outbox(workspace, self.store)

    def configure(self, *urls: str, on: str = '["failed", "finished", "stalled", "disk", "gpu"]') -> None:
        listed = ", ".join(f'"{url}"' for url in urls)
        self.workspace.config_file.write_text(f"[notify]\nurls = [{listed}]\non = {on}\n")

    def happens(self, kind: str = "stall", at: float = NOW, count: int = 1) -> None:
        events = [Event(at, EventSeverity.WARNING, kind, "7.high", "it was so", {})] * count
        self.store.write(Batch(events=events))
        self.outbox.has_news()

    def tick(self, second: float) -> None:
        batch = Batch()
        batch.events += self.outbox.tick(NOW + second, batch)
        self.store.write(batch)

    def told(self) -> list[str]:
        """The events about sending itself."""
        return [each.kind for each in HistoryReader(self.workspace).events() if each.kind.startswith("notify")]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    made = Sent()
    monkeypatch.setattr(outbox, "Sending", made.start)
    return made


@pytest.fixture
def site(tmp_path: Path) -> Site:
    workspace = Workspace(tmp_path)
    workspace.create_state()
    made = Site(workspace)
    made.configure(ONE)
    return made


def test_events_of_some_seconds_come_as_one_message(site: Site, sent: Sent) -> None:
    site.happens()  # before anybody was to be told
    site.tick(0)
    site.happens()
    site.tick(1)
    site.happens("job-started")  # of no interest
    site.happens("disk")
    site.tick(GATHER_S)
    assert sent.taken() == []
    site.tick(1 + GATHER_S)
    assert sent.taken() == [(ONE, (2, 4))]
    site.tick(20)
    site.happens()
    for second in range(21, 20 + int(LEAST_GAP_S)):
        site.tick(second)
    assert sent.taken() == []  # not so soon
    site.tick(20 + LEAST_GAP_S)
    assert sent.taken() == [(ONE, (5,))]
    assert site.told() == []


def test_a_flood_is_a_message_a_minute(site: Site, sent: Sent) -> None:
    site.tick(0)
    for second in range(1, 301):
        site.happens(count=20)
        site.tick(second)
    assert 4 <= len(sent.taken()) <= 6


def test_an_address_that_fails_is_tried_again_and_told_of_once(site: Site, sent: Sent) -> None:
    site.configure(ONE, OTHER)
    sent.failing = {ONE}
    site.tick(0)
    site.happens()
    tries = []
    for second in range(1, 400):
        site.tick(second)
        tries += [(second, address) for address, _ in sent.taken()]
    mine = [second for second, address in tries if address == ONE]
    assert [address for _, address in tries].count(OTHER) == 1
    pauses = [after - before for before, after in pairwise(mine)]
    first = FIRST_PAUSE_S + 1  # the answer comes a tick later
    assert pauses[:3] == [first, 2 * first - 1, 4 * first - 3]
    (event,) = [each for each in HistoryReader(site.workspace).events() if each.kind == "notify"]
    assert event.severity is EventSeverity.WARNING
    assert event.evidence == {"address": "json://one.example/...", "error": "no route"}
    assert "secret" not in event.message
    sent.failing = set()
    for second in range(400, 1000):
        site.tick(second)
    assert site.told() == ["notify", "notify-over"]
    assert [events for _, events in sent.taken()] == [(1,)]


def test_what_is_not_sent_is_kept_over_a_restart(site: Site, sent: Sent) -> None:
    sent.failing = {ONE}
    site.tick(0)
    site.happens()
    site.tick(1)
    site.tick(1 + GATHER_S)
    site.tick(2 + GATHER_S)
    assert sent.taken() == [(ONE, (1,))]
    site.store.close()
    again = Site(site.workspace)
    again.tick(20)
    again.tick(20 + GATHER_S)
    again.tick(21 + GATHER_S)
    assert sent.taken() == [(ONE, (1,))]
    assert again.told() == ["notify"]  # known to fail
    again.store.close()
    sent.failing = set()
    third = Site(site.workspace)
    third.tick(40)
    third.tick(40 + GATHER_S)
    third.tick(41 + GATHER_S)
    assert sent.taken() == [(ONE, (1,))]
    third.store.close()
    fourth = Site(site.workspace)
    for second in range(60, 90):
        fourth.tick(second)
    assert sent.taken() == []
    assert fourth.told() == ["notify", "notify-over"]


def test_what_happened_long_ago_is_not_sent(site: Site, sent: Sent) -> None:
    site.tick(0)
    site.happens(at=NOW - STALE_S - 1)
    site.tick(1)
    site.tick(2 + GATHER_S)
    assert sent.taken() == []


def test_a_slow_address_holds_nothing_up_and_arrives_at_the_end(site: Site, sent: Sent) -> None:
    site.tick(0)
    site.happens()
    site.tick(1)
    sent.is_slow = True
    for second in range(6, 60):
        site.tick(second)
    assert sent.taken() == [(ONE, (1,))]
    batch = Batch()
    assert list(site.outbox.close(NOW + 60, batch)) == []
    assert 1.0 in batch.facts.values()


def test_the_configuration_is_followed(site: Site, sent: Sent) -> None:
    site.workspace.config_file.unlink()
    site.tick(0)
    site.happens()
    site.configure(ONE, on='["disk"]')
    site.tick(20)
    site.happens()
    site.happens("disk")
    site.tick(21)
    site.tick(21 + GATHER_S)
    assert sent.taken() == [(ONE, (3,))]
    site.workspace.config_file.write_text("[notify\n")  # broken: as it was
    site.tick(40)
    site.happens("disk")
    site.tick(41)
    site.tick(40 + LEAST_GAP_S)
    assert sent.taken() == [(ONE, (4,))]


def test_a_file_of_addresses_that_is_not_there_is_told_of_once(site: Site, sent: Sent) -> None:
    site.workspace.config_file.write_text('[notify]\nurls_file = "mine.txt"\n')
    for second in range(0, 60, 5):
        site.tick(second)
    assert site.told() == ["notify"]
    (site.workspace.root / "mine.txt").write_text(f"{OTHER}\n")
    site.tick(70)
    site.happens()
    site.tick(71)
    site.tick(71 + GATHER_S)
    assert sent.taken() == [(OTHER, (2,))]


def test_a_history_that_begins_anew_is_sent_as_well(site: Site, sent: Sent) -> None:
    site.tick(0)
    site.happens(count=5)
    site.tick(1)
    site.tick(1 + GATHER_S)
    site.tick(2 + GATHER_S)
    assert sent.taken() == [(ONE, (1, 2, 3, 4, 5))]
    site.store.path.unlink()
    site.store.write(Batch(facts={"x": 1.0}))
    site.outbox.begin_anew()
    site.happens()
    site.tick(100)
    site.tick(100 + GATHER_S)
    assert sent.taken() == [(ONE, (1,))]
