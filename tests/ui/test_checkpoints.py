"""The checkpoints of a run on the screen: the list, one file's metadata, and the form for an average."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.driving import ready, shown, told, until
from tests.unit.finished_run import finished_run
from wantui.runs.probing.averages import Average, Averages
from wantui.runs.sampling.judging import Judgements
from wantui.runs.sampling.pairs import Pair
from wantui.services.averaging import Averaging
from wantui.services.checkpoints import Checkpoints
from wantui.trainer.averages import Decay
from wantui.ui.app import WantuiApp
from wantui.ui.checkpoints.average_form import AverageForm
from wantui.ui.checkpoints.screen import CheckpointList, CheckpointsScreen

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.paths import Workspace


class Asked(Averaging):
    """Keeps what it is asked to begin."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.begun: list[Any] = []
        self.looks = 0

    def left(self, order: Any) -> Any:
        self.looks += 1
        return super().left(order)

    def begin(self, order: Any) -> Any:
        self.begun.append(order)
        return SimpleNamespace(number=9)


@pytest.fixture
def workspace(services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """With one run, which stands for that under the cursor."""
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = finished_run(tmp_path / "w", epochs=(10, 20, 30, 40))
    services.checkpoints, services.averaging = Checkpoints(made), Asked(made)
    services.samples = SimpleNamespace(subject=lambda number: 1)
    return made


async def opened(pilot: Pilot[None], key: str, kind: type) -> None:
    await ready(pilot)
    await pilot.press("4", key)
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_list_says_which_is_chosen_and_enter_shows_the_metadata(
    services: FakeServices, workspace: Workspace, size: tuple[int, int]
) -> None:
    Judgements(workspace, 1).choose(Pair(20, 40))
    path = workspace.root / "output/WAN2.2-HighNoise_toy-ema-10-40.safetensors"
    path.write_bytes((workspace.root / "output/WAN2.2-HighNoise_toy-000040.safetensors").read_bytes())
    Averages(workspace, 1).keep(Average("high", path, (10, 20, 30, 40), Decay(None, 0.2)))
    async with WantuiApp(services).run_test(size=size) as pilot:
        await opened(pilot, "a", CheckpointsScreen)
        rows = shown(pilot).splitlines()
        chosen = [row.split()[1:4] for row in rows if "chosen" in row]
        assert [words for words in chosen if "high" in words or "low" in words]
        assert len(chosen) == 2
        listed = pilot.app.screen.query_one(CheckpointList)
        assert [each.label for each in listed.files][3:6] == ["epoch 40", "EMA 10–40", "epoch 10"]  # noqa: RUF001
        assert [each.candidate.mark for each in listed.files if each.is_chosen] == ["20", "40"]
        await pilot.press("j", "j", "j", "j", "enter")
        await until(pilot, lambda: "ss_network_dim" in shown(pilot))
        assert "high, ema-10-40" in shown(pilot)
        assert "6 tensors (6 F16)" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "ss_network_dim" not in shown(pilot))
        assert listed.has_focus
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, CheckpointsScreen))


async def test_the_form_shows_how_much_each_counts_and_enter_starts_it(
    services: FakeServices, workspace: Workspace
) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await opened(pilot, "a", CheckpointsScreen)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AverageForm))
        await until(pilot, lambda: "enter starts it" in shown(pilot))
        assert "WAN2.2-HighNoise_toy-ema-10-40.safetensors" in shown(pilot)
        await pilot.press("right", "right", "tab", "2", "0", "tab", "tab", "right")  # low, from 20, by beta
        await until(pilot, lambda: "LowNoise_toy-ema-20-40-beta0.9.safetensors" in shown(pilot))
        assert "HighNoise" not in shown(pilot)
        assert "epoch 20     81.0 %" in shown(pilot)
        await pilot.press("tab", "0", "enter")  # in place of 0.9
        await until(pilot, lambda: "beta 0: it lies between 0 and 1" in shown(pilot))
        assert isinstance(pilot.app.screen, AverageForm)
        await pilot.press("full_stop", "5", "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, AverageForm))
        await until(pilot, lambda: "Run 9 averages checkpoints of run 1." in told(pilot))
        assert [each.average.name for each in services.averaging.begun[0].wanted] == ["ema-20-40-beta0.5"]


async def test_what_exists_is_not_started(services: FakeServices, workspace: Workspace) -> None:
    for each in Averaging(workspace).plan(1).wanted:
        each.target.write_bytes(b"")
        Averages(workspace, 1).keep(each.average)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await opened(pilot, "A", AverageForm)
        await until(pilot, lambda: "it exists already" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: services.averaging.looks > 1)
        assert isinstance(pilot.app.screen, AverageForm)
        assert services.averaging.begun == []
