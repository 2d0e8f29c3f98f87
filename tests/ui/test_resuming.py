"""Going on with a run, and stopping one gently, by keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from tests.ui.driving import ready, shown, told, until, work_screen
from tests.ui.fake_resuming import end_run
from wantui.jobs.model import PastAttempt
from wantui.trainer.attempts import StartPoint
from wantui.ui.app import WantuiApp
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.plan.resume_form import ResumeForm
from wantui.ui.runs.job_details import JobDetails

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices


def called(services: FakeServices, what: str) -> list[tuple[object, ...]]:
    return [call for call in services.calls if call[0] == what]


async def opened(pilot: Pilot[None]) -> ResumeForm:
    await until(pilot, lambda: isinstance(pilot.app.screen, ResumeForm))
    form = pilot.app.screen
    assert isinstance(form, ResumeForm)
    await until(pilot, lambda: form._plan is not None)
    return form


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_it_says_from_where_to_where_and_at_what_rate(services: FakeServices, size: tuple[int, int]) -> None:
    end_run(services)
    async with WantuiApp(services).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("4", "C")
        form = await opened(pilot)
        assert form.query_one("#epochs", Input).value == "100"
        await pilot.pause()
        for said in ("high goes on after epoch 20 of 100, at step 480", "learning rate", "epoch 21:", "enter starts"):
            assert said in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: called(services, "resume") == [("resume", 7, 100, False)])
        assert "7.high goes on." in told(pilot)


async def test_more_epochs_and_the_present_captions(services: FakeServices) -> None:
    end_run(services)
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("4", "right", "j", "j", "C")
        form = await opened(pilot)
        assert form.query_one("#epochs", Input).value == "120"  # it is done: 20 more are proposed
        await pilot.press("tab", "right")
        await until(pilot, lambda: "as they are now. Since then" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: called(services, "resume") == [("resume", 7, 120, True)])


async def test_what_cannot_be_is_said_and_nothing_starts(services: FakeServices) -> None:
    end_run(services)
    services.resuming.refusal = "7.high has no complete state to resume from"
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("4", "C")
        await until(pilot, lambda: "no complete state to resume from" in shown(pilot))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ResumeForm)
        await pilot.press("ctrl+u")
        await until(pilot, lambda: "a whole number from 1" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ResumeForm))
        assert not called(services, "resume")


async def test_only_an_expert_that_has_ended_goes_on(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("4", "C")
        await until(pilot, lambda: "choose an expert that has ended" in " ".join(told(pilot)))


async def stopping(pilot: Pilot[None]) -> None:
    await ready(pilot)
    await pilot.press("x")
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("e", ("end after", "7.high", None)),
        ("b", ("end after", "7", None)),
        ("a", ("stop", "7")),
        ("enter", ("stop", "7.high")),
    ],
)
async def test_each_way_to_stop_has_a_key(services: FakeServices, key: str, call: tuple[object, ...]) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await stopping(pilot)
        assert "The trainer saves only when an epoch ends." in shown(pilot)
        await pilot.press(key)
        await until(pilot, lambda: called(services, str(call[0])) == [call])


async def test_at_another_epoch(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await stopping(pilot)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskName))
        await pilot.press("6", "0", "enter")
        await until(pilot, lambda: called(services, "end after") == [("end after", "7.high", 60)])
        await until(pilot, lambda: "7.high stops when epoch 60 is saved." in told(pilot))


async def test_a_stop_that_waits_is_shown_and_taken_back(services: FakeServices) -> None:
    services.job_views = tuple(
        replace(view, job=replace(view.job, end_after=40)) if view.job.id == "7.high" else view
        for view in services.job_views
    )
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        assert "stops at epoch 40" in shown(pilot)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("t")
        await until(pilot, lambda: called(services, "take back") == [("take back", "7.high")])


async def test_a_job_tells_of_its_attempts_and_offers_to_go_on(services: FakeServices) -> None:
    past = (PastAttempt(1, 0.0, 60.0, -9, "killed, most likely by the kernel", "crash: killed"),)
    end_run(services, attempt=2, past=past)
    services.job_views = tuple(
        replace(view, start=StartPoint(20, 480)) if view.job.id == "7.high" else view for view in services.job_views
    )
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("4", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobDetails))
        assert "2, which went on after epoch 20" in shown(pilot)
        assert "killed, most likely by the kernel" in shown(pilot)
        assert "C resume" in shown(pilot)
        await pilot.press("C")
        await opened(pilot)
        assert work_screen(pilot) is not None
