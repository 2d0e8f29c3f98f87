"""Setting a box up on the screen: what is told at each moment, and what each key asks for."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import ready, shown, told, until, work_screen
from tests.ui.fake_setup import KINDS, STARTED, downloading, setup_plan, view
from wantui.doctor.model import bad
from wantui.jobs.model import JobKind, JobState
from wantui.ui.app import WantuiApp
from wantui.ui.machine.doctor import DoctorScreen
from wantui.ui.machine.doctor_list import FindingList
from wantui.ui.machine.setup import SetupScreen
from wantui.ui.machine.setup_list import SetupList, StepRow
from wantui.weights.model import FileState

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices

SIZES = [(80, 24), (200, 50)]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs began 65 seconds ago."""
    monkeypatch.setattr(SetupList, "now", lambda _: STARTED + 65.0)


async def open_setup(pilot: Pilot[None]) -> SetupScreen:
    await ready(pilot)
    await pilot.press("U")
    await until(pilot, lambda: isinstance(pilot.app.screen, SetupScreen))
    screen = pilot.app.screen
    assert isinstance(screen, SetupScreen)
    await until(pilot, lambda: screen._plan is not None or "cannot" in shown(pilot))
    return screen


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_left_is_told_with_its_time_before_anything_begins(
    services: FakeServices, size: tuple[int, int]
) -> None:
    services.setup.plans = setup_plan(JobKind.TRAINER)
    async with WantuiApp(services).run_test(size=size) as pilot:
        await open_setup(pilot)
        text = shown(pilot)
        assert "found musubi-tuner v0.3.4 at /workspace/musubi-tuner; uses it" in text
        assert "s starts it: about 12 min, 9.0 GB over the network." in text
        assert "69.0 GB go to /workspace, 500.0 GB are free" in text
        await pilot.press("j")
        await until(pilot, lambda: "$ get environment" in shown(pilot))
        await pilot.press("s")
        await until(pilot, lambda: ("begin", "t2v") in services.setup.asked)
        await until(pilot, lambda: "runs without the screen" in shown(pilot))


@pytest.mark.parametrize("size", SIZES)
async def test_each_step_and_file_tells_how_far_it_is(services: FakeServices, size: tuple[int, int]) -> None:
    services.setup.views = (
        view(JobKind.TRAINER, JobState.SUCCEEDED),
        view(JobKind.ENVIRONMENT, JobState.RUNNING),
        view(JobKind.TOKENIZER, JobState.QUEUED),
        view(JobKind.WEIGHTS, JobState.RUNNING),
    )
    services.setup.progress = downloading()
    async with WantuiApp(services).run_test(size=size) as pilot:
        await open_setup(pilot)
        text = shown(pilot)
        assert "1:05 of about 4 min" in text
        assert "waits, about 4 min" in text
        assert "26.0 GB of 68.9 GB  250 MB/s  2:51 left" in text
        assert "linked from the Hub's cache" in text
        assert " 50 %  28.6 GB  250 MB/s" in text


async def test_the_checklist_ticks_itself(services: FakeServices) -> None:
    box = services.setup
    box.views = (view(JobKind.ENVIRONMENT, JobState.RUNNING),)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await open_setup(pilot)
        box.plans = setup_plan(*KINDS)
        box.views = (view(JobKind.ENVIRONMENT, JobState.SUCCEEDED),)
        await until(pilot, lambda: "Ready to train" in shown(pilot))
        assert all(isinstance(row, StepRow) and row.is_done for row in screen.query_one(SetupList).rows)


async def test_a_step_that_ends_elsewhere_has_the_dataset_read_again(services: FakeServices) -> None:
    """What is missing for a training may be there since."""
    services.job_views = (view(JobKind.TRAINER, JobState.RUNNING),)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        screen = work_screen(pilot)
        await until(pilot, lambda: screen.jobs == services.job_views)
        before = services.calls.count(("dataset",))
        services.job_views = (view(JobKind.TRAINER, JobState.SUCCEEDED),)
        screen.look_now()
        await until(pilot, lambda: services.calls.count(("dataset",)) > before)


