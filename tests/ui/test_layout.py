from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import settled, shown, until, work_screen
from wantui.ui.app import WantuiApp
from wantui.ui.commands.catalogue import COMMANDS, FOOTER, FOOTER_LAST, FOOTER_MORE, PANES, Place, commands_at
from wantui.ui.dialogs.help import HelpScreen
from wantui.ui.drawing.stylesheets import sheets, styles_folder
from wantui.ui.drawing.themes import themes_for
from wantui.ui.work.key_line import KeyLine

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.fake import FakeServices


@pytest.mark.parametrize("size", [(20, 5), (60, 15), (80, 24), (99, 60), (100, 30), (120, 40), (149, 28), (300, 90)])
async def test_every_pane_is_reached_at_every_size(services: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(services).run_test(size=size) as pilot:
        screen = await settled(pilot)
        for key, pane in zip("12345", PANES, strict=True):
            await pilot.press(key)
            await until(pilot, partial(lambda pane: screen.pane(pane).has_focus, pane))
            assert screen.pane(pane).region.width > 0
            assert screen.place is pane


async def test_small_terminals_show_one_pane_and_wide_ones_all(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        displayed = [pane for pane in PANES if screen.pane(pane).is_on_screen]
        assert displayed == [Place.DATASET]
        await pilot.resize_terminal(200, 50)
        await until(pilot, lambda: all(screen.pane(pane).is_on_screen for pane in PANES))
        await pilot.press("z")
        await until(pilot, lambda: [p for p in PANES if screen.pane(p).is_on_screen] == [Place.DATASET])
        await pilot.press("z")
        await until(pilot, lambda: all(screen.pane(pane).is_on_screen for pane in PANES))


async def test_tab_goes_round(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        screen = await settled(pilot)
        places = []
        for _ in PANES:
            await pilot.press("tab")
            await pilot.pause()
            places.append(screen.place)
        assert places == [*PANES[1:], PANES[0]]
        await pilot.press("shift+tab")
        assert screen.place is Place.LOG


async def test_help_lists_the_commands_of_the_place(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 60)) as pilot:
        await settled(pilot)
        await pilot.press("5", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        text = shown(pilot)
        for command in commands_at(Place.LOG):
            assert command.says in text
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, HelpScreen))


async def test_a_long_line_of_the_help_goes_on_beside_its_key(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: "and more" in shown(pilot))
        lines = shown(pilot).splitlines()
        begin = next(line.index("Filter by") for line in lines if "Filter by" in line)
        assert next(line.index("and more") for line in lines if "and more" in line) == begin


async def test_the_palette_gives_a_command(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        screen = await settled(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.press(*"whole")
        await until(pilot, lambda: "Give the pane the whole screen" in shown(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: screen.is_zoomed or work_screen(pilot).is_zoomed)


async def test_the_palette_knows_the_theme_and_draws_plain_signs(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        screen = await settled(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.press(*"theme")
        await until(pilot, lambda: "Choose the theme: dark, light" in shown(pilot))
        assert "🔎" not in shown(pilot)


@pytest.mark.parametrize("columns", [36, 60, 80, 99])
async def test_train_help_and_leave_are_in_every_footer(services: FakeServices, columns: int) -> None:
    async with WantuiApp(services).run_test(size=(columns, 24)) as pilot:
        await settled(pilot)
        for key in "1234":
            await pilot.press(key)
            await pilot.pause()
            last = shown(pilot).splitlines()[-1]
            assert " t train " in last
            assert " ? help  q leave" in last
        await pilot.press("5")
        await pilot.pause()
        assert " ? help  q leave" in shown(pilot).splitlines()[-1]


async def test_what_a_job_needs_at_night_is_in_the_footer_of_a_small_terminal(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "x stop  C resume  r retry  l log" in shown(pilot).splitlines()[-1])


async def test_no_gpu_names_what_to_write(services: FakeServices) -> None:
    services.gpu_readings = ()
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await until(pilot, lambda: '[trainer] kind = "rehearsal"' in shown(pilot))
        assert '[gpus] provider = "simulated"' in shown(pilot)


async def test_a_click_on_a_key_gives_its_command(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        line = screen.query_one(KeyLine)
        start = next(start for start, _, command in line._spans if command == "pane.jobs")
        await pilot.click(KeyLine, offset=(start + 1, 0))
        await until(pilot, lambda: screen.place is Place.JOBS)


async def test_both_themes_draw(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        for name in ("wantui-light", "textual-light", "nord", "wantui-dark"):
            pilot.app.theme = name
            await settled(pilot)
            assert "7.high" in shown(pilot)


async def test_no_gpu_says_why(services: FakeServices) -> None:
    services.gpu_trouble = "No GPU: the driver is not loaded. `wantui gpus` tells more."
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert "the driver is not loaded" in shown(pilot)


def test_every_command_of_the_footer_exists_and_has_a_short_name() -> None:
    short = {command.id for command in COMMANDS if command.short}
    named = {each for ids in FOOTER.values() for each in ids} | {*FOOTER_MORE, *FOOTER_LAST}
    assert named <= short


def test_no_place_gives_a_key_two_meanings() -> None:
    for place in Place:
        keys = [key for command in commands_at(place) for key in command.keys.split(",") if key]
        assert len(keys) == len(set(keys))
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


def test_sheets_are_found_in_a_wheel_and_in_a_checkout(tmp_path: Path) -> None:
    package = tmp_path / "site" / "wantui"
    beside = tmp_path / "site" / "styles"
    beside.mkdir(parents=True)
    package.mkdir()
    (beside / "base.tcss").touch()
    assert styles_folder(package) == beside
    inside = package / "styles"
    inside.mkdir()
    (inside / "base.tcss").touch()
    assert styles_folder(package) == inside
    assert all(sheet.is_file() for sheet in sheets())


def test_a_broken_installation_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install wantui again"):
        styles_folder(tmp_path / "wantui")


@pytest.mark.parametrize(("system", "most"), [("standard", 16), ("256", 256)])
def test_themes_use_colours_that_the_terminal_has(system: str, most: int) -> None:
    from rich.color import Color, ColorSystem

    kinds = {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT}
    for theme in themes_for(system):
        meant = [theme.variables[name] for name in ("expert-high", "expert-low", "good", "bad")]
        told_apart = {Color.parse(colour).downgrade(kinds[system]).number for colour in meant}
        assert len(told_apart) == 4
        assert max(number or 0 for number in told_apart) < most


@pytest.mark.parametrize("term", ["xterm", "xterm-256color"])
async def test_terminals_with_few_colours_are_drawn_to(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("COLORTERM")
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert pilot.app.console.color_system == {"xterm": "standard", "xterm-256color": "256"}[term]
        assert "7.high" in shown(pilot)


async def test_without_colour_the_cursor_is_still_seen(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "▌ ✓ anna_001" in shown(pilot)
