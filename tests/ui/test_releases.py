"""Releasing and pruning on the screen: what will be written is shown, enter writes it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import ready, shown, type_text, until, work_screen
from tests.unit.finished_run import finished_run
from wantui.services.checkpoints import Checkpoints
from wantui.services.releases import Releases
from wantui.ui.app import WantuiApp
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.releases.release_screen import ReleaseScreen

if TYPE_CHECKING:
    from pathlib import Path

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