async def test_a_long_reason_is_read_to_its_end_with_the_keyboard(services: FakeServices) -> None:
    box = services.setup
    reason = "\n".join(["a wheel is missing"] * 30 + ["the last word"])
    box.views = (view(JobKind.ENVIRONMENT, JobState.FAILED, reason),)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await open_setup(pilot)
        more = screen.query_one("#setup-more")
        await until(pilot, lambda: more.max_scroll_y > 0)
        while more.scroll_offset.y < more.max_scroll_y:
            before = more.scroll_offset.y
            await pilot.press("pagedown")
            await until(pilot, partial(lambda before: more.scroll_offset.y > before, before))
        await pilot.press("pageup")
        await until(pilot, lambda: more.scroll_offset.y < more.max_scroll_y)


async def test_a_step_is_ticked_when_it_ends_while_others_go_on(services: FakeServices) -> None:
    box = services.setup
    going = view(JobKind.WEIGHTS, JobState.RUNNING)
    box.views = (view(JobKind.TRAINER, JobState.RUNNING), going)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await open_setup(pilot)
        steps = screen.query_one(SetupList)
        box.views = (view(JobKind.TRAINER, JobState.SUCCEEDED, ended=time.time() + 1), going)
        await until(pilot, lambda: isinstance(steps.rows[0], StepRow) and steps.rows[0].is_done)
        assert "runs without the screen" in shown(pilot)


async def test_what_has_gone_since_its_job_ended_well_is_not_ticked(services: FakeServices) -> None:
    box = services.setup
    box.views = (view(JobKind.TRAINER, JobState.SUCCEEDED, ended=STARTED + 1),)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await open_setup(pilot)
        await until(pilot, lambda: "s starts it" in shown(pilot))
        row = screen.query_one(SetupList).rows[0]
        assert isinstance(row, StepRow)
        assert not row.is_done


async def test_a_failure_is_told_while_the_rest_goes_on(services: FakeServices) -> None:
    box = services.setup
    going = view(JobKind.WEIGHTS, JobState.RUNNING)
    box.views = (view(JobKind.ENVIRONMENT, JobState.RUNNING), going)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await open_setup(pilot)
        failed = view(JobKind.ENVIRONMENT, JobState.FAILED, "no such wheel")
        box.views = (failed, going)
        await until(pilot, lambda: "environment failed; the rest" in shown(pilot))
        assert "no such wheel" in shown(pilot)
        box.views = (failed, view(JobKind.WEIGHTS, JobState.SUCCEEDED))
        await until(pilot, lambda: "s retries, l shows the log" in shown(pilot))


async def test_a_step_that_failed_is_gone_to_and_its_log_is_one_key_away(services: FakeServices) -> None:
    box = services.setup
    box.views = (view(JobKind.ENVIRONMENT, JobState.RUNNING),)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await open_setup(pilot)
        box.views = (view(JobKind.ENVIRONMENT, JobState.FAILED, "no such wheel [bold]"),)
        await until(pilot, lambda: "no such wheel [bold]" in shown(pilot))
        await pilot.press("l")
        await until(pilot, lambda: not isinstance(pilot.app.screen, SetupScreen))


async def test_a_download_is_paused_and_goes_on(services: FakeServices) -> None:
    box = services.setup
    box.views, box.progress = (view(JobKind.WEIGHTS, JobState.RUNNING),), downloading()
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await open_setup(pilot)
        await pilot.press("p")
        await until(pilot, lambda: ("pause", "3.weights") in box.asked)
        box.views, box.progress = (view(JobKind.WEIGHTS, JobState.CANCELLED),), downloading(is_running=False)
        await until(pilot, lambda: "paused: p continues" in shown(pilot))
        assert "250 MB/s" not in shown(pilot)
        await pilot.press("p")
        await until(pilot, lambda: ("go on", "3.weights") in box.asked)


async def test_a_download_of_somebody_else_is_paused_too(services: FakeServices) -> None:
    services.setup.progress = downloading()
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await open_setup(pilot)
        await pilot.press("p")
        await until(pilot, lambda: ("pause", None) in services.setup.asked)


@pytest.mark.parametrize(
    ("key", "calls"), [("escape", []), ("enter", [("stop", 3)]), ("d", [("stop", 3), ("drop", "all")])]
)
async def test_a_stop_asks_what_becomes_of_files_that_are_not_whole(
    services: FakeServices, key: str, calls: list[tuple[object, ...]]
) -> None:
    box = services.setup
    box.views = (view(JobKind.WEIGHTS, JobState.RUNNING),)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await open_setup(pilot)
        box.asked.clear()
        await pilot.press("x")
        await until(pilot, lambda: "Stop it?" in shown(pilot))
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.screen is screen)
        await until(pilot, lambda: [call for call in box.asked if call[0] != "plan"] == calls)


