"""Small things that a person meets: keys told in dialogs, short toasts, figures of jobs that have ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.ui.driving import ready, settled, shown, told, until, work_screen
from tests.ui.sites import app_of
from wantui.jobs.model import JobState
from wantui.ui.app import WantuiApp
from wantui.ui.changes.screen import StepsScreen
from wantui.ui.dataset.problems import ProblemsScreen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.fake import FakeServices


async def test_a_question_mark_tells_the_keys_of_a_dialog(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProblemsScreen))
        await pilot.press("question_mark")
        await until(pilot, lambda: "Go to the item" in shown(pilot))
        assert "Go to the next kind" in shown(pilot)  # the list's own
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProblemsScreen))


async def test_what_is_told_in_passing_ends_at_the_first_paragraph(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        work_screen(pilot).context.tell("No dataset yet: press o.\n\nfor example:\n[general]", is_error=True)
        await until(pilot, lambda: told(pilot) == ["No dataset yet: press o."])


async def test_a_failed_job_keeps_epoch_step_and_loss_where_there_is_little_room(services: FakeServices) -> None:
    services.job_views = tuple(
        replace(view, job=replace(view.job, state=JobState.FAILED, reason="out of memory"))
        if view.job.id == "7.high"
        else view
        for view in services.job_views
    )
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        line = next(line for line in shown(pilot).splitlines() if "7.high" in line and "out of memory" in line)
        assert "34/100" in line
        assert "812/2,400" in line
        assert "0.081" in line


async def test_enter_leaves_the_list_of_changes(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("H")
        await until(pilot, lambda: isinstance(pilot.app.screen, StepsScreen))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, StepsScreen))


async def test_broken_settings_say_which_keys_help(site: Path) -> None:
    file = site.parent / "dataset.toml"
    file.write_text(file.read_text() + '\nnum_repeats = "many"\n')
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        screen = await settled(pilot)
        assert screen.dataset_trouble is not None
        assert "p to see what is wrong" in screen.dataset_trouble
