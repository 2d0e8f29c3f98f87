"""The items as a grid of pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from tests.ui.driving import items, settled, shown, type_text, until, work_screen
from tests.ui.fake import make_item
from wantui.dataset.model import Clip
from wantui.terminal.capability_query import Answers
from wantui.ui.app import WantuiApp
from wantui.ui.captions.full_preview import FullPreview
from wantui.ui.captions.item_grid import ItemGridScreen, picture_of
from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.preview.grid_cells import GridPicture
from wantui.ui.preview.thumbnails import Thumbnails

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.ui.preview.thumbnails import Picture, PictureKey


async def grid_screen(pilot: Pilot[None]) -> ItemGridScreen:
    """The grid in front, with every picture in sight drawn."""
    await until(pilot, lambda: isinstance(pilot.app.screen, ItemGridScreen))
    screen = pilot.app.screen
    assert isinstance(screen, ItemGridScreen)
    await until(pilot, lambda: screen.grid.is_settled)
    await pilot.pause()
    return screen


def test_a_video_is_shown_by_the_middle_of_what_is_trained_on(tmp_path: Path) -> None:
    video = replace(make_item(tmp_path, 13, "x"), clips=(Clip(10, 5), Clip(20, 5)), source_fps=30.0)
    assert picture_of(video) == GridPicture(video.media, 1, 17, 30.0)
    assert picture_of(replace(video, clips=(), frame_count=9)).frame == 4
    assert picture_of(make_item(tmp_path, 1, "x")).frame is None


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_pictures_stand_in_rows_with_their_names(services: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(services).run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("O")
        screen = await grid_screen(pilot)
        seen = shown(pilot)
        assert "anna_001" in seen
        assert "▀" * 8 in seen
        assert "1 of 24" in seen
        columns = screen.grid.layout_now.columns
        await pilot.press("j", "l", "space")
        assert "anna_001" in seen
        at = columns + 1
        assert screen.grid.cursor == at + 1
        assert "1 marked" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert items(pilot).cursor == at + 1
        assert [row.item.name for row in items(pilot).marked_rows()] == [f"anna_{at + 1:03}"]


async def test_what_cannot_be_read_says_so_and_stops_nothing(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("O")
        await grid_screen(pilot)
        assert "this is no image" in shown(pilot)


async def test_the_filter_of_the_list_applies_and_the_whole_screen_steps_on(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "light")
        await pilot.press("enter", "O")
        screen = await grid_screen(pilot)
        assert screen.grid.cell_count == items(pilot).row_count < 24
        await pilot.press("V", "j")
        await until(pilot, lambda: isinstance(pilot.app.screen, FullPreview))
        await pilot.press("escape")
        await grid_screen(pilot)
        assert screen.grid.cursor == items(pilot).cursor == 1


async def test_a_caption_is_edited_and_the_grid_comes_back(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("O")
        await grid_screen(pilot)
        # In one packet: what is typed behind the key is text of the caption, not commands.
        await pilot.press("l", "l", "e", "x", "q")
        preview = work_screen(pilot).query_one(PreviewPane)
        await until(pilot, lambda: preview.editor is not None)
        await until(pilot, lambda: preview.editor is not None and preview.editor.text.endswith("xq"))
        assert preview.editor is not None
        assert preview.editor.row.item.name == "anna_003"
        await pilot.press("ctrl+s")
        screen = await grid_screen(pilot)
        assert screen.grid.cursor == 2
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


async def test_of_five_thousand_items_those_in_sight_are_decoded(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = make_item(tmp_path, 1, "x")
    many = tuple(replace(one, name=f"a{number}", media=tmp_path / f"a{number}.png") for number in range(5000))
    services.view = replace(services.view, items=many, problems=())
    asked: set[Path] = set()

    def make(_self: Thumbnails, key: PictureKey) -> Picture | str:
        asked.add(key.path)
        return "cannot be read"

    monkeypatch.setattr(Thumbnails, "make", make)
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("O")
        screen = await grid_screen(pilot)
        await pilot.press("G")
        await grid_screen(pilot)
        assert screen.grid.cursor == 4999
        assert many[4999].media in asked
        assert len(asked) <= 5 * screen.grid.layout_now.page
        assert len(screen.grid._tiles) <= 3 * screen.grid.layout_now.page


async def test_sixels_are_sent_once_each_and_moving_the_cursor_sends_none(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda _self, data: sent.append(data))
    monkeypatch.delenv("TMUX", raising=False)
    places: dict[str, int] = {}

    def count() -> int:
        places.clear()
        for each in sent:
            if "\x1bP0;1;0q" in each:
                place = each.partition("H")[0]
                places[place] = places.get(place, 0) + 1
        return len(places)

    app = WantuiApp(services, answers=Answers(has_sixel=True, cell=(10, 20)))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await until(pilot, lambda: count() == 1)  # the preview's
        sent.clear()
        await pilot.press("O")
        screen = await grid_screen(pilot)
        pictures = len(screen.grid._regions)
        assert pictures == screen.grid.layout_now.page - 1  # one is no image
        await until(pilot, lambda: count() == pictures)
        sent.clear()
        await pilot.press("l", "space", "h")
        await until(pilot, lambda: not screen.grid._sender._is_waiting)
        assert count() == 0
        screen.grid.refresh()  # as after something was drawn over them
        await until(pilot, lambda: count() == pictures)
        assert set(places.values()) == {1}


async def test_kittys_pictures_are_few_bytes_and_dropped_when_out_of_sight(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda _self, data: sent.append(data))
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    app = WantuiApp(services, answers=Answers(has_kitty=True, cell=(10, 20)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        sent.clear()
        await pilot.press("O")
        screen = await grid_screen(pilot)
        count = len(screen.grid._regions)
        pictures = [each for each in sent if "a=T,U=1" in each]
        assert len(pictures) == count > 5
        assert max(len(each) for each in pictures) < 12_000
        await pilot.press("G")
        await grid_screen(pilot)
        await until(pilot, lambda: sum(each.count("a=d,d=I") for each in sent) >= count)