async def test_a_disk_that_is_too_small_is_asked_about(services: FakeServices) -> None:
    services.setup.plans = setup_plan(free=10_000_000_000)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await open_setup(pilot)
        assert "No room for it: free some" in shown(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "where 10.0 GB are free" in shown(pilot))
        await pilot.press("escape")
        await pilot.pause()
        assert ("begin", "t2v") not in services.setup.asked


async def test_another_task_is_planned_anew(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await open_setup(pilot)
        await pilot.press("t")
        await until(pilot, lambda: ("plan", "i2v") in services.setup.asked)


async def test_what_keeps_a_setup_from_being_planned_is_told_to_its_last_word(services: FakeServices) -> None:
    services.setup.trouble = why = (
        "/workspace/environment/bin/python cannot be started; it is left alone: move /workspace/environment away, or "
        "name another python in [trainer] of wantui.toml, or none"
    )
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await open_setup(pilot)
        await until(pilot, lambda: why in " ".join(shown(pilot).replace("│", " ").split()))
        await pilot.press("s", "escape")
        assert not told(pilot)
        assert ("begin", "t2v") not in services.setup.asked


@pytest.mark.parametrize("size", SIZES)
async def test_the_doctor_tells_what_is_wrong_and_the_fix(services: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(services).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("K")
        await until(pilot, lambda: isinstance(pilot.app.screen, DoctorScreen))
        await until(pilot, lambda: "1 error to fix first, 1 warning." in shown(pilot))
        assert "run `wantui setup`" in shown(pilot)
        found = pilot.app.screen.query_one(FindingList)
        assert found.cursor == 1
        await pilot.press("n")
        assert found.cursor == 2
        await until(pilot, lambda: "start the container with --shm-size=8g" in shown(pilot))
        await pilot.press("c")
        assert pilot.app.clipboard == "start the container with --shm-size=8g"
        await pilot.press("N", "c")
        assert pilot.app.clipboard == "wantui setup"
        await pilot.press("r")
        await until(pilot, lambda: services.setup.asked.count(("findings", True)) == 2)


async def test_the_doctor_sends_to_the_setup_for_what_that_fixes(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("K")
        await until(pilot, lambda: "1 warning. U sets the machine up." in shown(pilot))
        await pilot.press("U")
        await until(pilot, lambda: isinstance(pilot.app.screen, SetupScreen))


async def test_a_fix_without_room_ends_in_an_ellipsis(services: FakeServices) -> None:
    services.setup.found = (bad("driver", "no driver", "rent a machine " * 9),)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("K")
        await until(pilot, lambda: "1 error to fix" in shown(pilot))
        line = next(line for line in shown(pilot).splitlines() if "✗ driver" in line)
        assert "…" in line


async def test_files_of_a_download_that_ended_well_are_not_listed(services: FakeServices) -> None:
    """What they say is of that time: the files may have gone."""
    box = services.setup
    done = downloading(is_running=False)
    box.progress = replace(done, files=tuple(replace(file, state=FileState.THERE) for file in done.files))
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await open_setup(pilot)
        await until(pilot, lambda: "s starts it" in shown(pilot))
        assert "t2v_high" not in shown(pilot)


async def test_a_doctor_who_cannot_look_says_why(services: FakeServices) -> None:
    services.setup.trouble = "wantui.toml:3: unknown key"
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("K")
        await until(pilot, lambda: "wantui.toml:3: unknown key" in shown(pilot))


@pytest.mark.parametrize(("works", "said"), [(True, "The test run succeeded."), (False, "The test run failed")])
async def test_the_chain_is_proved_on_the_screen(services: FakeServices, works: bool, said: str) -> None:
    services.setup.smoke_works = works
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("K")
        await until(pilot, lambda: isinstance(pilot.app.screen, DoctorScreen))
        await until(pilot, lambda: bool(pilot.app.screen.query_one(FindingList).findings))
        await pilot.press("S")
        await until(pilot, lambda: said in shown(pilot))
        assert "the low-noise expert [trains] and saves" in shown(pilot)


async def test_leaving_ends_the_proof(services: FakeServices) -> None:
    services.setup.holds_smoke = True
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("K", "S")
        await until(pilot, lambda: ("smoke",) in services.setup.asked)
        await pilot.press("escape")
        await until(pilot, lambda: ("smoke ended", True) in services.setup.asked)
