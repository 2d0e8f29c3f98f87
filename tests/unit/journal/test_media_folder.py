"""Which folder of a new workspace holds the images, and what is said of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PIL import Image

from wantui.journal import media_folder
from wantui.journal.media_folder import broken, find

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def put(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def test_the_folder_with_the_most_media_is_found_with_its_captions(tmp_path: Path) -> None:
    put(tmp_path, "one.png")
    put(tmp_path / "pics", "a.png", "a.txt", "b.JPG", "c.mp4", "c.txt", "notes.md")
    found = find(tmp_path, tmp_path / "dataset/dataset.toml", ())
    assert found is not None
    assert (found.path, found.images, found.clips, found.captions) == (
        tmp_path / "pics", ("a.png", "b.JPG"), ("c.mp4",), 2,
    )  # fmt: skip


def test_of_two_that_hold_as_many_the_one_beside_the_dataset_is_taken(tmp_path: Path) -> None:
    put(tmp_path / "aaa", "a.png")
    put(tmp_path / "dataset/images", "b.png")
    found = find(tmp_path, tmp_path / "dataset/dataset.toml", ())
    assert found is not None
    assert found.path == tmp_path / "dataset/images"


def test_the_trainer_and_what_is_written_are_no_media(tmp_path: Path) -> None:
    put(tmp_path / "musubi-tuner", "logo.png", "other.png")
    put(tmp_path / "output", "sample.png")
    put(tmp_path / ".thumbs", "a.png")
    assert find(tmp_path, tmp_path / "dataset/dataset.toml", (tmp_path / "musubi-tuner",)) is None


def test_images_that_cannot_be_decoded_are_named(tmp_path: Path) -> None:
    for name in ("good.png", "cut.png"):
        Image.new("RGB", (64, 64), "teal").save(tmp_path / name)
    whole = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    put(tmp_path, "empty.png")
    found = find(tmp_path, tmp_path / "dataset/dataset.toml", ())
    assert found is not None
    assert broken(found) == ("cut.png", "empty.png")


def test_a_look_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    put(tmp_path, *(f"{number}.png" for number in range(5)))
    found = find(tmp_path, tmp_path / "dataset/dataset.toml", ())
    assert found is not None
    asked = iter([False, False, True])
    assert broken(found, lambda: next(asked)) == ("0.png", "1.png")


def test_a_folder_that_is_as_it_was_is_not_looked_through_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "pics", "a.png")
    for folder in (tmp_path, tmp_path / "pics"):
        os.utime(folder, (1000, 1000))
    known: media_folder.Known = {}
    looked: list[Path] = []
    look = media_folder._look

    def told(folder: Path) -> media_folder.MediaFolder | None:
        looked.append(folder)
        return look(folder)

    monkeypatch.setattr(media_folder, "_look", told)
    args = (tmp_path, tmp_path / "dataset/dataset.toml", (), known)
    first = find(*args)
    assert find(*args) == first
    assert looked == [tmp_path, tmp_path / "pics"]
    for name in ("b.png", "c.png"):  # a folder that has just changed may do so again at the same time
        put(tmp_path / "pics", name)
        assert (found := find(*args)) is not None
        assert name in found.images
    assert looked == [tmp_path, *[tmp_path / "pics"] * 3]


def test_names_that_lead_nowhere_hide_no_folder(tmp_path: Path) -> None:
    put(tmp_path / "pics", "a.png")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "pics/up").symlink_to("..")
    os.mkfifo(tmp_path / "pics/b.png")
    (tmp_path / "gone").symlink_to("nowhere")
    odd = os.fsencode(tmp_path) + b"/pics/\xff.png"
    os.close(os.open(odd, os.O_CREAT))
    found = find(tmp_path, tmp_path / "dataset/dataset.toml", ())
    assert found is not None
    assert found.images == ("a.png", "b.png", "\udcff.png")
    assert broken(found) == found.images
