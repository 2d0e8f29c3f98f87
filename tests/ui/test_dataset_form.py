"""The form of ``dataset.toml``: what it shows, refuses, writes and asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, Static

from tests.ui.driving import settled, shown, type_text, until, work_screen
from tests.ui.fake_bench import DATASET
from wantui.ui.app import WantuiApp
from wantui.ui.dataset.dataset_form import DatasetForm
from wantui.ui.dialogs.ask_path import AskPath
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.dialogs.path_input import PathInput

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices

SIZES = [(80, 24), (200, 50)]


async def until_screen(pilot: Pilot[None], kind: type) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)


def form(pilot: Pilot[None]) -> DatasetForm:
    screen = pilot.app.screen
    assert isinstance(screen, DatasetForm)
    return screen


def said(pilot: Pilot[None], name: str) -> str:
    return str(form(pilot).query_one(f"#{name}", Static).content)


async def begin(pilot: Pilot[None]) -> DatasetForm:
    await settled(pilot)
    await pilot.press("o")
    await until_screen(pilot, DatasetForm)
    await until(pilot, lambda: isinstance(pilot.app.focused, Input))
    return form(pilot)


async def fill(pilot: Pilot[None], key: str, text: str) -> None:
    field = form(pilot).query_one(f"#{key}", Input)
    field.focus()
    field.clear()
    await pilot.pause()
    await type_text(pilot, text)


@pytest.mark.parametrize("size", SIZES)
async def test_keys_are_shown_with_what_they_inherit(services: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(services).run_test(size=size) as pilot:
        await begin(pilot)
        await until(pilot, lambda: "24 items" in said(pilot, "consequence"))
        text = shown(pilot)
        assert "general" in text
        assert "2 clips" in text
        assert "image_directory" in text
        assert "from [general]" in text
        assert "24 items in 2 buckets, 24 steps an epoch, 1 without a caption" in text
        assert "ctrl+g edit" in text
        assert "or a list with captions" in text
        assert "control media, same names" in text


async def test_a_change_is_written_and_the_rest_stays(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await fill(pilot, "num_repeats", "3")
        await until(pilot, lambda: "ctrl+s saves it" in said(pilot, "verdict"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert services.dataset_settings.saved == [
            DATASET.replace('cache_directory = "cache"\n', 'cache_directory = "cache"\nnum_repeats = 3\n', 1)
        ]


async def test_what_the_trainer_refuses_stands_beside_its_field_and_is_not_written(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await fill(pilot, "num_repeats", "many")
        await until(pilot, lambda: "must be a whole number" in said(pilot, "note-num_repeats"))
        assert said(pilot, "consequence") == ""
        await pilot.press("ctrl+s")
        assert isinstance(pilot.app.screen, DatasetForm)
        assert services.dataset_settings.saved == []
        await fill(pilot, "num_repeats", "")
        await pilot.press("backspace")
        await until(pilot, lambda: "no changes" in said(pilot, "verdict"))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


async def test_sections_are_gone_through_and_sizes_are_typed_as_they_are_said(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await begin(pilot)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: bool(screen.query("#target_frames")))
        await fill(pilot, "target_frames", "1, 45")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: not screen.query("#cache_directory") and bool(screen.query("#resolution")))
        assert screen.query_one("#resolution", Input).value == "960x544"
        await fill(pilot, "resolution", "960x960")
        await until(pilot, lambda: "ctrl+s saves it" in said(pilot, "verdict"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: bool(services.dataset_settings.saved))
        (text,) = services.dataset_settings.saved
        assert text == DATASET.replace("[960, 544]", "[960, 960]").replace("[1, 25]", "[1, 45]")


async def test_a_key_that_is_emptied_and_typed_again_keeps_its_place(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await begin(pilot)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: bool(screen.query("#target_frames")))
        await fill(pilot, "video_directory", "")
        await pilot.press("x", "backspace")
        await until(pilot, lambda: "no media" in said(pilot, "verdict"))
        await fill(pilot, "video_directory", "films")
        await until(pilot, lambda: screen.file.text == DATASET.replace('"clips"', '"films"'))


async def test_a_section_comes_from_a_folder_and_goes_after_asking(services: FakeServices, tmp_path: Path) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await begin(pilot)
        await pilot.press("ctrl+o")
        await until_screen(pilot, AskPath)
        pilot.app.screen.query_one(PathInput).value = str(tmp_path)
        await pilot.press("enter")
        await until(pilot, lambda: len(screen.file.sections) == 3 and pilot.app.screen is screen)
        await until(pilot, lambda: "3 images" in shown(pilot))
        await pilot.press("ctrl+r")
        await until_screen(pilot, Confirm)
        assert "Remove section 3 images?" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: len(screen.file.sections) == 2)


async def test_leaving_with_changes_asks(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await fill(pilot, "num_repeats", "3")
        await pilot.press("escape")
        await until_screen(pilot, Confirm)
        await pilot.press("escape")
        await until_screen(pilot, DatasetForm)
        await pilot.press("escape")
        await until_screen(pilot, Confirm)
        await pilot.press("d")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert services.dataset_settings.saved == []


async def test_somebody_elses_change_keeps_the_form_open(services: FakeServices) -> None:
    services.dataset_settings.conflict = True
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await fill(pilot, "num_repeats", "3")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "is not what it was" in said(pilot, "verdict"))


async def test_where_there_is_no_dataset_a_folder_makes_one(services: FakeServices, tmp_path: Path) -> None:
    services.dataset_settings.text = None
    (tmp_path / "pictures").mkdir()
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("o")
        await until_screen(pilot, AskPath)
        field = pilot.app.screen.query_one(PathInput)
        field.value = f"{tmp_path}/pic"
        await pilot.press("tab")
        await until(pilot, lambda: field.value == f"{tmp_path}/pictures/")
        await pilot.press("enter")
        await until_screen(pilot, DatasetForm)
        await until(pilot, lambda: "not saved yet" in shown(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: services.dataset_settings.saved == [f"# from pictures\n{DATASET}"])


async def test_the_persons_own_editor_is_named_where_it_is_not_there(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "/no/such/editor -w")
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "editor" in said(pilot, "verdict"))
