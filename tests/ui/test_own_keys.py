"""The screen with a person's keys and theme: they act, and are what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.driving import items, settled, shown, told, until
from wantui.config.schema import KeyChoice
from wantui.services.screen_settings import StartSettings
from wantui.ui.app import WantuiApp
from wantui.ui.plan.run_form import RunForm

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.fake import FakeServices


async def test_a_persons_keys_act_and_are_shown(services: FakeServices) -> None:
    keys = (
        KeyChoice("train", "X,f7", 1),
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
        assert " X train " in line
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
        await until(pilot, lambda: len(told(pilot)) == 1)
        (said,) = told(pilot)
        assert "wantui.toml:7: keys.stop: q is the key of leave" in said
        await pilot.press("z")
        assert screen.is_zoomed


async def test_a_theme_that_is_chosen_is_kept(services: FakeServices) -> None:
    app = WantuiApp(services, start=StartSettings(chosen="wantui-light"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app.theme == "wantui-light"
        assert services.screen_settings.kept == []
        await pilot.press("ctrl+t", *"dracula", "enter")
        await until(pilot, lambda: services.screen_settings.kept == ["dracula"])
        await until(pilot, lambda: told(pilot) == ["Theme dracula, kept for the next start."])


async def test_a_theme_of_the_configuration_wins_and_says_so(services: FakeServices) -> None:
    start = StartSettings(theme="light", theme_source="wantui.toml:9", chosen="dracula")
    app = WantuiApp(services, start=start)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app.theme == "wantui-light"
        app.action_other_theme()
        await until(pilot, lambda: services.screen_settings.kept == ["wantui-dark"])
        await until(
            pilot, lambda: told(pilot) == ['Theme wantui-dark until you leave: wantui.toml:9 has theme = "light".']
        )


async def test_theme_files_are_offered_and_what_is_wrong_with_them_told(
    services: FakeServices, tmp_path: Path
) -> None:
    (tmp_path / "dusk.toml").write_text('quiet = "#333333"\n')
    (tmp_path / "bad.toml").write_text("quiet = 3\n")
    start = StartSettings(theme="bad", theme_source="wantui.toml:9", chosen="dusk", themes=tmp_path)
    app = WantuiApp(services, start=start)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert (app.theme, app.get_css_variables()["quiet"] != "#333333") == ("dusk", True)
        await until(pilot, lambda: len(told(pilot)) == 3)
        broken, unused, pale = told(pilot)
        assert broken.startswith(f"{tmp_path}/bad.toml:1: quiet = 3 is no colour")
        assert unused.startswith("wantui.toml:9: the theme bad cannot be used")
        assert pale.startswith("Theme dusk: quiet on cursor-row")
