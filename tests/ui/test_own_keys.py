"""The screen with a person's keys: they act, and are what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.driving import items, settled, shown, told
from wantui.config.schema import KeyChoice
from wantui.services.screen_settings import StartSettings
from wantui.ui.app import WantuiApp
from wantui.ui.runs.run_form import RunForm

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices


async def test_a_persons_keys_act_and_are_shown(services: FakeServices) -> None:
    keys = (
        KeyChoice("train", "Y,f7", 1),
        KeyChoice("dataset.down", "n", 2),
        KeyChoice("dataset.next_problem", "", 3),
        KeyChoice("pane.gpus", "f3", 4),
    )
    app = WantuiApp(services, start=StartSettings(keys=keys))
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        await pilot.press("n", "n", "j")
        assert items(pilot).cursor == 2
        line = shown(pilot).splitlines()[-1]
        assert " Y train " in line
        assert "next problem" not in line
        assert "f3 GPUs" in shown(pilot)
        await pilot.press("t")
        assert not isinstance(app.screen, RunForm)
        await pilot.press("f7")
        await pilot.pause()
        assert isinstance(app.screen, RunForm)


async def test_keys_that_cannot_be_had_are_told_and_the_built_in_ones_act(services: FakeServices) -> None:
    app = WantuiApp(services, start=StartSettings(keys=(KeyChoice("stop", "q", 7), KeyChoice("zoom", "Z", 8))))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await settled(pilot)
        (said,) = told(pilot)
        assert "wantui.toml:7: keys.stop: q is the key of leave" in said
        await pilot.press("z")
        assert screen.is_zoomed
