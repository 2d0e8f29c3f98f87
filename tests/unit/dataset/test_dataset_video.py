"""How many frames a clip has: those that decode, whatever its container says."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.dataset.making_clips import clip, cut, decodes, packets
from wantui.dataset import video
from wantui.dataset.blueprint import load
from wantui.dataset.errors import MediaError
from wantui.dataset.frame_counts import Decoded, FrameCounts, stamp_of
from wantui.dataset.lint import lint, thorough
from wantui.dataset.scan import scan
from wantui.dataset.video import decode, frame_rate, video_shape

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.dataset.conftest import Toy

CLIPS = 'video_directory = "videos"\ncache_directory = "cache"\nsource_fps = 16.0\n'
CHUNKS = CLIPS + 'target_frames = [17]\nframe_extraction = "chunk"'


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "_FOUND", {})


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The clips that are decoded."""
    seen: list[Path] = []

    def noted(path: Path) -> Decoded:
        seen.append(path)
        return decode(path)

    monkeypatch.setattr(video, "decode", noted)
    return seen


@pytest.mark.parametrize(
    ("name", "codec", "is_decoded"),
    [
        ("a.mp4", "libx264", False),
        ("a.mkv", "libx264", False),
        ("a.mov", "libx265", False),
        ("a.mpg", "mpeg2video", True),
        ("a.avi", "mpeg4", True),
        ("a.webm", "libvpx", True),
    ],
)
def test_whole_clips(tmp_path: Path, decoded: list[Path], name: str, codec: str, *, is_decoded: bool) -> None:
    """Only where a packet may be something else than a frame is the clip decoded."""
    path = clip(tmp_path / name, 40, codec=codec)
    shape = video_shape(path)
    assert (shape.width, shape.height, shape.frames) == (96, 64, 40)
    assert (shape.missing, shape.failure) == (0, None)
    assert decoded == [path] * is_decoded


@pytest.mark.parametrize("suffix", ["mpg", "mkv", "mp4"])
@pytest.mark.parametrize("first", [1, 5, 14])
def test_a_cut_that_does_not_begin_at_a_keyframe(tmp_path: Path, suffix: str, first: int) -> None:
    codec = "mpeg2video" if suffix == "mpg" else "libx264"
    whole = clip(tmp_path / f"whole.{suffix}", 60, codec=codec)
    path = cut(whole, tmp_path / f"cut.{suffix}", first)
    assert video_shape(path).frames == decodes(path)


def test_a_cut_with_frames_before_its_keyframe(tmp_path: Path) -> None:
    """An open group of pictures: the frames that are shown before its keyframe refer to one that was cut off."""
    whole = clip(tmp_path / "whole.mpg", 60, codec="mpeg2video", options={"bf": "2"})
    path = cut(whole, tmp_path / "cut.mpg", 15)
    assert video_shape(path).frames == decodes(path)


def test_the_plan_counts_what_decodes(toy: Toy) -> None:
    whole = clip(toy.root / "whole.mpg", 60, codec="mpeg2video", options={"bf": "2"})
    path = cut(whole, toy.root / "videos" / "cut.mpg", 5)
    path.with_suffix(".txt").write_text("moves")
    target = decodes(path) // 4 * 4 + 5
    assert packets(path) >= target > decodes(path), "the packets would be enough"
    toy.write(CLIPS + f"target_frames = [{target}]")
    (item,) = scan(load(toy.file)).items
    assert item.clips == ()
    assert "clip-too-short" in [problem.code for problem in lint(scan(load(toy.file)))]


