"""The first-run page: what each step says, which one is next, and what keys do."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.driving import settled, shown, told, until, work_screen
from tests.ui.fake import make_job
from tests.ui.fake_setup import SETUP_BOX
from wantui.gpus.model import Gpu, GpuReading
from wantui.jobs.model import JobKind, JobState
from wantui.journal.media_folder import MediaFolder
from wantui.runs.board import JobView
from wantui.services.first_run import TrainingOutlook
from wantui.services.machine import MachineView
from wantui.trainer.model import Progress
from wantui.ui.app import WantuiApp
from wantui.ui.commands.catalogue import Place
from wantui.ui.commands.command_table import commands_of
from wantui.ui.dataset.dataset_form import DatasetForm
from wantui.ui.dialogs.help import sections_of
from wantui.ui.machine.setup import SetupScreen
from wantui.ui.plan.run_form import RunForm
from wantui.ui.start.screen import FOOTER, StartScreen
from wantui.ui.start.steps import DATASET, SETUP, TRAIN, StartFacts, steps_of

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices

FOLDER = MediaFolder(Path("/pics"), tuple(f"{number}.png" for number in range(42)), (), 39)
NEW = replace(SETUP_BOX, trainer=None, weights_lacking=("vae", "t5"), has_dataset=False)


# What is said


@pytest.mark.parametrize(
    ("seen", "step"),
    [
        (StartFacts(), SETUP),
        (StartFacts(NEW), SETUP),
        (StartFacts(replace(SETUP_BOX, has_dataset=False)), DATASET),
        (StartFacts(SETUP_BOX, items=0), DATASET),
        (StartFacts(SETUP_BOX, items=3), TRAIN),
        (StartFacts(NEW, items=3), SETUP),
    ],
)
def test_the_next_step_is_the_first_that_is_not_done(seen: StartFacts, step: int) -> None:
    assert seen.next == step


def test_trainer_weights_and_gpus_are_told_and_what_is_missing_of_them() -> None:
    gpus = tuple(GpuReading(Gpu(at, f"GPU-{at}", "NVIDIA GeForce RTX 5090", 0, 32607)) for at in range(2))
    found = steps_of(StartFacts(SETUP_BOX, MachineView(gpus)))[SETUP].found
    assert found == "musubi-tuner v0.3.4, weights of t2v, 2 × RTX 5090 32 GiB"  # noqa: RUF001  the sign is meant
    missing = steps_of(StartFacts(NEW, MachineView(trouble="No GPU: no driver. `wantui gpus` tells more.")))[SETUP]
    assert missing.found == "no trainer installed, 2 weight files of t2v missing"
    assert missing.warning == "No GPU: no driver"


def test_a_folder_is_told_with_what_is_wrong_in_it() -> None:
    box = replace(SETUP_BOX, has_dataset=False, folder=FOLDER)
    step = steps_of(StartFacts(box, broken=("7.png", "8.png", "9.png")))[DATASET]
    assert step.found == "found /pics: 42 images, 39 captions"
    assert step.warning == (
        "3 without a caption; 3 cannot be decoded: 7.png, 8.png and 1 more; you can fix that afterwards"
    )


@pytest.mark.parametrize(
    ("outlook", "said"),
    [
        (None, "time and cost follow from the dataset"),
        (TrainingOutlook(2400, 2, 11400.0, 0.79), "about 3 h 10 min on these GPUs, 2.50 at 0.79 an hour"),
        (TrainingOutlook(2400, 2, 11400.0, None), "about 3 h 10 min on these GPUs"),
        (
            TrainingOutlook(2400, 2, None, 0.79),
            "2,400 steps each, at 0.79 an hour; the time is known once one has started",
        ),
    ],
)  # fmt: skip
def test_time_and_cost_are_told_as_far_as_they_are_no_guess(outlook: TrainingOutlook | None, said: str) -> None:
    assert steps_of(StartFacts(SETUP_BOX, items=3, outlook=outlook))[TRAIN].found == said


def test_errors_are_told_before_a_training_is_begun() -> None:
    step = steps_of(StartFacts(SETUP_BOX, items=3, outlook=TrainingOutlook(10, 2, None, None, errors=4)))[TRAIN]
    assert (step.warning, step.keys) == ("4 errors to fix first", (("problems", "problems and fixes"),))


# What keys do


@pytest.fixture
def new(services: FakeServices) -> FakeServices:
    """Nothing is set up, and a folder with images is there."""
    services.first_run.box = replace(NEW, folder=FOLDER)
    services.is_new = True
    services.dataset_trouble = "No dataset yet."
    services.job_views = ()
    return services


async def page(pilot: Pilot[None]) -> StartScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
    screen = pilot.app.screen
    assert isinstance(screen, StartScreen)
    await until(pilot, lambda: screen.page.seen.box is not None)
    return screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_new_workspace_opens_with_the_three_steps(new: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(new).run_test(size=size) as pilot:
        await page(pilot)
        await until(pilot, lambda: "7.png" in shown(pilot))
        text = shown(pilot)
        assert "▶ 1  Set up this machine" in text
        assert "no trainer installed, 2 weight files of t2v missing" in text
        assert "found /pics: 42 images, 39 captions" in text
        assert "D trains on sample pictures, in 40 s; q there comes back" in text


async def test_a_workspace_that_is_ready_opens_as_ever(services: FakeServices) -> None:
    async with WantuiApp(services).run_test() as pilot:
        await settled(pilot)
        assert not isinstance(pilot.app.screen, StartScreen)


async def test_steps_tick_themselves_and_enter_does_the_next(new: FakeServices) -> None:
    async with WantuiApp(new).run_test(size=(120, 40)) as pilot:
        screen = await page(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SetupScreen))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        new.first_run.box = replace(SETUP_BOX, has_dataset=False, folder=FOLDER)
        await until(pilot, lambda: "✓ 1  Set up this machine" in shown(pilot))
        assert screen.page.at == DATASET
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DatasetForm))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        new.first_run.box, new.dataset_trouble = SETUP_BOX, None
        await until(pilot, lambda: "✓ 2  Add images or clips" in shown(pilot))
        await until(pilot, lambda: "2,400 steps each" in shown(pilot))
        assert screen.page.at == TRAIN
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))


async def test_the_help_has_every_key_of_the_bottom_line(new: FakeServices) -> None:
    async with WantuiApp(new).run_test(size=(80, 24)) as pilot:
        screen = await page(pilot)
        told = {
            key for section in sections_of(pilot.app.screen) for each in section.entries for key in each.keys.split()
        }
        named = {own or commands_of(screen).by_id[command_id].key for command_id, own, _ in FOOTER}
        assert named - {"ctrl+p"} <= told


async def test_a_run_that_begins_shows_the_work_screen(new: FakeServices) -> None:
    async with WantuiApp(new).run_test(size=(120, 40)) as pilot:
        await page(pilot)
        running = make_job(JobKind.HIGH, JobState.RUNNING, run=1)
        new.job_views = (JobView(running, Progress(), Path("/high.log")),)
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


@pytest.mark.parametrize(("key", "place"), [("escape", Place.DATASET), ("4", Place.JOBS), ("2", Place.PREVIEW)])
async def test_esc_and_the_keys_of_panes_leave_it(new: FakeServices, key: str, place: Place) -> None:
    async with WantuiApp(new).run_test(size=(120, 40)) as pilot:
        await page(pilot)
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert work_screen(pilot).place is place
        await pilot.press("0")
        await page(pilot)


async def test_the_demo_has_the_terminal_and_gives_it_back(
    new: FakeServices, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []

    def run(argv: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ran.append(argv)
        return subprocess.CompletedProcess(argv, 0)

    monkeypatch.setattr("wantui.ui.start.demo.subprocess.run", run)
    monkeypatch.setattr("wantui.ui.start.demo.terminal_given", lambda *_: nullcontext())
    monkeypatch.setattr("wantui.ui.start.demo.tempfile.mkdtemp", lambda prefix: f"{tmp_path}/{prefix}1")
    async with WantuiApp(new).run_test(size=(120, 40)) as pilot:
        screen = await page(pilot)
        await pilot.press("D")
        await until(pilot, lambda: bool(told(pilot)))
        assert ran[0][-3:] == ["demo", "--dir", f"{tmp_path}/wantui-demo-1"]
        assert told(pilot) == [f"Back from the demo. To see it again: wantui --workspace {tmp_path}/wantui-demo-1"]
        assert pilot.app.screen is screen
