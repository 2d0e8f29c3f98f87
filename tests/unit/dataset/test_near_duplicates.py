"""Pictures that look alike, and the thorough look that finds them and damage, and keeps what it has found."""

from __future__ import annotations

import random
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from wantui.dataset import near_duplicates
from wantui.dataset.blueprint import load
from wantui.dataset.lint import thorough
from wantui.dataset.near_duplicates import MOST_BITS_APART, PRINT_BYTES, DamagedPictureError, Print, alike, print_of
from wantui.dataset.scan import scan

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.dataset.conftest import Toy


def scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture with shapes in it, another one for each seed."""
    chance = random.Random(seed)
    coarse = Image.new("RGB", (7, 5))
    coarse.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(35)])
    return coarse.resize(size, Image.Resampling.BICUBIC)


def saved(image: Image.Image, path: Path, **options: Any) -> Print:
    image.save(path, **options)
    return print_of(str(path))


def test_the_same_picture_saved_otherwise_is_alike(tmp_path: Path) -> None:
    for seed in range(12):
        image = scene(seed)
        first = saved(image, tmp_path / "a.png")
        assert saved(image, tmp_path / "b.jpg", quality=40).is_like(first)
        assert saved(image.resize((160, 120)), tmp_path / "c.webp", quality=60).is_like(first)
        assert saved(ImageEnhance.Brightness(image).enhance(1.02), tmp_path / "d.png").is_like(first)
        assert not saved(scene(seed + 100), tmp_path / "e.png").is_like(first)
        assert not saved(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), tmp_path / "f.png").is_like(first)


def test_evenly_coloured_pictures_differ_by_their_colour(tmp_path: Path) -> None:
    grey, red = Image.new("RGB", (96, 96), "grey"), Image.new("RGB", (96, 96), (200, 90, 90))
    first = saved(grey, tmp_path / "a.png")
    assert saved(grey.resize((64, 64)), tmp_path / "b.png").is_like(first)
    assert not saved(red, tmp_path / "c.png").is_like(first)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_pictures_of_every_mode_have_a_print(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tiff"
    Image.new(mode, (40, 30)).save(path)
    assert len(print_of(str(path)).content) == PRINT_BYTES


def test_what_cannot_be_decoded_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    scene(1).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(DamagedPictureError):
        print_of(str(path))
    with pytest.raises(FileNotFoundError):
        print_of(str(tmp_path / "gone.png"))


@given(st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(0, 80), max_size=5)), max_size=25))
def test_no_near_pair_is_missed(made: list[tuple[int, list[int]]]) -> None:
    chance = random.Random(0)
    bases = [bytes(chance.randrange(256) for _ in range(PRINT_BYTES)) for _ in range(6)]
    prints = []
    for base, touched in made:
        content = bytearray(bases[base])
        for at in touched:
            content[at] ^= 3
        prints.append(Print(bytes(content)))
    found = list(alike(prints))
    seconds = {two for _, two in found}
    assert len(seconds) == len(found)
    for one, two in found:
        assert one < two
        assert prints[one].is_like(prints[two])
    for one, two in combinations(range(len(prints)), 2):
        if prints[one].is_like(prints[two]):
            assert one in seconds or two in seconds


def test_bits_that_differ_by_the_most_allowed_share_a_band() -> None:
    assert near_duplicates._BANDS == MOST_BITS_APART + 1


class Counted:
    """Counts how often images are decoded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: list[str] = []
        monkeypatch.setattr(thorough, "print_of", self)

    def __call__(self, path: str) -> Print:
        self.paths.append(path.rpartition("/")[2])
        return print_of(path)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def test_a_thorough_look_is_kept_and_done_again_for_what_changed(toy: Toy, counted: Counted) -> None:
    folder = toy.root / "lint"
    for seed, name in enumerate("abc"):
        toy.image(f"{name}.png")
        scene(seed).save(toy.images / f"{name}.png")
    toy.image("copy.jpg")
    scene(1).save(toy.images / "copy.jpg", quality=60)
    assert thorough.kept(scan(load(toy.file)), folder) == ()
    found = thorough.examine(scan(load(toy.file)), folder, threads=2)
    assert (found.decoded, found.is_whole) == (4, True)
    (problem,) = found.problems
    assert (problem.severity, problem.code, problem.path.name) == ("warning", "near-duplicate", "copy.jpg")
    assert "looks like b.png" in problem.message
    assert thorough.kept(scan(load(toy.file)), folder) == found.problems
    assert thorough.examine(scan(load(toy.file)), folder).decoded == 0
    scene(9).save(toy.images / "copy.jpg")
    assert thorough.kept(scan(load(toy.file)), folder) == ()
    assert thorough.examine(scan(load(toy.file)), folder) == thorough.Thorough((), 1, is_whole=True)
    assert counted.paths[4:] == ["copy.jpg"]


def test_a_finding_about_a_file_that_is_gone_does_not_hold(toy: Toy) -> None:
    for name in "ab":
        toy.image(f"{name}.png")
    folder = toy.root / "lint"
    assert len(thorough.examine(scan(load(toy.file)), folder).problems) == 1
    (toy.images / "a.png").unlink()
    assert thorough.kept(scan(load(toy.file)), folder) == ()


def test_damage_in_the_middle_of_a_file(toy: Toy) -> None:
    path = toy.image("a.png")
    scene(3).save(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    (problem,) = thorough.examine(scan(load(toy.file)), toy.root / "lint").problems
    assert (problem.severity, problem.code) == ("error", "damaged-media")


def test_what_was_looked_at_before_an_interruption_is_kept(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thorough, "_AHEAD", 2)
    for seed in range(6):
        scene(seed).save(toy.image(f"{seed}.png"))
    asked = iter([False, False, True])
    dataset = scan(load(toy.file))
    first = thorough.examine(dataset, toy.root / "lint", is_cancelled=lambda: next(asked))
    assert (first.decoded, first.is_whole) == (4, False)
    assert thorough.examine(dataset, toy.root / "lint").decoded == 2


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}', b'{"a": [1, 2, "x"]}', b"\xff", b'[{"code": 1}]'])
def test_files_that_are_not_ours_are_made_again(toy: Toy, content: bytes) -> None:
    toy.image("a.png")
    folder = toy.root / "lint"
    folder.mkdir()
    for name in ("prints.json", "findings.json"):
        (folder / name).write_bytes(content)
    dataset = scan(load(toy.file))
    assert thorough.kept(dataset, folder) == ()
    assert thorough.examine(dataset, folder).decoded == 1
