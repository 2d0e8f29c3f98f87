"""Events on the screen: the list, what can be done about them, and what the terminal is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import ready, shown, until, work_screen
from tests.ui.fake import NOON
from wantui.history.model import Event, EventSeverity
from wantui.services.outlook import Outlook
from wantui.ui.app import WantuiApp
from wantui.ui.commands.catalogue import BY_ID, Place
from wantui.ui.events.event_list import EventList
from wantui.ui.events.event_screen import EventScreen
from wantui.ui.runs.job_table import JobTable
from wantui.ui.work.announcements import notification
from wantui.ui.work.top_line import TopLine

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices

STARTED = Event(NOON - 3600, EventSeverity.INFO, "job-started", "7.high", "7.high has started on GPU 0", {}, "a", 1)
STALLED = Event(
    NOON - 60, EventSeverity.WARNING, "stall", "7.low", "7.low has made no step for 10 min", {"step": 744}, "b", 2
)
FULL = Event(
    NOON, EventSeverity.ERROR, "disk", None, "/out has 1 GiB free", {"folder": "/out", "free_mib": 900}, "c", 3
)  # fmt: skip


@pytest.fixture
def eventful(services: FakeServices) -> FakeServices:
    services.events = [STARTED, STALLED, FULL]
    services.outlook = Outlook(unseen=2, errors=1)
    return services


async def open_events(pilot: Pilot[None]) -> EventList:
    await ready(pilot)
    await pilot.press("exclamation_mark")
    await until(pilot, lambda: isinstance(pilot.app.screen, EventScreen))
    found = pilot.app.screen.query_one(EventList)
    await until(pilot, lambda: bool(found.events))
    return found


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_newest_comes_first_with_its_evidence(eventful: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(eventful).run_test(size=size) as pilot:
        await open_events(pilot)
        await until(pilot, lambda: "free mib 900" in shown(pilot))
        text = shown(pilot)
        assert text.index("1 GiB free") < text.index("no step for 10 min") < text.index("has started on GPU 0")
        assert "df -h /out" in shown(pilot)
        assert "3 events, 2 of them warnings or errors" in shown(pilot)


async def test_enter_does_what_helps_with_the_job_of_the_event(eventful: FakeServices) -> None:
    async with WantuiApp(eventful).run_test(size=(120, 40)) as pilot:
        await open_events(pilot)
        await pilot.press("enter")  # nothing of the screen helps against a full disk
        assert isinstance(pilot.app.screen, EventScreen)
        await pilot.press("j")
        await until(pilot, lambda: "enter show the log of the job" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EventScreen))
        work = work_screen(pilot)
        await until(pilot, lambda: work.place is Place.LOG and work.is_zoomed)
        highlighted = work.query_one(JobTable).highlighted
        assert highlighted is not None
        assert highlighted.job.id == "7.low"


async def test_warnings_and_errors_alone_and_what_comes_meanwhile(eventful: FakeServices) -> None:
    async with WantuiApp(eventful).run_test(size=(120, 40)) as pilot:
        events = await open_events(pilot)
        await pilot.press("w")
        assert events.row_count == 2
        await pilot.press("j")
        eventful.events = [*eventful.events, replace(FULL, number=4, message="/out is full")]
        await until(pilot, lambda: events.row_count == 3)
        assert events.chosen == STALLED  # the cursor stays where a person has put it
        await pilot.press("w", "g", "y")
        assert "/out is full" in pilot.app.clipboard


async def test_what_was_looked_at_is_seen(eventful: FakeServices) -> None:
    async with WantuiApp(eventful).run_test(size=(120, 40)) as pilot:
        await open_events(pilot)
        await until(pilot, lambda: eventful.outlooks.seen_until() == 3)
        await pilot.press("escape")


@pytest.mark.parametrize(
    ("size", "expected"), [((80, 24), "▲ 2"), ((120, 40), "▲ 2 events"), ((200, 50), "▲ 2 events")]
)
async def test_the_top_line_tells_what_nobody_has_seen(
    eventful: FakeServices, size: tuple[int, int], expected: str
) -> None:
    async with WantuiApp(eventful).run_test(size=size) as pilot:
        await ready(pilot)
        await until(pilot, lambda: expected in shown(pilot).splitlines()[0])


async def test_the_top_line_tells_when_all_is_done_and_what_it_costs(services: FakeServices) -> None:
    end = NOON + 6 * 3600
    services.outlook = Outlook(run=7, end=end, waiting=2, last_end=end + 3600, cost=1.61, whole_cost=2.52)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        pilot.app.screen.query_one(TopLine).now = lambda: NOON  # type: ignore[method-assign]  # the clock stands still
        await until(pilot, lambda: "cost 1.61 of 2.52" in shown(pilot).splitlines()[0])
        pilot.app.screen.query_one(TopLine).refresh()
        await until(pilot, lambda: "2 runs waiting, done " in shown(pilot).splitlines()[0])


async def test_what_would_be_a_guess_is_left_out(services: FakeServices) -> None:
    services.outlook = Outlook(run=7, cost=0.5, waiting=1)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await until(pilot, lambda: "cost 0.50   1 run waiting  " in shown(pilot).splitlines()[0])
        assert "done" not in shown(pilot).splitlines()[0]


async def test_the_bell_rings_once_for_what_comes_at_a_time(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = WantuiApp(services)
    rung: list[int] = []
    monkeypatch.setattr(app, "bell", lambda: rung.append(1))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        services.news += [STARTED, STALLED, FULL]
        await until(pilot, lambda: bool(rung))
        assert rung == [1]
        services.news += [replace(STARTED, number=5)]
        services.outlook = Outlook(unseen=9)
        await until(pilot, lambda: "9 events" in shown(pilot))
        assert rung == [1]  # that a job has started is as it should be


def test_a_notification_is_one_sequence_and_cannot_be_broken_out_of() -> None:
    said = notification("7.high; failed\x07\x1b]0;evil\x07", {})
    assert said.startswith("\x1b]9;7.high, failed")
    assert (said.count("\x1b]"), said.count("\x07")) == (1, 0)
    assert notification("x", {"TERM": "foot"}) == "\x1b]777;notify;wantui;x\x1b\\"
    assert notification("x", {"TERM": "xterm-256color", "VTE_VERSION": "7000"}).startswith("\x1b]777;")
    assert notification("x", {"TMUX": "/tmp/tmux"}).startswith("\x1bPtmux;")


def test_every_action_of_an_event_is_a_command_of_the_screen() -> None:
    from wantui.history import model

    commands = {each.command for each in (*model._ACTIONS.values(), *model._ENDED.values())}
    assert {each for each in commands if each is not None} <= BY_ID.keys()
