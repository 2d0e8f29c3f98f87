"""Checks that look at more than one file at a time: ratios, frame rates, captions beside each other, folders."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from tests.unit.dataset.making_clips import clip
from wantui.dataset.blueprint import load
from wantui.dataset.lint import lint
from wantui.dataset.model import MediaRules
from wantui.dataset.scan import scan
from wantui.dataset.trigger import lacks_trigger, sure_trigger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.dataset.conftest import Toy
    from wantui.dataset.model import Problem

IMAGES = 'image_directory = "images"\ncache_directory = "cache"'
VIDEOS = 'video_directory = "videos"\ncache_directory = "vcache"\ntarget_frames = [5]'


def linted(toy: Toy, output_directory: Path | None = None) -> tuple[Problem, ...]:
    return lint(scan(load(toy.file)), output_directory=output_directory)


def told(toy: Toy, output_directory: Path | None = None) -> list[tuple[str, str, str]]:
    """Severity, code and file name of every problem."""
    return [(problem.severity, problem.code, problem.path.name) for problem in linted(toy, output_directory)]


def test_upscaling_beyond_twice_says_by_how_much(toy: Toy) -> None:
    toy.image("fine.png", (32, 33))
    assert told(toy) == []
    toy.image("small.png", (24, 24))
    (problem,) = linted(toy)
    assert (problem.code, problem.path.name) == ("upscaled", "small.png")
    assert "24x24 is upscaled 2.7 times to fill 64x64" in problem.message


def test_an_item_alone_in_its_bucket_matters_in_batches(toy: Toy) -> None:
    for name in "abc":
        toy.image(f"{name}.png")
    toy.image("wide.png", (160, 90))
    assert told(toy) == []
    toy.write(IMAGES + "\nbatch_size = 4")
    assert told(toy) == [("warning", "alone-in-bucket", "wide.png")]


def test_captions_without_media(toy: Toy) -> None:
    toy.image("a.png")
    (toy.images / "a.mp4").touch()
    (toy.images / "gone.txt").write_text("nobody reads this")
    (toy.images / "notes.md").write_text("nor this, and nobody would")
    codes = told(toy)
    assert ("warning", "caption-without-media", "gone.txt") in codes
    assert [code for _, code, _ in codes].count("caption-without-media") == 1


def test_identical_captions_are_told_once(toy: Toy) -> None:
    for name in "abcde":
        toy.image(f"{name}.png", caption="the same")
    toy.image("f.png", caption="the same, from behind")
    (problem,) = linted(toy)
    assert (problem.code, problem.path.name) == ("identical-caption", "a.txt")
    assert problem.message == "5 items have this caption: a.png, b.png, c.png and 2 more"


def test_a_caption_in_utf16_without_a_mark(toy: Toy) -> None:
    toy.image("a.png").with_suffix(".txt").write_bytes("a disc".encode("utf-16-le"))
    assert told(toy) == [("warning", "caption-not-text", "a.txt")]


def test_captions_without_the_trigger(toy: Toy) -> None:
    for number in range(9):
        toy.image(f"{number}.png", caption=f"ohwx woman, number {number}")
    toy.image("x.png", caption="A woman in a café")
    toy.image("y.png", caption="in a café, OHWX woman")
    (problem,) = linted(toy)
    assert (problem.code, problem.path.name) == ("trigger-missing", "x.txt")
    assert '"ohwx woman"' in problem.fix


@pytest.mark.parametrize(
    ("captions", "trigger"),
    [
        (["a photo of a cat"] * 9 + ["dogs"], ""),
        (["ohwx, a"] * 3, ""),
        (["ohwx, a"] * 6 + ["b"] * 4, ""),
        (["ohwx, a"] * 8 + ["b"] * 2, "ohwx"),
        (["ohwx woman is in bed"] * 8 + ["ohwx woman sits", "b"], "ohwx woman"),
        (["a photo of sks dog"] * 8 + ["b"] * 2, "a photo of sks"),
    ],
)
def test_what_is_surely_a_trigger(captions: list[str], trigger: str) -> None:
    assert sure_trigger(captions) == trigger


def test_a_trigger_is_looked_for_as_whole_words() -> None:
    assert not lacks_trigger('"Ohwx", woman on a hill', "ohwx woman")
    assert not lacks_trigger("on a hill, ohwx", "photo of ohwx woman")
    assert lacks_trigger("ohwxer woman", "ohwx")


def test_videos_among_images_and_the_reverse(toy: Toy) -> None:
    toy.image("a.png")
    toy.video("clip.avi", 12)
    (toy.root / "videos" / "clip.avi").rename(toy.images / "clip.avi")
    assert told(toy) == [("warning", "videos-in-image-folder", "dataset.toml")]
    toy.write(IMAGES, VIDEOS.replace('"videos"', '"images"') + "\nsource_fps = 24.0")
    (toy.images / "clip.txt").write_text("moves")
    assert told(toy) == []
    toy.write(VIDEOS.replace('"videos"', '"images"') + "\nsource_fps = 24.0")
    assert told(toy) == [("warning", "images-in-video-folder", "dataset.toml")]


def test_frame_rates(toy: Toy) -> None:
    toy.video("a.avi", 12)
    toy.write(VIDEOS)
    (problem,) = linted(toy)
    assert (problem.severity, problem.code, problem.line) == ("warning", "source-fps-missing", 6)
    assert problem.fix == "set source_fps = 24.0"
    toy.write(VIDEOS + "\nsource_fps = 24.0")
    assert told(toy) == []
    toy.write(VIDEOS + "\nsource_fps = 30.0")
    assert told(toy) == [("warning", "source-fps-wrong", "dataset.toml")]


def test_nearly_equal_rates_are_one(toy: Toy) -> None:
    for name, rate in (("a", Fraction(30000, 1001)), ("b", Fraction(30)), ("c", Fraction(30000, 1001))):
        clip(toy.root / "videos" / f"{name}.mp4", 40, rate=rate).with_suffix(".txt").write_text(f"moves {name}")
    toy.write(VIDEOS)
    (problem,) = linted(toy)
    assert (problem.code, problem.fix) == ("source-fps-missing", "set source_fps = 29.97")
    assert problem.message.startswith("3 of 3 clips have 29.97 frames a second")
    toy.write(VIDEOS + "\nsource_fps = 25.0")
    (problem,) = linted(toy)
    assert (problem.code, problem.fix) == ("source-fps-wrong", "set source_fps = 29.97")
    toy.write(VIDEOS + "\nsource_fps = 30.0")
    assert told(toy) == []


def test_rates_that_differ_need_sections_of_their_own(toy: Toy) -> None:
    for name, rate in (("a", 16), ("b", 30)):
        clip(toy.root / "videos" / f"{name}.mp4", 40, rate=rate).with_suffix(".txt").write_text(f"moves {name}")
    toy.write(VIDEOS)
    (problem,) = linted(toy)
    assert problem.fix == "put clips of one rate in one section, each with its source_fps"


@pytest.mark.parametrize(
    ("general", "obeys", "codes"),
    [
        ("enable_bucket = false", None, ["clip-buckets-unknown"]),
        ("enable_bucket = true\nbucket_no_upscale = true", None, ["clip-buckets-unknown"]),
        ("enable_bucket = true", None, []),
        ("enable_bucket = false", False, []),
        ("enable_bucket = false", True, []),
        ("enable_bucket = false\nresolution = [72, 72]", False, []),
        ("enable_bucket = false\nresolution = [72, 72]", True, ["odd-resolution"]),
    ],
)
def test_the_trainers_rule_for_the_buckets_of_clips(
    toy: Toy,
    general: str,
    obeys: bool | None,
    codes: list[str],
) -> None:
    clip(toy.root / "videos" / "a.mp4", 40).with_suffix(".txt").write_text("moves")
    toy.write(VIDEOS, general=f'[general]\ncaption_extension = ".txt"\n{general}\n')
    config = replace(load(toy.file), rules=MediaRules(clips_obey_buckets=obeys))
    known = {"clip-buckets-unknown", "odd-resolution"}
    assert [problem.code for problem in lint(scan(config)) if problem.code in known] == codes


def test_a_clip_shorter_than_every_target_is_lost(toy: Toy) -> None:
    toy.video("a.avi", 12)
    toy.video("b.avi", 4, caption="too short")
    toy.write(VIDEOS + "\nsource_fps = 24.0")
    assert told(toy) == [("error", "clip-too-short", "b.avi")]


def test_a_cache_folder_below_the_output_folder(toy: Toy) -> None:
    toy.image("a.png")
    assert told(toy, toy.root) == [("warning", "cache-below-output", "dataset.toml")]


def test_folders_that_sections_use_are_not_told_to_be_ignored(toy: Toy) -> None:
    toy.image("a.png")
    toy.image("more/b.png")
    assert told(toy) == [("warning", "nested-folder-ignored", "more")]
    toy.write(IMAGES, 'image_directory = "images/more"\ncache_directory = "cache2"')
    assert told(toy) == []
