"""Clips gone through frame by frame, and played."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import pytest
from PIL import Image, ImageStat

from tests.ui.driving import items, settled, shown, told, until, work_screen
from tests.ui.fake import make_item
from tests.ui.films import film
from wantui.dataset.errors import MediaError
from wantui.dataset.frame_reader import FrameReader
from wantui.dataset.model import Clip
from wantui.ui.app import WantuiApp
from wantui.ui.captions.full_preview import FullPreview
from wantui.ui.drawing.line_pace import LinePace
from wantui.ui.drawing.styles import TextStyles
from wantui.ui.drawing.themes import own_variables
from wantui.ui.preview import clip_frames
from wantui.ui.preview.clip_cursor import MEASURED, ClipCursor
from wantui.ui.preview.clip_frames import BEHIND, ClipFrames
from wantui.ui.preview.clip_view import ClipView
from wantui.ui.preview.picture_facts import FramePlace, place_parts, with_sign
from wantui.ui.preview.stills import Still

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.dataset.model import Item
    from wantui.ui.drawing.styles import Part

INKS = TextStyles.from_variables(own_variables(dark=True))


def text(parts: list[Part]) -> str:
    return "".join(part for part, _ in parts)


def make_item_with(clips: tuple[Clip, ...]) -> Item:
    return replace(make_item(Path("/nowhere"), 13, "x"), clips=clips, frame_count=81)


def level(image: Image.Image) -> int:
    """Which frame of a `film` this is, give or take what the codec changes."""
    return round((ImageStat.Stat(image.convert("L")).mean[0] - 40) / 2)


def read(reader: FrameReader, number: int) -> Image.Image | MediaError:
    [(found, frame)] = reader.read(range(number, number + 1))
    assert found == number
    return frame


def break_frame(path: Path, number: int) -> None:
    """Overwrite what one frame is decoded from."""
    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        packets = sorted((packet.pts, packet.pos, packet.size) for packet in container.demux(stream) if packet.size)
    _, at, size = packets[number]
    data = bytearray(path.read_bytes())
    data[at : at + size] = bytes(size)
    path.write_bytes(data)


def test_steps_end_at_both_ends_and_begin_where_it_is_trained_on() -> None:
    cursor = ClipCursor.of(replace(make_item_with((Clip(20, 9), Clip(4, 5))), frame_count=30))
    places = []
    for step in (1, 1, 10, 10, 10, -1, -100, 1, -1, -1, -1):
        cursor.step(step)
        places.append(cursor.position)
    assert places == [4, 5, 15, 25, 29, 28, 0, 1, 0, None, 4]


def test_a_clip_without_frames_has_no_place() -> None:
    cursor = ClipCursor(0)
    cursor.step(1)
    cursor.play(0.0)
    assert cursor.position is None
    assert cursor.playback is None


def test_playing_keeps_the_time_and_leaves_out_what_comes_too_late() -> None:
    cursor = ClipCursor(40, first=8)
    cursor.play(100.0)
    places = []
    for now in (100.0, 100.05, 100.07, 101.0, 101.99, 200.0):
        cursor.advance(now)
        places.append(cursor.position)
    assert places == [8, 8, 9, 24, 39, 39]
    assert cursor.playback is None  # over
    cursor.play(300.0)
    assert cursor.position == 0  # once more


def test_playing_waits_for_the_next_frame_and_tells_its_rate() -> None:
    cursor = ClipCursor(400)
    cursor.play(10.0)
    playback = cursor.playback
    assert playback is not None
    assert playback.wait(10.0) == pytest.approx(1 / 16)
    assert playback.wait(10.05) == pytest.approx(1 / 16 - 0.05)
    for shown_at in range(MEASURED):
        assert playback.rate is None
        playback.was_shown(10 + shown_at / 4)
    assert playback.rate == pytest.approx(4.0)
    cursor.step(1)
    assert cursor.playback is None


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (FramePlace(0), "frame 1 of 81 · 0.00 s · trained on in 2 clips"),
        (FramePlace(10), "frame 11 of 81 · 0.62 s · trained on"),
        (FramePlace(80), "frame 81 of 81 · 5.00 s · not trained on"),
        (FramePlace(16, is_playing=True, rate=15.8), "frame 17 of 81 · 1.00 s · trained on · playing"),
        (
            FramePlace(40, is_playing=True, rate=4.2),
            "frame 41 of 81 · 2.50 s · not trained on · playing 4 of 16 frames a second",
        ),
    ],
)
def test_the_frame_is_told_in_words(place: FramePlace, said: str) -> None:
    assert text(place_parts(make_item_with((Clip(0, 9), Clip(0, 25))), INKS, place)) == said


@pytest.mark.parametrize(("at", "said"), [(0, "|aabb"), (1, "a|abb"), (3, "aaa|b"), (4, "aaab|"), (9, "aaabb")])
def test_the_cursor_stands_in_the_bar(at: int, said: str) -> None:
    assert text(with_sign([("aaa", INKS.accent), ("bb", INKS.track)], at, ("|", INKS.strong))) == said


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("b.mpg", "mpeg2video"), ("c.ts", "libx264")])
def test_frames_are_read_in_any_order(tmp_path: Path, name: str, codec: str) -> None:
    film(tmp_path / name, codec, 60)
    reader = FrameReader(tmp_path / name)
    for number in (30, 31, 5, 59, 0, 1, 45, 44, 43, 58):
        found = read(reader, number)
        assert isinstance(found, Image.Image)
        assert abs(level(found) - number) <= 1
    beyond = read(reader, 60)
    assert str(beyond) == "frame 61 of the file cannot be decoded"


def test_a_broken_frame_is_told_and_those_behind_it_are_read(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", "libx264", 60)
    break_frame(tmp_path / "a.mp4", 20)
    reader = FrameReader(tmp_path / "a.mp4")
    for numbers in (range(18, 23), range(20, 21), range(21, 22), range(19, 21)):
        found = dict(reader.read(numbers))
        assert [*found] == [*numbers]
        assert [number for number, frame in found.items() if isinstance(frame, MediaError)] == [
            number for number in numbers if number == 20
        ]


def test_a_folder_of_images_is_a_clip(tmp_path: Path) -> None:
    for number in range(4):
        Image.new("RGB", (16, 16), (number * 10, 0, 0)).save(tmp_path / f"{number}.png")
    (tmp_path / "2.png").write_bytes(b"no image")
    reader = FrameReader(tmp_path)
    first = read(reader, 3)
    assert isinstance(first, Image.Image)
    assert first.getpixel((0, 0)) == (30, 0, 0)
    assert "2.png cannot be read" in str(read(reader, 2))
    assert isinstance(read(reader, 4), MediaError)


def test_what_is_no_video_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    said = ClipFrames(tmp_path / "a.mp4", 9, None).frame(3, 640)
    assert isinstance(said, str)
    assert said.startswith("the video is not a video that can be read")


class CountingReader:
    """Frames of one colour; counts what is asked for."""

    def __init__(self, _path: Path) -> None:
        self.asked: list[range] = []
        made.append(self)

    def read(self, frames: range) -> Any:
        self.asked.append(frames)
        return [(number, Image.new("RGB", (100, 100))) for number in frames]


made: list[CountingReader] = []


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> list[CountingReader]:
    made.clear()
    monkeypatch.setattr(clip_frames, "FrameReader", CountingReader)
    return made


def test_going_back_decodes_several_frames_once(tmp_path: Path, counting: list[CountingReader]) -> None:
    frames = ClipFrames(tmp_path, 100, None)
    for number in (50, 49, 48, 47, 50, 51):
        assert isinstance(frames.frame(number, 640), Still)
    assert counting[0].asked == [range(50, 51), range(49 - BEHIND, 50), range(51, 52)]


def test_frames_take_no_more_memory_than_they_may(
    tmp_path: Path, counting: list[CountingReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_frames, "KEPT_BYTES", 150_000)  # five frames
    frames = ClipFrames(tmp_path, 100, None)
    for number in range(20):
        frames.frame(number, 640)
        assert frames.kept_bytes <= 150_000
    frames.frame(15, 640)
    frames.frame(14, 640)
    assert counting[0].asked[-1] == range(14 - BEHIND, 15)


def test_a_resampled_clip_shows_the_frames_that_the_trainer_takes(
    tmp_path: Path, counting: list[CountingReader]
) -> None:
    frames = ClipFrames(tmp_path, 16, 32.0)
    frames.frame(3, 640)
    assert counting[0].asked == [range(6, 7)]


async def at_the_clip(pilot: Pilot[None]) -> ClipView:
    """Go to the clip of the list."""
    await settled(pilot)
    items(pilot).move_to(12)
    await pilot.pause()
    await settled(pilot)
    return work_screen(pilot).query_one(ClipView)


def with_film(services: FakeServices, folder: Path, frames: int) -> None:
    film(folder / "anna_013.mp4", "libx264", frames, fps=16)
    clips = (Clip(0, 9),)
    changed = replace(
        services.view.items[12], width=160, height=96, bucket=(160, 96), clips=clips, frame_count=frames
    )
    services.view = replace(services.view, items=(*services.view.items[:12], changed, *services.view.items[13:]))


async def test_a_clip_is_gone_through_frame_by_frame(services: FakeServices, tmp_path: Path) -> None:
    with_film(services, tmp_path, 30)
    break_frame(tmp_path / "anna_013.mp4", 10)
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        picture = await at_the_clip(pilot)
        assert "is not a video that can be read" in shown(pilot)  # as the trainer says, which decodes all of it
        await pilot.press("full_stop", "full_stop")
        await settled(pilot)
        assert "frame 2 of 30 · 0.06 s · trained on" in shown(pilot)
        await pilot.press("greater_than_sign", "comma")
        await settled(pilot)
        assert "frame 11 of 30 · 0.62 s · not trained on" in shown(pilot)
        assert "frame 11 of the file cannot be decoded" in shown(pilot)
        await pilot.press("full_stop")
        await settled(pilot)
        assert "frame 12 of 30" in shown(pilot)
        assert "cannot be decoded" not in shown(pilot)
        await pilot.press("less_than_sign", "comma", "comma")
        await settled(pilot)
        assert picture.cursor is not None
        assert picture.cursor.position is None
        assert "frame 1 of 30" not in shown(pilot)


async def test_a_clip_is_played_on_the_whole_screen(services: FakeServices, tmp_path: Path) -> None:
    with_film(services, tmp_path, 12)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await at_the_clip(pilot)
        await pilot.press("2")
        await settled(pilot)
        assert "12 frames, 0.8 s at 16 fps   , . frame by frame" in shown(pilot)
        await pilot.press("greater_than_sign", "V")
        await until(pilot, lambda: isinstance(pilot.app.screen, FullPreview))
        picture = pilot.app.screen.query_one(ClipView)
        await until(pilot, lambda: picture.is_settled)
        assert "frame 1 of 12" in shown(pilot)
        assert ", . frame  space play" in shown(pilot)
        cursor = picture.cursor
        assert cursor is not None
        await pilot.press("space")
        assert cursor.playback is not None
        await until(pilot, lambda: cursor.playback is None)
        await until(pilot, lambda: "frame 12 of 12" in shown(pilot))
        assert "playing" not in shown(pilot)
        await pilot.press("o", "o")
        assert cursor.playback is None


async def test_a_line_that_does_not_answer_any_more_ends_playing(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_film(services, tmp_path, 80)

    async def too_slow(pace: LinePace, under_way: int = 1) -> None:
        pace.is_silent = True

    monkeypatch.setattr(LinePace, "room", too_slow)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        picture = await at_the_clip(pilot)
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("space")
        await until(pilot, lambda: "The line is too slow to play clips: step through them." in told(pilot))
        assert picture.cursor is not None
        assert picture.cursor.playback is None
        assert picture.cursor.position in range(79)
