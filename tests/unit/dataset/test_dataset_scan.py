"""What is found in folders and jsonl files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wantui.dataset.blueprint import load
from wantui.dataset.model import Clip, Dataset, Item
from wantui.dataset.scan import scan

if TYPE_CHECKING:
    from tests.unit.dataset.conftest import Toy


def scanned(toy: Toy) -> Dataset:
    return scan(load(toy.file))


def test_items_are_what_the_trainer_makes_of_the_folder(toy: Toy) -> None:
    toy.image("b.png", (160, 90))
    toy.image("a.JPG", (96, 96), "  tok, a disc \r\n")
    toy.image("ignored.Png")
    toy.image("below/c.png")
    dataset = scanned(toy)
    assert dataset.problems == ()
    first, second = dataset.items
    assert (first.name, first.caption, first.bucket) == ("a", "tok, a disc", (64, 64))
    assert first.media == toy.images / "a.JPG"
    assert first.caption_file == toy.images / "a.txt"
    assert first.media_mtime_ns == first.media.stat().st_mtime_ns
    assert not first.is_video
    assert (second.name, second.width, second.height, second.bucket) == ("b", 160, 90, (80, 48))
    assert second.latent_caches == (toy.root / "cache" / "b_0160x0090_wan.safetensors",)
    assert second.text_cache == toy.root / "cache" / "b_wan_te.safetensors"


def test_items_that_cannot_be_read_are_there_with_their_problem(toy: Toy) -> None:
    toy.image("a.png", caption=None)
    toy.image("b.png").with_suffix(".txt").write_bytes(b"caf\xe9")
    toy.image("c.png").write_bytes(b"no image")
    toy.image("d.png", caption="")
    (toy.images / "e.png").mkdir()
    told = [(item.problem_code, item.problem, item.caption) for item in scanned(toy).items]
    assert told == [
        ("missing-caption", "there is no caption file", None),
        ("caption-not-utf8", "the caption file is not UTF-8 (byte 0xe9 in line 1)", None),
        ("unreadable-media", "the image is not an image that can be read", "a disc, c.png"),
        (None, None, ""),
        ("unreadable-media", "the image is a folder, not a file", None),
    ]


def test_a_wrong_or_empty_folder_is_an_error(toy: Toy) -> None:
    (problem,) = scanned(toy).problems
    assert (problem.code, problem.severity, problem.path, problem.line) == ("empty-dataset", "error", toy.file, 6)
    toy.images.rmdir()
    (problem,) = scanned(toy).problems
    assert (problem.code, problem.severity) == ("missing-media-folder", "error")
    assert "would delete every cache" in problem.message


def test_jsonl_paths_start_at_the_folder_of_the_dataset(toy: Toy) -> None:
    toy.write('image_jsonl_file = "lists/m.jsonl"\ncache_directory = "cache"')
    toy.image("a.png", caption=None)
    entries = [
        {"image_path": "images/a.png", "caption": " not stripped "},
        {"image_path": str(toy.images / "a.png"), "caption": "x"},
    ]
    (toy.root / "lists").mkdir()
    (toy.root / "lists" / "m.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    dataset = scanned(toy)
    assert dataset.problems == ()
    assert [item.media for item in dataset.items] == [toy.images / "a.png"] * 2
    assert [item.caption for item in dataset.items] == [" not stripped ", "x"]
    assert [item.jsonl_line for item in dataset.items] == [1, 2]
    assert dataset.items[0].caption_file is None


def test_every_bad_line_of_a_jsonl_is_told(toy: Toy) -> None:
    toy.write('image_jsonl_file = "m.jsonl"\ncache_directory = "cache"')
    lines = [
        "{",
        "",
        "[]",
        '{"caption": "x"}',
        '{"image_path": "a.png", "caption": 1}',
        '{"image_path": "a", "caption": "b"}',
    ]
    (toy.root / "m.jsonl").write_text("\n".join(lines))
    dataset = scanned(toy)
    assert [(problem.code, problem.line) for problem in dataset.problems] == [
        ("bad-jsonl", line) for line in range(1, 6)
    ]
    assert len(dataset.items) == 1


def test_a_jsonl_that_is_missing_or_not_utf8(toy: Toy) -> None:
    toy.write('image_jsonl_file = "m.jsonl"\ncache_directory = "cache"')
    assert [problem.code for problem in scanned(toy).problems] == ["missing-jsonl"]
    (toy.root / "m.jsonl").write_bytes(b"\n\xff")
    (problem,) = scanned(toy).problems
    assert (problem.code, problem.line) == ("bad-jsonl", 2)


@pytest.mark.parametrize("name", ["v.mp4", "v.AVI", "v.mkv", "v.mov"])
def test_videos(toy: Toy, name: str) -> None:
    toy.write('video_directory = "videos"\ncache_directory = "cache"\ntarget_frames = [1, 9, 25]')
    toy.video(name, 12)
    (item,) = scanned(toy).items
    assert item.is_video
    assert (item.width, item.height, item.bucket, item.frame_count) == (128, 80, (80, 48), 12)
    assert item.clips == (Clip(0, 1), Clip(0, 9))
    assert [path.name for path in item.latent_caches] == [
        "v_00000-001_0080x0048_wan.safetensors",
        "v_00000-009_0080x0048_wan.safetensors",
    ]
    assert item.text_cache.name == "v_wan_te.safetensors"


def test_a_video_is_resampled(toy: Toy) -> None:
    section = 'video_directory = "videos"\ntarget_frames = [5]\nframe_extraction = "chunk"\nsource_fps = 24.0'
    toy.write(section)
    toy.video("v.avi", 24)
    (item,) = scanned(toy).items
    assert item.frame_count == 16
    assert [clip.start for clip in item.clips] == [0, 5, 10]


def test_videos_that_cannot_be_read(toy: Toy) -> None:
    toy.write('video_directory = "videos"')
    videos = toy.root / "videos"
    toy.video("c.mp4", 1)
    (videos / "a.mp4").write_bytes(b"no video")
    (videos / "b.mp4").symlink_to("nowhere")
    (videos / "d.mp4").mkdir()
    items = {item.name: item for item in scanned(toy).items}
    assert items["c"].frame_count == 1
    assert "is not a video that can be read" in str(items["a"].problem)
    assert items["b"].problem == "the video is not there"
    assert items["d"].problem == "the video is a folder without images"
    assert items["a"].is_video
    assert items["a"].latent_caches == ()


def test_a_folder_of_images_is_a_video(toy: Toy) -> None:
    toy.write('video_jsonl_file = "m.jsonl"\ncache_directory = "cache"')
    for number in range(3):
        toy.image(f"{number}.png", (160, 90), caption=None)
    (toy.root / "m.jsonl").write_text('{"video_path": "images", "caption": "c"}')
    (item,) = scanned(toy).items
    assert (item.name, item.frame_count, item.bucket) == ("images", 3, (80, 48))


def test_items_are_told_as_they_are_found(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wantui.dataset.scan.FIRST_BATCH", 1)
    monkeypatch.setattr("wantui.dataset.scan.BATCH", 2)
    for number in range(5):
        toy.image(f"{number}.png")
    told: list[tuple[Item, ...]] = []
    dataset = scan(load(toy.file), told.append)
    assert len(dataset.items) == 5
    assert [len(batch) for batch in told[:2]] == [1, 2]
    assert tuple(item for batch in told for item in batch) == dataset.items
