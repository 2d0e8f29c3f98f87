"""What is no regular file, or far too large, is the problem of its own item; the others go on, and nothing waits."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from wantui.dataset import captions
from wantui.dataset.blueprint import load
from wantui.dataset.errors import MediaError
from wantui.dataset.lint import lint, thorough
from wantui.dataset.model import DatasetError
from wantui.dataset.scan import scan
from wantui.dataset.video import video_shape

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.dataset.conftest import Toy
    from wantui.dataset.model import Problem

KINDS = ("FIFO (named pipe)", "socket", "device", "folder")


def put(path: Path, kind: str) -> None:
    """Put something of a kind in the place of `path`."""
    path.unlink(missing_ok=True)
    match kind:
        case "FIFO (named pipe)":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
        case "device":
            path.symlink_to("/dev/zero")
        case _:
            path.mkdir()


def linted(toy: Toy) -> list[Problem]:
    return [problem for problem in lint(scan(load(toy.file))) if problem.code != "identical-caption"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_named_like_a_caption(toy: Toy, kind: str) -> None:
    toy.image("a.png")
    toy.image("b.png")
    put(toy.images / "a.txt", kind)
    (problem,) = linted(toy)
    assert (problem.code, problem.severity, problem.path.name) == ("not-a-file", "error", "a.txt")
    assert problem.message == f"the caption file is a {kind}, not a file"
    assert "move it away" in problem.fix
    assert [item.caption for item in scan(load(toy.file)).items] == [None, "a disc, b.png"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_named_like_an_image(toy: Toy, tmp_path: Path, kind: str) -> None:
    toy.image("a.png")
    toy.image("b.png")
    put(toy.images / "a.png", kind)
    (problem,) = (each for each in linted(toy) if each.path.suffix == ".png")
    assert (problem.code, problem.severity, problem.path.name) == ("unreadable-media", "error", "a.png")
    assert problem.message == f"the image is a {kind}, not a file"
    assert thorough.examine(scan(load(toy.file)), tmp_path / "kept").decoded == 1


@pytest.mark.parametrize("kind", KINDS[:3])
def test_what_is_named_like_a_clip(toy: Toy, kind: str) -> None:
    path = toy.root / "a.mp4"
    put(path, kind)
    with pytest.raises(MediaError, match=kind.partition(" ")[0]):
        video_shape(path)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_named_like_a_list(toy: Toy, kind: str) -> None:
    toy.write('image_jsonl_file = "list.jsonl"\ncache_directory = "cache"')
    put(toy.root / "list.jsonl", kind)
    (problem,) = scan(load(toy.file)).problems
    assert (problem.code, problem.message) == ("not-a-file", f"is a {kind}, not a file")


def test_a_caption_of_more_than_a_mebibyte_is_not_read(toy: Toy) -> None:
    toy.image("a.png")
    toy.image("b.png")
    with (toy.images / "a.txt").open("wb") as file:
        file.truncate(1 << 40)  # a hole: reading it would take a terabyte of memory
    (problem,) = linted(toy)
    assert (problem.code, problem.path.name) == ("caption-too-large", "a.txt")
    assert "larger than 1 MiB" in problem.message
    with pytest.raises(DatasetError, match="larger than 1 MiB"):
        captions.read(toy.images / "a.txt")


def test_a_dataset_file_that_is_too_large_is_not_read(toy: Toy) -> None:
    with toy.file.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DatasetError, match="larger than 1 MiB"):
        load(toy.file)


def test_a_link_to_itself_beside_the_pictures_is_passed_over(toy: Toy) -> None:
    toy.image("a.png")
    (toy.images / "loop").symlink_to("loop")
    (toy.images / "sub").symlink_to(toy.images / "sub")
    assert linted(toy) == []


def test_a_link_to_itself_named_like_an_image_is_that_items_problem(toy: Toy) -> None:
    toy.image("a.png")
    (toy.images / "b.png").symlink_to("b.png")
    (toy.images / "b.txt").symlink_to("b.txt")
    found = linted(toy)
    assert {problem.path.name for problem in found} == {"b.png"}
    assert {item.name: item.caption for item in scan(load(toy.file)).items} == {"a": "a disc, a.png", "b": None}


def test_a_disk_that_fails_for_one_name_spoils_that_name_alone(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    toy.image("a.png")
    dead = toy.image("b.png")
    real = os.stat

    def failing(path: str | Path, **how: bool) -> os.stat_result:
        if os.fspath(path) == str(dead):
            raise OSError(116, "Stale file handle")
        return real(path, **how)

    monkeypatch.setattr(os, "stat", failing)
    found = scan(load(toy.file))
    assert [item.problem for item in found.items] == [None, "the image cannot be read: Stale file handle"]
