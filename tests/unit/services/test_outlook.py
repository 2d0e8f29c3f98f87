"""What a person wants to know first: unseen events, the end, the cost; nothing where it would be a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wantui.history.model import Batch, Event, EventSeverity
from wantui.history.store import HistoryStore
from wantui.paths import Workspace
from wantui.services.outlook import Outlook, Outlooks
from wantui.services.queue import Queue, QueuedRun, QueueView

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0


def event(number: int, severity: EventSeverity) -> Event:
    return Event(NOW + number, severity, "disk", None, f"event {number}")


def row(run: int, state: str, start: float | None, end: float | None) -> QueuedRun:
    return QueuedRun(run, run, "train", "a", state, None, (), start, end)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.create_state()
    return made


@pytest.fixture
def outlooks(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Outlooks:
    monkeypatch.setattr("wantui.services.outlook.time.time", lambda: NOW)
    return Outlooks(workspace, Queue(workspace))


def test_what_nobody_has_seen(workspace: Workspace, outlooks: Outlooks) -> None:
    assert outlooks.look() == (Outlook(), ())
    store = HistoryStore(workspace)
    severities = (EventSeverity.INFO, EventSeverity.WARNING, EventSeverity.ERROR, EventSeverity.WARNING)
    store.write(Batch(events=[event(number, severity) for number, severity in enumerate(severities, 1)]))
    outlook, news = outlooks.look()
    assert (outlook.unseen, outlook.errors, len(news)) == (3, 1, 4)
    outlooks.seen(3)
    assert outlooks.look() == (Outlook(unseen=1), ())
    outlooks.seen(2)  # another screen is behind
    assert outlooks.seen_until() == 3
    assert Outlooks(workspace, Queue(workspace)).look() == (
        Outlook(unseen=1),
        (),
    )  # what is older than the screen is no news


def test_a_broken_file_of_what_was_seen_hides_nothing(workspace: Workspace, outlooks: Outlooks) -> None:
    HistoryStore(workspace).write(Batch(events=[event(1, EventSeverity.ERROR)]))
    (workspace.state / "seen.json").write_text('{"events": "all"}')
    assert outlooks.look()[0].errors == 1


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(7, "running", NOW - 3600, NOW + 3600)], Outlook(0, 0, 7, NOW + 3600, 0, NOW + 3600, 0.8, 1.6)),
        ([row(7, "running", NOW - 3600, None)], Outlook(0, 0, 7, None, 0, None, 0.8, None)),
        (
            [row(7, "running", NOW - 3600, NOW + 3629), row(8, "waiting", NOW + 3629, NOW + 7200)],
            Outlook(0, 0, 7, NOW + 3600, 1, NOW + 7200, 0.8, 1.61),
        ),
        (
            [row(7, "running", NOW - 3600, NOW + 3600), row(8, "held", None, None)],
            Outlook(0, 0, 7, NOW + 3600, 1, None, 0.8, 1.6),
        ),
        ([row(8, "waiting", NOW + 60, NOW + 120)], Outlook(waiting=1, last_end=NOW + 120)),
    ],
)
def test_the_end_and_what_it_costs(
    workspace: Workspace,
    outlooks: Outlooks,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[QueuedRun],
    expected: Outlook,
) -> None:
    workspace.config_file.write_text("[machine]\nprice_per_hour = 0.8\n")
    monkeypatch.setattr(outlooks._queue, "look", lambda: QueueView(paused=False, runs=tuple(rows)))
    assert outlooks.look()[0] == expected


def test_without_a_price_there_is_no_cost(outlooks: Outlooks, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (row(7, "running", NOW - 3600, NOW + 3600),)
    monkeypatch.setattr(outlooks._queue, "look", lambda: QueueView(paused=False, runs=rows))
    found = outlooks.look()[0]
    assert (found.run, found.cost, found.whole_cost) == (7, None, None)
