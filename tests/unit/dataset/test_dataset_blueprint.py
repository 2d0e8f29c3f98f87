"""dataset.toml by the trainer's rules; each refusal was checked against the trainer's own."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from wantui.dataset.blueprint import load
from wantui.dataset.model import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

GENERAL = '[general]\ncaption_extension = ".txt"\n'
IMAGES = '[[datasets]]\nimage_directory = "images"\n'
VIDEOS = '[[datasets]]\nvideo_directory = "videos"\n'


def written(tmp_path: Path, text: str, name: str = "dataset.toml") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(DatasetError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    return message.removeprefix(str(path)).lstrip(", ")


def test_defaults_are_the_trainers(tmp_path: Path) -> None:
    (subset,) = load(written(tmp_path, GENERAL + IMAGES)).subsets
    assert subset.resolution == (960, 544)
    assert (subset.batch_size, subset.num_repeats) == (1, 1)
    assert (subset.enable_bucket, subset.bucket_no_upscale) == (False, False)
    assert subset.media_directory == subset.cache_directory == tmp_path / "images"
    assert not subset.is_video
    assert subset.line == 3


def test_a_datasets_own_value_wins_over_general(tmp_path: Path) -> None:
    text = GENERAL + "batch_size = 2\nresolution = 512\n" + IMAGES + "batch_size = 3\nenable_bucket = true\n"
    (subset,) = load(written(tmp_path, text)).subsets
    assert (subset.batch_size, subset.resolution, subset.enable_bucket) == (3, (512, 512), True)


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, GENERAL + IMAGES + 'cache_directory = "/far/cache"\n')
    monkeypatch.chdir(tmp_path.parent)
    config = load((tmp_path / "dataset.toml").relative_to(tmp_path.parent))
    assert config.path == tmp_path / "dataset.toml"
    assert config.subsets[0].media_directory == tmp_path / "images"
    assert str(config.subsets[0].cache_directory) == "/far/cache"


def test_video_settings(tmp_path: Path) -> None:
    text = GENERAL + VIDEOS + 'target_frames = [25, 8, 1, 5]\nframe_extraction = "slide"\nsource_fps = 30.0\n'
    (subset,) = load(written(tmp_path, text)).subsets
    assert subset.is_video
    assert subset.target_frames == (1, 5, 25)  # 8 is floored to 5, which is there already
    assert subset.target_frames_written == (1, 5, 8, 25)
    assert (subset.frame_extraction, subset.source_fps, subset.max_frames) == ("slide", 30.0, 129)


def test_one_uniform_sample_is_the_head(tmp_path: Path) -> None:
    (subset,) = load(written(tmp_path, GENERAL + VIDEOS + 'frame_extraction = "uniform"\n')).subsets
    assert subset.frame_extraction == "head"


def test_a_jsonl_dataset_needs_no_caption_extension(tmp_path: Path) -> None:
    text = '[[datasets]]\nimage_jsonl_file = "m.jsonl"\ncache_directory = "cache"\n'
    (subset,) = load(written(tmp_path, text)).subsets
    assert (subset.media_directory, subset.jsonl_file) == (None, tmp_path / "m.jsonl")


def test_json_is_accepted(tmp_path: Path) -> None:
    content = {"general": {"caption_extension": ".txt"}, "datasets": [{"image_directory": "images"}]}
    (subset,) = load(written(tmp_path, json.dumps(content), "dataset.JSON")).subsets
    assert subset.media_directory == tmp_path / "images"
    assert subset.line is None


@pytest.mark.parametrize(
    "line",
    [
        "flux_kontext_no_resize_control = true",  # the older trainer's
        "no_resize_control = true",  # the newer one's, and so the rest
        "control_resolution = [64, 64]",
        "qwen_image_edit_control_resolution = 64",
        "multiple_target = false",
        "fp_1f_clean_indices = [0]",
        'control_directory = "control"',
    ],
)
def test_keys_of_either_trainer_are_known(tmp_path: Path, line: str) -> None:
    assert load(written(tmp_path, f"{GENERAL}{IMAGES}{line}\n")).subsets


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GENERAL + IMAGES + "num_repeat = 1\n", "line 5: unknown key num_repeat; did you mean num_repeats?"),
        (GENERAL + IMAGES + "xyzzy = 1\n", "line 5: unknown key xyzzy; known are caption_extension"),
        ("[genral]\n" + IMAGES, "line 1: unknown section genral; did you mean general?"),
        (GENERAL + 'cache_directory = "c"\n' + IMAGES, "line 3: cache_directory is allowed only in [[datasets]]"),
        (GENERAL + IMAGES + "target_frames = [1]\n", "line 5: target_frames is allowed only for videos"),
        (GENERAL + VIDEOS + "multiple_target = true\n", "line 5: multiple_target is allowed only for images"),
        (GENERAL + IMAGES + 'batch_size = "1"\n', 'line 5: batch_size must be a whole number, not "1"'),
        (GENERAL + IMAGES + "batch_size = 0\n", "line 5: batch_size must be 1 or more"),
        ("[general]\nbatch_size = 0\n" + IMAGES + 'caption_extension = ".t"', "line 2: batch_size must be 1 or more"),
        (GENERAL + IMAGES + "resolution = 512.0\n", "line 5: resolution must be a whole number or [width, height]"),
        (GENERAL + IMAGES + "resolution = [512]\n", "line 5: resolution must be a whole number or [width, height]"),
        (GENERAL + IMAGES + "resolution = [\n  960, # x\n  544.0]\n", "line 5: resolution mixes whole numbers"),
        (GENERAL + IMAGES + "resolution = 8\n", "line 5: resolution 8x8 is too small"),
        (GENERAL + IMAGES + "enable_bucket = 1\n", "line 5: enable_bucket must be true or false, not 1"),
        (GENERAL + VIDEOS + "source_fps = 30\n", "line 5: source_fps must be a number with a decimal point"),
        (GENERAL + VIDEOS + "source_fps = 0.0\n", "line 5: source_fps must be more than 0"),
        (GENERAL + VIDEOS + "target_frames = []\n", "line 5: target_frames must be"),
        (
            GENERAL + VIDEOS + 'frame_extraction = "heads"\n',
            "line 5: unknown frame_extraction heads; did you mean head?",
        ),
        (GENERAL + VIDEOS + "resolution = 24\n", "line 5: resolution 24x24 is too small; 32x32 is the least"),
        (GENERAL + IMAGES + 'video_directory = "v"\n', "line 4: image_directory and video_directory cannot share"),
        (GENERAL + "[[datasets]]\nbatch_size = 1\n", "line 3: no media: add image_directory"),
        (
            GENERAL + '[[datasets]]\nimages_directory = "i"\n',
            "line 4: unknown key images_directory; did you mean image_d",
        ),
        (GENERAL + '[[datasets]]\nimage_jsonl_file = "i"\n', "line 3: a jsonl file needs a cache_directory"),
        (GENERAL + '[datasets]\nimage_directory = "i"\n', "line 3: datasets must be a list of sections"),
        ("general = 1\n" + IMAGES, "line 1: general must be a section"),
        (IMAGES, 'line 1: no caption_extension; add caption_extension = ".txt"'),
        (IMAGES + 'caption_extension = "txt"\n', 'line 3: caption_extension lacks its dot; write ".txt"'),
        (GENERAL + IMAGES + IMAGES, "line 5: [[datasets]] number 1 and 2 share the cache folder"),
        (GENERAL + IMAGES + VIDEOS + 'cache_directory = "./videos/../images"', "line 7: [[datasets]] number 1 and 2"),
        (GENERAL, "no datasets; add a [[datasets]] section"),
        ("", "no datasets; add a [[datasets]] section"),
        (GENERAL + "[[datasets]]\nimage_directory = images\n", "line 4: not valid TOML: Invalid value"),
        (GENERAL + '[[datasets]]\nimage_directory = "i', "line 4: not valid TOML: Unterminated string"),
        ("\ufeff" + GENERAL + IMAGES, "line 1: starts with a byte order mark"),
    ],
)
def test_what_the_trainer_refuses_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(written(tmp_path, text)).lstrip(": ").startswith(message)


def test_a_missing_file_comes_with_an_example_that_works(tmp_path: Path) -> None:
    path = tmp_path / "dataset.toml"
    advice, example = refusal(path).split("for example:\n\n")
    assert "`wantui dataset new FOLDER`" in advice
    path.write_text(example)
    assert load(path).subsets[0].media_directory == tmp_path / "images"


def test_other_file_types_and_encodings(tmp_path: Path) -> None:
    assert "rename it" in refusal(written(tmp_path, "", "dataset.yaml"))
    assert "line 2: not valid JSON" in refusal(written(tmp_path, "{\n]", "dataset.json"))
    assert "must be an object" in refusal(written(tmp_path, "[]", "dataset.json"))
    path = tmp_path / "latin.toml"
    path.write_bytes(b"# caf\xe9")
    assert "not UTF-8 (byte 6)" in refusal(path)
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert "is a folder, not a file" in refusal(folder)


@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "dataset.toml"
    os.mkfifo(pipe)
    assert "is a FIFO (named pipe), not a file" in refusal(pipe)
