"""The queue on the screen, and the run form for a changed copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import ready, shown, told, until
from tests.ui.fake import NOON, make_job
from tests.ui.fake_queue import a_queue, foreign_job
from wantui.jobs.model import HELD_BY_HAND, JobKind, JobState
from wantui.runs.board import JobView
from wantui.runs.request import RunRequest
from wantui.trainer.model import Progress
from wantui.ui.app import WantuiApp
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.plan.run_form import RunForm
from wantui.ui.queue.queue_list import QueueList
from wantui.ui.queue.screen import QueueScreen

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices

SIZES = [(80, 24), (120, 40), (200, 50)]


async def open_queue(pilot: Pilot[None]) -> QueueList:
    await ready(pilot)
    await pilot.press("Q")
    await until(pilot, lambda: isinstance(pilot.app.screen, QueueScreen))
    found = pilot.app.screen.query_one(QueueList)
    await until(pilot, lambda: found.queue is not None)
    return found


@pytest.fixture
def queued(services: FakeServices) -> FakeServices:
    services.queue.rows = a_queue(NOON)
    return services


def numbers(services: FakeServices) -> list[int]:
    return [row.run for row in services.queue.rows]


@pytest.mark.parametrize("size", SIZES)
async def test_it_says_what_runs_and_waits_why_and_until_when(queued: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(queued).run_test(size=size) as pilot:
        await open_queue(pilot)
        lines = shown(pilot).splitlines()
        (running,) = (line for line in lines if " anna " in line and "running" in line)
        assert "▶ 7" in running
        assert "20:31" in running
        assert "~Thu 01:31" in running
        (waiting,) = (line for line in lines if "anna_rank64" in line)
        assert "… 9" in waiting
        assert "~Thu 07:31" in waiting
        (held,) = (line for line in lines if "■ 11" in line)
        assert held.count("unknown") == 2
        assert "5 runs: 1 running, 3 waiting, 1 held. The last end is unknown." in shown(pilot)
        await pilot.press("j")
        await until(pilot, lambda: "waits for a free GPU: GPU 0 is used by 7.high" in shown(pilot))


async def test_runs_are_moved_and_keys_typed_fast_are_obeyed_one_after_the_other(queued: FakeServices) -> None:
    async with WantuiApp(queued).run_test(size=(80, 24)) as pilot:
        found = await open_queue(pilot)
        await pilot.press("j", "J", "J")
        await until(pilot, lambda: numbers(queued) == [7, 11, 8, 9, 12])
        await until(pilot, lambda: found.chosen is not None and found.chosen.run == 9 and found.cursor == 3)
        await pilot.press("K", "K", "K")
        await until(pilot, lambda: numbers(queued) == [9, 7, 11, 8, 12])
        await until(pilot, lambda: found.cursor == 0)
        await pilot.press("K")
        await pilot.pause()
        assert numbers(queued) == [9, 7, 11, 8, 12]


async def test_a_run_is_held_and_released(queued: FakeServices) -> None:
    async with WantuiApp(queued).run_test(size=(80, 24)) as pilot:
        await open_queue(pilot)
        await pilot.press("j", "h")
        await until(pilot, lambda: "Run 9, anna_rank64: held" in shown(pilot))
        await pilot.press("h")
        await until(pilot, lambda: "Run 9, anna_rank64: waiting" in shown(pilot))
        assert queued.queue.calls == [("hold", 9), ("release", 9)]


@pytest.mark.parametrize(("key", "calls"), [("y", [("release", 11)]), ("escape", [])])
async def test_a_run_from_elsewhere_is_released_after_a_look_at_what_it_starts(
    queued: FakeServices, key: str, calls: list[tuple[object, ...]]
) -> None:
    queued.queue.foreign = (foreign_job(),)
    async with WantuiApp(queued).run_test(size=(80, 24)) as pilot:
        await open_queue(pilot)
        await pilot.press("j", "j", "h")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "11.high: python 'evil [b].py'" in shown(pilot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, QueueScreen))
        await until(pilot, lambda: queued.queue.calls == calls)


async def test_the_queue_is_paused_and_let_go(queued: FakeServices) -> None:
    async with WantuiApp(queued).run_test(size=(80, 24)) as pilot:
        await open_queue(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "Paused: running jobs continue, and no other starts." in shown(pilot))
        await pilot.press("p")
        await until(pilot, lambda: "Paused" not in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, QueueScreen))


async def test_what_is_refused_is_said_and_stays_said(queued: FakeServices) -> None:
    queued.queue.trouble = "the supervisor cannot be [reached]"
    async with WantuiApp(queued).run_test(size=(80, 24)) as pilot:
        await open_queue(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "the supervisor cannot be [reached]" in shown(pilot))
        screen = pilot.app.screen
        assert isinstance(screen, QueueScreen)
        await screen._look().wait()
        assert "the supervisor cannot be [reached]" in shown(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_queue_says_how_to_fill_it(services: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(services).run_test(size=size) as pilot:
        await open_queue(pilot)
        assert "Nothing is waiting or running." in shown(pilot)
        assert "t opens the run form" in shown(pilot)
        await pilot.press("J", "h", "y", "p")
        await until(pilot, lambda: services.queue.calls == [("pause",)])


@pytest.mark.parametrize("keys", [("4", "n"), ("Q", "y")])
async def test_a_changed_copy_is_queued(queued: FakeServices, keys: tuple[str, str]) -> None:
    queued.queue.paused = True
    async with WantuiApp(queued).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press(keys[0])
        if keys[0] == "Q":
            await until(pilot, lambda: bool(pilot.app.screen.query(QueueList)))
            await until(pilot, lambda: pilot.app.screen.query_one(QueueList).queue is not None)
        await pilot.press(keys[1])
        await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))
        form = pilot.app.screen
        assert isinstance(form, RunForm)
        await until(pilot, lambda: form._preview is not None)
        assert "Train like run 7" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: any(call[0] == "start" for call in queued.calls))
        (request,) = (call[1] for call in queued.calls if call[0] == "start")
        assert isinstance(request, RunRequest)
        assert (request.like, request.suffix, request.author, request.epochs) == (7, "ben", "Ada", 50)
        await until(pilot, lambda: "Run 9 is queued; the queue is paused: Q." in told(pilot))


async def test_r_on_a_job_that_is_held_by_hand_releases_its_run(services: FakeServices, tmp_path: Path) -> None:
    held = make_job(JobKind.HIGH, JobState.QUEUED, run=11, reason=f"{HELD_BY_HAND}`wantui queue release 11`")
    services.job_views = (JobView(held, Progress(), tmp_path / "log"),)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("4", "r")
        await until(pilot, lambda: "Run 11 goes on." in told(pilot))
        assert services.queue.calls == [("release", 11)]


async def test_r_believes_no_record_that_says_it_is_held_by_hand(services: FakeServices, tmp_path: Path) -> None:
    held = make_job(JobKind.HIGH, JobState.QUEUED, run=11, reason=f"{HELD_BY_HAND}`wantui queue release 11`")
    services.job_views = (JobView(held, Progress(), tmp_path / "log"),)
    services.queue.foreign = (foreign_job(),)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("4", "r")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "You have not started it on this machine." in " ".join(shown(pilot).split())
        assert services.queue.calls == []
