"""Room follows work: how many lines jobs and log get, and what stands where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import ready, settled, shown, until, work_screen
from wantui.ui.app import WantuiApp
from wantui.ui.commands.catalogue import Place
from wantui.ui.work.room import FRAME, HEAD, LEAST_DAY, PICTURE, room_for

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices

SIZES = [28, 30, 40, 50, 90]


@pytest.mark.parametrize("lines", SIZES)
def test_without_jobs_the_dataset_has_nearly_all(lines: int) -> None:
    room = room_for(lines, rows=0)
    assert room.log == 0
    assert room.jobs == 3


@pytest.mark.parametrize("lines", SIZES)
@pytest.mark.parametrize("is_raised", [False, True])
@pytest.mark.parametrize("rows", [1, 4, 12, 200])
@pytest.mark.parametrize("busy", [None, 0, 1, 9])
def test_every_pane_keeps_what_it_needs(lines: int, rows: int, busy: int | None, *, is_raised: bool) -> None:
    room = room_for(lines, rows=rows, busy=busy, items=24, is_raised=is_raised)
    assert room.log >= 4
    assert room.jobs >= 4
    assert room.jobs <= rows + HEAD + FRAME + 1
    assert lines - 2 - room.jobs - room.log >= LEAST_DAY - 2


def test_jobs_have_no_blank_lines_and_a_log_that_nobody_writes_is_shorter() -> None:
    assert room_for(50, rows=3, busy=3).jobs == 3 + HEAD + FRAME
    assert room_for(50, rows=3, busy=0).log < room_for(50, rows=3, busy=3).log


def test_jobs_scroll_only_where_the_dataset_needs_the_lines() -> None:
    few, many = room_for(50, rows=12, busy=4, items=5), room_for(50, rows=12, busy=4, items=500)
    assert few.jobs == 12 + HEAD + FRAME
    assert many.jobs < few.jobs
    assert 48 - few.jobs - few.log >= PICTURE


async def test_with_no_job_dataset_and_picture_are_large_and_with_one_there_is_a_log(services: FakeServices) -> None:
    views, services.job_views = services.job_views, ()
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        screen = await settled(pilot)
        await until(pilot, lambda: screen.pane(Place.DATASET).size.height >= 40)
        assert not screen.pane(Place.LOG).is_on_screen
        assert "No jobs yet: t opens the run form" in shown(pilot)
        services.job_views = views
        screen.look_now()
        await until(pilot, lambda: screen.pane(Place.LOG).is_on_screen)
        await until(pilot, lambda: screen.pane(Place.DATASET).size.height < 30)
        assert "812/2,400" in shown(pilot)


async def test_a_small_chart_stands_beside_the_log_once_there_is_a_curve(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = services.loss_history
    monkeypatch.setattr(services, "loss_history", lambda _job: ())
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        screen = work_screen(pilot)
        chart = screen.query_one("#small-loss")
        assert not chart.display
        monkeypatch.setattr(services, "loss_history", history)
        screen.look_now()
        await until(pilot, lambda: chart.is_on_screen and "● high 0.081" in shown(pilot))
        await pilot.press("3")
        await until(pilot, lambda: not chart.is_on_screen and screen.query_one("#loss").is_on_screen)


async def test_by_night_jobs_log_and_curves_are_raised_until_somebody_goes_to_the_dataset(
    services: FakeServices,
) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        screen = work_screen(pilot)
        low = screen.pane(Place.LOG).size.height
        await pilot.press("Z")
        await until(pilot, lambda: screen.query_one("#loss").size.width > 60)
        assert screen.place is Place.JOBS
        assert not screen.pane(Place.PREVIEW).is_on_screen
        assert screen.pane(Place.GPUS).is_on_screen
        assert screen.pane(Place.LOG).size.height > low
        await pilot.press("1")
        await until(pilot, lambda: screen.pane(Place.PREVIEW).is_on_screen)
        assert screen.pane(Place.DATASET).has_focus
        assert screen.pane(Place.LOG).size.height == low
