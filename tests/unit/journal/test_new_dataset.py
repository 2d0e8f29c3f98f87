"""What a folder of media suggests for its ``dataset.toml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wantui.dataset.dataset_file import DatasetFileError
from wantui.journal.new_dataset import caption_extension, proposed, with_folder

if TYPE_CHECKING:
    from pathlib import Path


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_images_get_a_file_that_the_trainer_takes(tmp_path: Path) -> None:
    images = fill(tmp_path / "dataset/images", "a.png", "a.txt", "b.JPG")
    made = proposed(tmp_path / "dataset/dataset.toml", images)
    assert made.text == (
        '[general]\nresolution = [960, 544]\ncaption_extension = ".txt"\nenable_bucket = true\n\n'
        '[[datasets]]\nimage_directory = "images"\ncache_directory = "cache"\n'
    )
    (subset,) = made.config.subsets
    assert (subset.media_directory, subset.cache_directory) == (images, tmp_path / "dataset/cache")


def test_images_and_clips_get_a_section_and_a_cache_each(tmp_path: Path) -> None:
    both = fill(tmp_path / "media", "a.png", "b.mp4", "a.caption", "b.caption")
    made = proposed(tmp_path / "elsewhere/dataset.toml", both)
    assert [section.get("cache_directory") for section in made.sections] == [
        str(tmp_path / "cache"), str(tmp_path / "cache_media")
    ]  # fmt: skip
    assert made.general["caption_extension"] == ".caption"
    assert [subset.is_video for subset in made.config.subsets] == [False, True]
    third = with_folder(made, both, video=True)
    assert third.sections[2]["cache_directory"] == str(tmp_path / "cache_media_3")
    assert third.trouble is None


def test_a_folder_without_media_is_refused(tmp_path: Path) -> None:
    folder = fill(tmp_path / "empty", "a.txt", ".hidden.png", "clip.mp4")
    with pytest.raises(DatasetFileError, match="no images here"):
        with_folder(proposed(tmp_path / "dataset.toml", folder), folder, video=False)
    with pytest.raises(DatasetFileError, match="cannot be listed"):
        proposed(tmp_path / "dataset.toml", tmp_path / "nowhere")


def test_the_ending_of_captions_is_what_most_of_them_have(tmp_path: Path) -> None:
    folder = fill(tmp_path / "x", "a.png", "b.png", "a.txt", "a.cap", "b.cap", "c.json", "d.json", "e.json")
    assert caption_extension(folder) == ".cap"
