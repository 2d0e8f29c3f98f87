"""Releasing and pruning on the screen: what will be written is shown, enter writes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import ready, shown, told, type_text, until, work_screen
from tests.unit.finished_run import finished_run
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.after.order import AfterOrder
from wantui.services import afterwards
from wantui.services.afterwards import Afterwards
from wantui.services.checkpoints import Checkpoints
from wantui.services.releases import Releases
from wantui.ui.app import WantuiApp
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.releases.release_screen import ReleaseScreen
from wantui.ui.releases.upload_screen import UploadScreen
from wantui.weights import tokens

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.paths import Workspace


@pytest.fixture
def workspace(services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """With one run, which stands for that under the cursor."""
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = finished_run(tmp_path / "w")
    services.releases, services.checkpoints = Releases(made), Checkpoints(made)
    services.samples = SimpleNamespace(subject=lambda number: 1)
    return made


async def opened(pilot: Pilot[None]) -> None:
    await ready(pilot)
    await pilot.press("4", "M")
    await on_screen(pilot, ReleaseScreen)


async def on_screen(pilot: Pilot[None], kind: type) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    await pilot.pause()


async def test_what_will_be_written_is_shown_and_enter_writes_it(
    services: FakeServices, workspace: Workspace
) -> None:
    folder = workspace.root / "releases/toy"
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        text = shown(pilot)
        for said in ("toy_high_noise.safetensors", "low epoch 6", "the last; no held-out loss", "ohwx style"):
            assert said in text
        assert not folder.exists()
        await pilot.press("enter")
        await until(pilot, (folder / "SHA256SUMS").is_file)
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        await pilot.press("M")
        await on_screen(pilot, ReleaseScreen)
        assert "toy-2_high_noise.safetensors" in shown(pilot), "another name, since that one is taken"
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ReleaseScreen))
        assert not folder.with_name("toy-2").exists()


async def test_it_gets_another_name(services: FakeServices, workspace: Workspace) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("n")
        await on_screen(pilot, AskName)
        await type_text(pilot, "lena")
        await pilot.press("enter")
        await on_screen(pilot, ReleaseScreen)
        assert "lena_low_noise.safetensors" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, (workspace.root / "releases/lena").is_dir)


async def test_checkpoints_are_pruned_and_brought_back(services: FakeServices, workspace: Workspace) -> None:
    output = workspace.root / "output"
    before = sorted(output.iterdir())
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("p")
        await on_screen(pilot, Confirm)
        assert "high: epochs 2, 4" in shown(pilot)
        assert "high 6 (the last)" in shown(pilot)
        assert sorted(output.iterdir()) == before
        await pilot.press("p")
        await until(pilot, lambda: len(list(output.glob("*.safetensors"))) == 2)
        await on_screen(pilot, ReleaseScreen)
        await pilot.press("p")
        await on_screen(pilot, Confirm)
        assert "Nothing more to prune" in shown(pilot)
        await pilot.press("r")
        await until(pilot, lambda: sorted(output.iterdir()) == before)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch, workspace: Workspace, services: FakeServices) -> list[AfterOrder]:
    """What the background process has been asked for."""
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefghijklmnop")
    services.afterwards = Afterwards(workspace)
    asked: list[AfterOrder] = []

    def begin(_: Workspace, order: AfterOrder) -> Run:
        asked.append(order)
        job = Job("8.after", 8, JobSpec(JobKind.AFTER, ("x",), Path("/")), JobState.QUEUED, 1.0)
        return Run(8, RunKind.AFTER, 1.0, order.to_document(), (job,))

    monkeypatch.setattr(afterwards, "begin", begin)
    return asked


async def asked_for_upload(pilot: Pilot[None], repository: str) -> None:
    """Open the screen of an upload, for a repository that is typed."""
    await opened(pilot)
    await pilot.press("u")
    await on_screen(pilot, AskName)
    await type_text(pilot, repository)
    await pilot.press("enter")
    await on_screen(pilot, UploadScreen)


async def test_an_upload_is_shown_private_and_handed_to_the_background_process(
    services: FakeServices, workspace: Workspace, orders: list[AfterOrder]
) -> None:
    (workspace.root / "wantui.toml").write_text('[after]\ncommand = ["vastai", "stop", "my box"]\n')
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await asked_for_upload(pilot, "ann/toy")
        text = shown(pilot)
        for said in ("private: nobody sees it but you", "toy_low_noise.safetensors", "vastai stop 'my box'"):
            assert said in text
        assert orders == []
        await pilot.press("enter")
        await until(pilot, lambda: bool(orders))
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert orders == [AfterOrder(1, "ann/toy", name="toy", high=6, low=6)], "the command was not asked for"
        assert (workspace.root / "releases/toy/SHA256SUMS").is_file()


async def test_an_upload_may_be_public_and_followed_by_the_command(
    services: FakeServices, workspace: Workspace, orders: list[AfterOrder]
) -> None:
    (workspace.root / "wantui.toml").write_text('[after]\ncommand = ["vastai", "stop"]\n')
    made = services.releases.make(services.releases.plan(1)).plan.folder
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert "toy-2_high_noise" in shown(pilot)
        await pilot.press("u")
        await on_screen(pilot, AskName)
        await type_text(pilot, "ann")
        await pilot.press("enter")
        await until(pilot, lambda: any("'ann' is no repository's name" in each for each in told(pilot)))
        await on_screen(pilot, AskName)
        await type_text(pilot, "/toy")
        await pilot.press("enter")
        await on_screen(pilot, UploadScreen)
        assert "release   toy " in shown(pilot), "the one that is there already, since it is the same"
        await pilot.press("p")
        await until(pilot, lambda: "public: everybody can see" in shown(pilot))
        await pilot.press("r")
        await on_screen(pilot, AskName)
        await pilot.press("backspace", "backspace", "backspace")
        await type_text(pilot, "lena")
        await pilot.press("enter")
        await on_screen(pilot, UploadScreen)
        await until(pilot, lambda: "ann/lena" in shown(pilot))
        await pilot.press("x")
        await until(pilot, lambda: bool(orders))
    assert orders == [AfterOrder(1, "ann/lena", True, ("vastai", "stop"), "toy", 6, 6)]
    assert [*made.parent.iterdir()] == [made]


async def test_without_a_command_none_is_offered_and_without_a_token_nothing(
    services: FakeServices, workspace: Workspace, orders: list[AfterOrder], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await asked_for_upload(pilot, "ann/toy")
        assert "then command" not in shown(pilot)
        await pilot.press("x")
        await pilot.press("escape")
        await on_screen(pilot, ReleaseScreen)
        monkeypatch.delenv("HF_TOKEN")
        monkeypatch.setattr(tokens, "get_token", lambda: None)
        await pilot.press("u")
        await until(pilot, lambda: any("no token for the Hub" in each for each in told(pilot)))
    assert orders == []


async def test_the_command_alone_is_shown_in_full_and_asked_for(
    services: FakeServices, workspace: Workspace, orders: list[AfterOrder]
) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("a")
        await until(pilot, lambda: any("No command is set" in each for each in told(pilot)))
        (workspace.root / "wantui.toml").write_text('[after]\ncommand = ["vastai", "stop", "my box"]\n')
        for key in ("escape", "y"):
            await pilot.press("M")
            await on_screen(pilot, ReleaseScreen)
            await pilot.press("a")
            await on_screen(pilot, Confirm)
            assert "vastai stop 'my box'" in shown(pilot)
            assert orders == []
            await pilot.press(key)
            await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        await until(pilot, lambda: bool(orders))
    assert orders == [AfterOrder(1, command=("vastai", "stop", "my box"))]


async def test_the_upload_of_a_run_under_way_waits_for_its_end(
    services: FakeServices, workspace: Workspace, orders: list[AfterOrder]
) -> None:
    store = RunStore(workspace)
    run = store.get(1)
    store.write(run.with_job(replace(run.jobs[1], state=JobState.RUNNING, ended=None)))
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await asked_for_upload(pilot, "ann/toy")
        assert "run 1 has ended; its release is made then" in " ".join(shown(pilot).split())
        await pilot.press("enter")
        await until(pilot, lambda: bool(orders))
    assert orders == [AfterOrder(1, "ann/toy", name="toy")]
    assert not (workspace.root / "releases").exists()
