"""The whole screen as pictures: look at them before accepting a change (``pytest --snapshot-update``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.ui.conftest import _still, services
from tests.ui.driving import settled, until, work_screen
from tests.ui.fake import NOON, ROOT
from tests.ui.fake_events import a_night
from tests.ui.fake_queue import a_queue
from tests.ui.fake_setup import SETUP_BOX, STARTED, downloading, setup_plan, view
from tests.ui.kept_curves import keep_runs
from wantui.jobs.model import JobKind, JobState
from wantui.journal.media_folder import MediaFolder
from wantui.runs.attempt_logs import AttemptLog
from wantui.services.outlook import Outlook
from wantui.trainer.attempts import AttemptTask, StartPoint
from wantui.ui.app import WantuiApp
from wantui.ui.curves.screen import CurvesScreen
from wantui.ui.events.event_list import EventList
from wantui.ui.events.event_screen import EventScreen
from wantui.ui.machine.doctor import DoctorScreen
from wantui.ui.machine.doctor_list import FindingList
from wantui.ui.machine.setup import SetupScreen
from wantui.ui.machine.setup_list import SetupList
from wantui.ui.plan.run_form import RunForm
from wantui.ui.queue.queue_list import QueueList
from wantui.ui.runs.job_table import JobTable
from wantui.ui.start.page import StepsPage
from wantui.ui.start.screen import StartScreen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from textual.app import App
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.services.annotations import JobView

__all__ = ["_still", "services"]

WIDE, NARROW = (200, 50), (80, 24)


class SnapCompare(Protocol):
    def __call__(
        self,
        app: App[None],
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[None]], Awaitable[None]],
    ) -> bool: ...


def after(*keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def drive(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await until(pilot, lambda: work_screen(pilot).query_one(JobTable).row_count > 0)
        for key in keys:
            await pilot.press(key)
        await settled(pilot)
        await until(pilot, lambda: work_screen(pilot).context.watching is not None)
        await pilot.pause()
        form = pilot.app.screen
        if isinstance(form, RunForm):
            await until(pilot, lambda: form._preview is not None)

    return drive


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        pytest.param(WIDE, ("j", "j"), id="wide"),
        pytest.param(WIDE, ("t",), id="wide-form"),
        pytest.param(WIDE, ("question_mark",), id="wide-help"),
        pytest.param(WIDE, ("4", "i"), id="wide-run"),
        pytest.param((120, 40), ("4", "i"), id="medium-run"),
        pytest.param(NARROW, ("t",), id="narrow-form"),
        pytest.param((120, 40), ("3",), id="medium-gpus"),
        pytest.param(NARROW, (), id="narrow-dataset"),
        pytest.param(NARROW, ("j", "j", "2"), id="narrow-preview"),
        pytest.param(NARROW, ("3",), id="narrow-gpus"),
        pytest.param(NARROW, ("4",), id="narrow-jobs"),
        pytest.param(NARROW, ("5",), id="narrow-log"),
        pytest.param(NARROW, ("x",), id="narrow-stop"),
    ],
)
def test_screen(
    snap_compare: SnapCompare, services: FakeServices, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    assert snap_compare(WantuiApp(services), terminal_size=size, run_before=after(*keys))


def in_two_attempts(services: FakeServices, folder: Path) -> tuple[JobView, ...]:
    """The jobs, with an expert that was killed after epoch 20 and has gone on from there."""
    logs = []
    for number, start, first in ((1, StartPoint(), 19), (2, StartPoint(20, 480, ROOT / "state", 24), 1)):
        path = folder / f"high.{number}.log"
        own = ROOT / f"output/.attempts/anna.7.high.{number}"
        task = AttemptTask("7.high", number, path, path, "", "anna", own, ROOT / "output", 100, 1, start)
        path.write_text("".join(
            f"\nepoch {epoch}/100\n"
            f"\rsteps:   1%|▏         | {24 * epoch}/2400 [00:45<01:16:00,  1.90s/it, avr_loss=0.081]"
            f"\nsaving checkpoint: {own}/anna-{epoch:06}.safetensors\n"
            for epoch in range(first, first + (2 if number == 1 else 3))
        ), encoding="utf-8", newline="")  # fmt: skip
        mark = (
            "attempt 2",
            "went on after epoch 20 at 02:14",
            "killed, most likely by the kernel for lack of memory",
        )
        logs.append(AttemptLog(number, path, mark if number == 2 else (), task, "musubi"))
    return tuple(replace(view, logs=tuple(logs)) if view.job.id == "7.high" else view for view in services.job_views)


@pytest.mark.parametrize(
    ("size", "keys"),
    [pytest.param(WIDE, (), id="wide"), pytest.param(NARROW, ("5",), id="narrow-log")],
)
def test_two_attempts(
    snap_compare: SnapCompare, services: FakeServices, tmp_path: Path, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    services.job_views = in_two_attempts(services, tmp_path)
    assert snap_compare(WantuiApp(services), terminal_size=size, run_before=after(*keys))


def of_the_box(key: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def drive(pilot: Pilot[None]) -> None:
        await after()(pilot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, SetupScreen | DoctorScreen))
        screen = pilot.app.screen
        if isinstance(screen, SetupScreen):
            await until(pilot, lambda: screen._plan is not None and screen._was_live)
        else:
            await until(pilot, lambda: bool(screen.query_one(FindingList).findings))
        await pilot.pause()

    return drive


@pytest.mark.parametrize(
    ("size", "key"),
    [
        pytest.param(WIDE, "U", id="wide-setup"),
        pytest.param(NARROW, "U", id="narrow-setup"),
        pytest.param(NARROW, "K", id="narrow-doctor"),
    ],
)
def test_box(
    snap_compare: SnapCompare,
    services: FakeServices,
    size: tuple[int, int],
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SetupList, "now", lambda _: STARTED + 65.0)
    services.setup.plans = setup_plan(JobKind.TRAINER)
    services.setup.views = (
        view(JobKind.ENVIRONMENT, JobState.RUNNING),
        view(JobKind.TOKENIZER, JobState.QUEUED),
        view(JobKind.WEIGHTS, JobState.RUNNING),
    )
    services.setup.progress = downloading()
    assert snap_compare(WantuiApp(services), terminal_size=size, run_before=of_the_box(key))


async def show_first_run(pilot: Pilot[None]) -> None:
    """A box that is set up, and a folder of images from which no dataset was made yet."""
    await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
    page = pilot.app.screen.query_one(StepsPage)
    await until(pilot, lambda: page.seen.broken is not None and page.seen.machine is not None)
    await until(pilot, lambda: page.seen.items is not None)
    await pilot.pause()


@pytest.mark.parametrize("size", [(120, 40), NARROW], ids=["medium", "narrow"])
def test_first_run(snap_compare: SnapCompare, services: FakeServices, size: tuple[int, int]) -> None:
    folder = MediaFolder(ROOT / "pictures", tuple(f"{number}.png" for number in range(42)), (), 39)
    services.first_run.box = replace(SETUP_BOX, has_dataset=False, folder=folder)
    services.is_new, services.dataset_trouble, services.job_views = True, "No dataset yet.", ()
    assert snap_compare(WantuiApp(services), terminal_size=size, run_before=show_first_run)


async def show_queue(pilot: Pilot[None]) -> None:
    await after()(pilot)
    await pilot.press("Q")
    await until(pilot, lambda: bool(pilot.app.screen.query(QueueList)))
    await until(pilot, lambda: pilot.app.screen.query_one(QueueList).queue is not None)
    await pilot.press("j")
    await pilot.pause()


@pytest.mark.parametrize(
    ("size", "is_empty"),
    [
        pytest.param(WIDE, False, id="wide"),
        pytest.param((120, 40), False, id="medium"),
        pytest.param(NARROW, False, id="narrow"),
        pytest.param(NARROW, True, id="narrow-empty"),
    ],
)
def test_queue(snap_compare: SnapCompare, services: FakeServices, size: tuple[int, int], *, is_empty: bool) -> None:
    services.queue.rows = [] if is_empty else a_queue(NOON)
    assert snap_compare(WantuiApp(services), terminal_size=size, run_before=show_queue)


def show_events(pilot: Pilot[None]) -> Awaitable[None]:
    async def drive() -> None:
        await after("exclamation_mark")(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, EventScreen))
        events = pilot.app.screen.query_one(EventList)
        await until(pilot, lambda: bool(events.events))
        await pilot.press("j", "j")
        await pilot.pause()

    return drive()


@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")])
def test_events(
    snap_compare: SnapCompare, services: FakeServices, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventList, "now", lambda _: NOON)
    services.events = a_night(NOON)
    services.outlook = Outlook(4, 2, 7, NOON + 6 * 3600, 2, NOON + 9 * 3600, 1.61, 2.52)
    assert snap_compare(WantuiApp(services), terminal_size=size, run_before=show_events)


def on_curves(*keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def drive(pilot: Pilot[None]) -> None:
        await after("L")(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, CurvesScreen))
        screen = pilot.app.screen
        assert isinstance(screen, CurvesScreen)
        await until(pilot, lambda: not screen.state.is_reading)
        await pilot.press(*keys)
        await until(pilot, lambda: not screen.state.is_reading)
        await pilot.pause()

    return drive


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        pytest.param(WIDE, (), id="wide"),
        pytest.param(WIDE, ("o", "space", "space", "enter", "left", "left", "left"), id="wide-others"),
        pytest.param(NARROW, (), id="narrow"),
        pytest.param(NARROW, ("plus", "plus", "plus", "plus", "n", "right"), id="narrow-zoomed"),
        pytest.param(NARROW, ("tab", "y"), id="narrow-rate"),
        pytest.param(NARROW, ("x", "x"), id="narrow-time"),
        pytest.param(NARROW, ("o",), id="narrow-list"),
    ],
)
def test_curves(
    snap_compare: SnapCompare, services: FakeServices, tmp_path: Path, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    keep_runs(services, tmp_path)
    assert snap_compare(WantuiApp(services), terminal_size=size, run_before=on_curves(*keys))
