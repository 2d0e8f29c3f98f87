# ruff: noqa: RUF001  the sign for "times" is meant
"""Pictures on the screen: the crop, videos, the whole screen, side by side, and what the terminal is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from textual.drivers.headless_driver import HeadlessDriver

from tests.ui.driving import items, settled, shown, until, work_screen
from tests.ui.fake import make_item, paint_sunset
from tests.ui.films import film
from wantui.dataset.clips import take_clips
from wantui.dataset.crop import crop_to
from wantui.dataset.model import Clip, Subset
from wantui.terminal.capability_query import Answers
from wantui.ui.app import WantuiApp
from wantui.ui.captions.full_preview import FullPreview
from wantui.ui.captions.side_by_side import SideBySide
from wantui.ui.dialogs.help import HelpScreen
from wantui.ui.drawing.glyphs import ASCII, UNICODE
from wantui.ui.drawing.styles import TextStyles
from wantui.ui.drawing.themes import own_variables
from wantui.ui.preview.picture import PictureView
from wantui.ui.preview.picture_facts import VideoTiming, crop_parts, facts_below, lines_below, taken_bar, timing_parts

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.ui.drawing.styles import Part

COLOURS = dict.fromkeys(
    (
        "foreground", "background", "panel", "primary", "dim", "faint", "good", "caution", "bad", "cursor-row",
        "expert-high", "expert-low",
    ),
    "#808080",
)  # fmt: skip
INKS = TextStyles.from_variables(own_variables(dark=True) | COLOURS)


def text(parts: list[Part]) -> str:
    return "".join(part for part, _ in parts)


async def drawn(pilot: Pilot[None]) -> None:
    """Wait until every picture of the screen in front is drawn."""
    await until(pilot, lambda: all(picture.is_settled for picture in pilot.app.screen.query(PictureView)))
    await pilot.pause()


async def test_the_crop_is_shown_on_request(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert "scaled" not in shown(pilot)
        await pilot.press("C")
        await settled(pilot)
        assert "1536×1024 → 1168×784 · scaled 0.77× · cut 10 px of width (0.7 %)" in shown(pilot)
        await pilot.press("C")
        await settled(pilot)
        assert "scaled" not in shown(pilot)


@pytest.mark.parametrize(
    ("size", "bucket", "said"),
    [
        ((960, 544), (960, 544), "960×544 → 960×544 · scaled 1.00× · nothing cut"),
        ((300, 200), (1168, 784), "300×200 → 1168×784 · upscaled 3.92× · cut 2 px of width (0.7 %)"),
        ((1000, 3000), (544, 960), "1000×3000 → 544×960 · scaled 0.54× · cut 1235 px of height (41.2 %)"),
    ],
)
def test_what_the_crop_costs_is_said(size: tuple[int, int], bucket: tuple[int, int], said: str) -> None:
    assert text(crop_parts(crop_to(size, bucket), INKS, UNICODE)) == said


@pytest.mark.parametrize(
    ("clips", "frames", "width", "bar"),
    [
        ((Clip(0, 21),), 81, 12, "▕████░░░░░░░░▏"),
        ((Clip(0, 5), Clip(10, 5)), 20, 20, "▕█████░░░░░█████░░░░░▏"),
        ((Clip(0, 81),), 81, 30, f"▕{'█' * 30}▏"),
        ((Clip(50, 1),), 1000, 10, "▕█░░░░░░░░░▏"),
        ((Clip(0, 1),), 1, 40, "▕█▏"),
    ],
)
def test_frames_taken_are_drawn_as_a_bar(clips: tuple[Clip, ...], frames: int, width: int, bar: str) -> None:
    assert "".join(part for part, _ in taken_bar(clips, frames, width, UNICODE)) == bar


def test_the_bar_has_plain_signs_too() -> None:
    assert "".join(part for part, _ in taken_bar((Clip(0, 5),), 10, 10, ASCII)) == "[#####.....]"


@pytest.mark.parametrize(
    ("source_fps", "told", "said"),
    [
        (None, 16.0, "81 frames, 5.1 s at 16 fps"),
        (None, 30.0, "81 frames, 5.1 s at 16 fps · the file has 30 fps: 1.9 times slower unless source_fps is set"),
        (None, 8.0, "81 frames, 5.1 s at 16 fps · the file has 8 fps: 2.0 times faster unless source_fps is set"),
        (30.0, 29.97, "81 frames, 5.1 s at 16 fps · from 152 at 30 fps"),
        (30.0, 60.0, "81 frames, 5.1 s at 16 fps · from 152 at 30 fps · but the file has 60 fps"),
        (None, None, "81 frames, 5.1 s at 16 fps"),
    ],
)
def test_frame_rates_are_compared(tmp_path: Path, source_fps: float | None, told: float | None, said: str) -> None:
    item = replace(make_item(tmp_path, 13, "x"), source_fps=source_fps)
    assert text(timing_parts(item, INKS, VideoTiming(152, told))) == said


def test_there_are_as_many_lines_as_there_is_room_for(tmp_path: Path) -> None:
    timing = VideoTiming(400, 16.0)
    lengths = (5, 9, 13, 17, 21)
    for count in range(len(lengths) + 1):
        clips = tuple(Clip(0, length) for length in lengths[:count])
        item = replace(make_item(tmp_path, 13, "x"), clips=clips, frame_count=400)
        for has_crop in (False, True):
            lines = facts_below(item, 60, INKS, has_crop=has_crop, timing=timing, note="")
            assert len(lines) == lines_below(item, has_crop=has_crop)
    assert text(lines[-1]) == "and 3 more lengths of clips"


def video_subset(folder: Path, **changes: Any) -> Subset:
    known = Subset(
        0, is_video=True, media_directory=folder, jsonl_file=None, cache_directory=folder, caption_extension=".txt",
        resolution=(160, 96), batch_size=1, num_repeats=1, enable_bucket=True, bucket_no_upscale=False,
        target_frames=(9, 25),
    )  # fmt: skip
    return replace(known, **changes)


async def test_a_video_shows_its_frames_and_its_clips(services: FakeServices, tmp_path: Path) -> None:
    film(tmp_path / "anna_013.mp4", "libx264", 60)
    clips = take_clips(video_subset(tmp_path, frame_extraction="chunk"), 60)
    item = services.view.items[12]
    changed = replace(item, width=160, height=96, bucket=(160, 96), clips=clips, frame_count=60)
    services.view = replace(services.view, items=(*services.view.items[:12], changed, *services.view.items[13:]))
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        items(pilot).move_to(12)
        await pilot.pause()
        await settled(pilot)
        seen = shown(pilot)
        assert "60 frames, 3.8 s at 16 fps · the file has 30 fps: 1.9 times slower unless source_fps is set" in seen
        assert "9 frames × 6" in seen
        assert "25 frames × 2" in seen
        assert "█░░░" in seen


async def test_a_video_that_is_too_short_is_an_error(services: FakeServices, tmp_path: Path) -> None:
    film(tmp_path / "anna_013.mp4", "libx264", 6)
    changed = replace(services.view.items[12], clips=(), frame_count=6)
    services.view = replace(services.view, items=(*services.view.items[:12], changed, *services.view.items[13:]))
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        items(pilot).move_to(12)
        await pilot.pause()
        await settled(pilot)
        assert "! too short: no clip can be taken of 6 frames, so it is not trained on" in shown(pilot)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_item_fills_the_screen(services: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(services).run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("j", "j", "j", "V")
        await drawn(pilot)
        laid_over = pilot.app.screen
        assert isinstance(laid_over, FullPreview)
        assert "anna_004.png" in shown(pilot)
        assert "sitting on a rock" in shown(pilot)
        assert "▀" * 20 in shown(pilot)
        await pilot.press("j", "C")
        await drawn(pilot)
        assert "anna_005.png" in shown(pilot)
        assert "scaled 0.77×" in shown(pilot)
        await pilot.press("n", "N", "k", "escape")
        await settled(pilot)
        assert pilot.app.screen is work_screen(pilot)
        assert work_screen(pilot).query_one(PictureView).has_crop


async def test_marked_items_stand_side_by_side(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("j", "j", "j", "space", "space", "space", "S")
        await drawn(pilot)
        laid_over = pilot.app.screen
        assert isinstance(laid_over, SideBySide)
        seen = shown(pilot)
        assert [name in seen for name in ("anna_003", "anna_004.png", "anna_005.png", "anna_006.png")] == [
            False, True, True, True,
        ]  # fmt: skip
        assert "no caption" in seen
        assert "1536×1024 → 1168×784" in seen
        await pilot.press("C", "escape")
        await settled(pilot)
        assert pilot.app.screen is work_screen(pilot)


async def test_without_marks_the_neighbour_stands_beside(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("G", "S")
        await drawn(pilot)
        assert "anna_023.png" in shown(pilot)
        assert "anna_024.png" in shown(pilot)


async def test_what_covers_sixels_makes_them_come_again(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda _self, data: sent.append(data))
    paint_sunset(tmp_path / "anna_001.png", (300, 200))
    monkeypatch.delenv("TMUX", raising=False)

    def pictures() -> int:
        return sum("\x1bP0;1;0q" in each for each in sent)

    app = WantuiApp(services, answers=Answers(has_sixel=True, cell=(10, 20)))
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await until(pilot, lambda: pictures() > 0)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        before = pictures()
        await pilot.pause()
        assert pictures() == before  # nothing is drawn over the help
        await pilot.press("escape")
        await until(pilot, lambda: pictures() > before)


async def test_no_pictures_are_shown_where_none_are_wanted(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = replace(services.defaults(), preview="off")
    monkeypatch.setattr(services, "defaults", lambda: defaults)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert 'pictures are off: [screen] preview = "off"' in shown(pilot)
        assert "▀▀▀▀" not in shown(pilot)


async def test_what_the_trainer_sees_otherwise_is_said(services: FakeServices, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "anna_004.png").unlink()
    Image.new("RGB", (300, 200), "red").save(tmp_path / "anna_004.png", "JPEG", exif=exif)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        items(pilot).move_to(3)
        await pilot.pause()
        await settled(pilot)
        assert "EXIF turns it elsewhere; the trainer reads it as shown" in shown(pilot)
