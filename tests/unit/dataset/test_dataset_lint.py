"""Each problem's code, and that a good dataset has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wantui.dataset.blueprint import load
from wantui.dataset.lint import lint
from wantui.dataset.scan import scan

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.dataset.conftest import Toy
    from wantui.dataset.model import Problem

IMAGES = 'image_directory = "images"\ncache_directory = "cache"'


def linted(toy: Toy, output_directory: Path | None = None) -> tuple[Problem, ...]:
    return lint(scan(load(toy.file)), output_directory=output_directory)


def only(toy: Toy) -> tuple[str, str, str]:
    """Severity, code and file name of the one problem."""
    (problem,) = linted(toy)
    assert problem.message
    assert problem.fix
    assert not problem.message.endswith(".")
    return problem.severity, problem.code, problem.path.name


@pytest.fixture(autouse=True)
def good_image(toy: Toy) -> None:
    toy.image("good.png")


def test_a_good_dataset(toy: Toy) -> None:
    assert linted(toy, toy.root / "output") == ()


def test_captions(toy: Toy) -> None:
    caption = toy.image("a.png").with_suffix(".txt")
    caption.unlink()
    assert only(toy) == ("error", "missing-caption", "a.txt")
    caption.write_bytes(b"\xff")
    assert only(toy) == ("error", "caption-not-utf8", "a.txt")
    caption.write_bytes(b" \n")
    assert only(toy) == ("warning", "empty-caption", "a.txt")
    caption.write_bytes(b"\xef\xbb\xbfa disc")
    assert only(toy) == ("warning", "caption-byte-order-mark", "a.txt")


def test_media(toy: Toy) -> None:
    image = toy.image("a.png", (200, 200))
    whole = image.read_bytes()
    image.write_bytes(b"")
    assert only(toy) == ("error", "unreadable-media", "a.png")
    image.write_bytes(whole[: len(whole) // 2])
    assert only(toy) == ("error", "truncated-media", "a.png")
    toy.image("a.png", (8, 200))
    toy.write(IMAGES + "\nbucket_no_upscale = true")
    assert only(toy) == ("error", "media-too-small", "a.png")


def test_what_cannot_be_read_and_has_no_caption_is_one_problem(toy: Toy) -> None:
    toy.image("a.png", caption=None).write_bytes(b"")
    assert [problem.code for problem in linted(toy)] == ["unreadable-media"]


def test_a_name_that_leaves_no_room_for_its_caches(toy: Toy) -> None:
    toy.image(f"{'x' * 240}.png")
    assert only(toy)[:2] == ("error", "name-too-long")


def test_two_media_with_one_stem(toy: Toy) -> None:
    toy.image("good.webp")
    assert only(toy) == ("error", "duplicate-stem", "good.webp")


def test_what_the_trainer_overlooks(toy: Toy) -> None:
    toy.image("below/a.png")
    (toy.images / "notes").mkdir()
    assert only(toy) == ("warning", "nested-folder-ignored", "below")
    (toy.images / "below" / "a.png").replace(toy.images / "a.Png")
    assert only(toy) == ("warning", "mixed-case-suffix", "a.Png")
    (toy.images / "a.Png").replace(toy.images / "a.avif")
    assert only(toy) == ("warning", "plugin-suffix", "a.avif")


def test_a_folder_that_is_wrong_or_empty(toy: Toy) -> None:
    toy.write(IMAGES.replace("images", "imagse"))
    assert only(toy) == ("error", "missing-media-folder", "dataset.toml")
    (toy.root / "imagse").mkdir()
    assert only(toy) == ("error", "empty-dataset", "dataset.toml")


def test_cache_folders(toy: Toy) -> None:
    cache = toy.root / "cache"
    cache.mkdir()
    for name in (
        "good_0096x0096_wan.safetensors",
        "good_wan_te.safetensors",
        "lora.safetensors",
        ".x_wan.safetensors",
    ):
        (cache / name).touch()
    assert linted(toy) == ()
    (problem,) = linted(toy, cache)
    assert (problem.severity, problem.code, problem.line) == ("error", "cache-in-output", 6)
    (cache / "my_lora_wan.safetensors").touch()
    assert only(toy) == ("error", "foreign-cache-files", "my_lora_wan.safetensors")


def test_a_cache_folder_that_the_trainer_takes_for_a_pattern(toy: Toy) -> None:
    toy.write(IMAGES.replace('"cache"', '"cache [1]"'))
    assert only(toy) == ("error", "cache-folder-pattern", "dataset.toml")


def test_two_cache_folders_that_are_one(toy: Toy) -> None:
    toy.write(IMAGES, IMAGES.replace('"cache"', '"link"').replace('"images"', '"."'))
    (toy.root / "cache").mkdir()
    (toy.root / "link").symlink_to("cache")
    toy.image("../b.png")
    codes = [problem.code for problem in linted(toy) if problem.severity == "error"]
    assert codes == ["shared-cache-folder"]


def test_settings(toy: Toy) -> None:
    general = '[general]\nresolution = [104, 64]\ncaption_extension = ".txt"\n'
    toy.write(IMAGES, general=general)
    assert only(toy) == ("error", "odd-resolution", "dataset.toml")
    toy.write(IMAGES + '\ncaption_extension = ".c.txt"')
    (toy.images / "good.c.txt").write_text("c")
    assert only(toy) == ("warning", "caption-extension-ignored", "dataset.toml")


def test_videos(toy: Toy) -> None:
    toy.write('video_jsonl_file = "m.jsonl"\ncache_directory = "cache"\ntarget_frames = [1, 6]')
    (toy.root / "m.jsonl").write_text('{"video_path": "images", "caption": "c"}\n')
    assert only(toy) == ("warning", "target-frames-rounded", "dataset.toml")
    toy.write('video_jsonl_file = "m.jsonl"\ncache_directory = "cache"\ntarget_frames = [5]')
    codes = [(problem.severity, problem.code) for problem in linted(toy)]
    assert codes == [("error", "nothing-to-train"), ("error", "clip-too-short")]


def test_videos_of_several_sizes_without_buckets(toy: Toy) -> None:
    general = '[general]\nresolution = [64, 64]\ncaption_extension = ".txt"\nbatch_size = 2\n'
    toy.write('video_jsonl_file = "m.jsonl"\ncache_directory = "cache"', general=general)
    toy.image("wide/a.png", (160, 90))
    lines = ('{"video_path": "images", "caption": "c"}', '{"video_path": "images/wide", "caption": "d"}')
    (toy.root / "m.jsonl").write_text("\n".join(lines))
    assert only(toy) == ("error", "unbucketed-videos", "dataset.toml")