def test_a_download_that_broke_off(toy: Toy) -> None:
    """The index in front lists every frame; the trainer gets those that are there, or fails."""
    whole = clip(toy.root / "whole.mp4", 90).read_bytes()
    path = toy.root / "videos" / "half.mp4"
    path.parent.mkdir()
    path.write_bytes(whole[: len(whole) // 2])
    path.with_suffix(".txt").write_text("moves")
    toy.write(CHUNKS)
    told = {problem.code: problem for problem in lint(scan(load(toy.file))) if problem.path == path}
    assert told.keys() & {"clip-incomplete", "unreadable-media"}


def _damaged(toy: Toy) -> Path:
    """A clip that the decoder gives up on in the middle: nothing shows before it is decoded."""
    path = clip(toy.root / "videos" / "a.mkv", 60, codec="ffv1")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = bytes(3000)
    path.write_bytes(content)
    path.with_suffix(".txt").write_text("moves")
    return path


def test_every_clip_is_decoded_once_by_a_thorough_look(toy: Toy) -> None:
    clip(toy.root / "videos" / "a.mp4", 40).with_suffix(".txt").write_text("moves")
    toy.write(CHUNKS)
    folder = toy.root / ".wantui" / "lint"
    folder.mkdir(parents=True)
    found = thorough.examine(scan(load(toy.file)), folder)
    assert found == thorough.Thorough((), 1, is_whole=True, clips=1)
    assert thorough.examine(scan(load(toy.file)), folder) == thorough.Thorough((), 0, is_whole=True)


def test_damage_that_decoding_finds_is_kept_and_decides_from_then_on(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clip(toy.root / "videos" / "a.mp4", 40)
    path.with_suffix(".txt").write_text("moves")
    toy.write(CHUNKS)
    folder = toy.root / ".wantui" / "lint"
    folder.mkdir(parents=True)
    monkeypatch.setattr(thorough, "decode", lambda _path: Decoded(20, "Invalid data found"))
    before = scan(load(toy.file))
    (problem,) = thorough.examine(before, folder).problems
    assert (problem.severity, problem.code, problem.path) == ("error", "damaged-media", path)
    assert problem.message == "the clip cannot be decoded after frame 20: Invalid data found"
    assert thorough.kept(before, folder) == (problem,)
    after = scan(load(toy.file), counts=FrameCounts(folder / "clips.json"))
    assert after.items[0].problem == "the video cannot be decoded beyond frame 20: Invalid data found"
    assert thorough.kept(after, folder) == (), "it is told once"


def test_damage_behind_what_is_read_does_no_harm(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    path = clip(toy.root / "videos" / "a.mp4", 40)
    path.with_suffix(".txt").write_text("moves")
    toy.write(CLIPS + "target_frames = [17]")
    folder = toy.root / ".wantui" / "lint"
    folder.mkdir(parents=True)
    monkeypatch.setattr(thorough, "decode", lambda _path: Decoded(20, "Invalid data found"))
    assert thorough.examine(scan(load(toy.file)), folder).problems == ()
    (item,) = scan(load(toy.file), counts=FrameCounts(folder / "clips.json")).items
    assert (item.problem, item.frames_missing, len(item.clips)) == (None, 20, 1)


def test_damaged_streams_give_what_decodes(toy: Toy) -> None:
    path = _damaged(toy)
    found = decode(path)
    assert found.frames < 60 or found.failure is None


def test_counts_are_kept_and_not_made_again(toy: Toy, decoded: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = clip(toy.root / "videos" / "a.mpg", 40, codec="mpeg2video")
    toy.write(CHUNKS)
    file = toy.root / ".wantui" / "lint" / "clips.json"
    file.parent.parent.mkdir()
    assert scan(load(toy.file), counts=FrameCounts(file)).items[0].frame_count == 40
    monkeypatch.setattr(video, "_FOUND", {})
    assert scan(load(toy.file), counts=FrameCounts(file)).items[0].frame_count == 40
    assert decoded == [path]
    os.utime(path, ns=(1, 1))
    scan(load(toy.file), counts=FrameCounts(file))
    assert decoded == [path, path], "it may be another clip now"


def test_without_a_workspace_nothing_is_written(toy: Toy) -> None:
    clip(toy.root / "videos" / "a.mpg", 20, codec="mpeg2video")
    toy.write(CHUNKS)
    scan(load(toy.file), counts=FrameCounts(toy.root / ".wantui" / "lint" / "clips.json"))
    assert not (toy.root / ".wantui").exists()


def test_a_long_clip_is_left_to_the_thorough_look(
    tmp_path: Path, decoded: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clip(tmp_path / "a.mpg", 20, codec="mpeg2video")
    monkeypatch.setattr(video, "MOST_DECODED", 96 * 64 * 19)
    assert video_shape(path).frames == packets(path)
    assert decoded == []


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    os.mkfifo(path)
    with pytest.raises(MediaError, match="named pipe"):
        video_shape(path)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"/a": [1, 2]}', '{"/a": [1, 2, "x", null]}', "[" * 100_000])
def test_broken_counts_are_forgotten(tmp_path: Path, content: str) -> None:
    file = tmp_path / "clips.json"
    file.write_text(content)
    assert FrameCounts(file).known("/a", (1, 2)) is None


ROWS = st.dictionaries(st.text(), st.tuples(st.integers(), st.integers(), st.integers(), st.none() | st.text()))


@given(ROWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_are_read_as_they_were_written(
    tmp_path: Path, rows: dict[str, tuple[int, int, int, str | None]]
) -> None:
    file = tmp_path / "lint" / "clips.json"
    counts = FrameCounts(file)
    for path, (mtime_ns, size, frames, failure) in rows.items():
        counts.put(path, (mtime_ns, size), Decoded(frames, failure))
    counts.save()
    read = FrameCounts(file)
    for path, (mtime_ns, size, frames, failure) in rows.items():
        assert read.known(path, (mtime_ns, size)) == Decoded(frames, failure)
        assert read.known(path, (mtime_ns, size + 1)) is None


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_any_damage_is_a_count_or_an_error_of_media(tmp_path: Path, data: st.DataObject) -> None:
    whole = tmp_path / "whole.mp4"
    if not whole.exists():
        clip(whole, 20)
    content = bytearray(whole.read_bytes()[: data.draw(st.integers(0, whole.stat().st_size))])
    for _ in range(data.draw(st.integers(0, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.mp4"
    path.write_bytes(content)
    video._FOUND.clear()
    video._packets.cache_clear()
    try:
        shape = video_shape(path)
    except MediaError:
        return
    assert shape.frames > 0
    assert frame_rate(path) == shape.fps
    assert stamp_of(path)[1] == len(content)


def test_the_kept_file_is_readable(tmp_path: Path) -> None:
    file = tmp_path / "lint" / "clips.json"
    counts = FrameCounts(file)
    counts.put("/a.mp4", (1, 2), Decoded(3))
    counts.save()
    assert json.loads(file.read_text()) == {"/a.mp4": [1, 2, 3, None, 0]}
