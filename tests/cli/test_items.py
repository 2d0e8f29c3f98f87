"""`wantui items`: what scripts remove, restore and import."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.demo import demo_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Shell


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    """Two pictures with captions."""
    made = in_folder(tmp_path / "site")
    demo_workspace(made.folder)
    images = made.folder / "dataset/images"
    for path in list(images.iterdir()):
        path.unlink()
    for name in ("one", "two"):
        Image.new("RGB", (64, 64), "red" if name == "one" else "blue").save(images / f"{name}.png")
        (images / f"{name}.txt").write_text(f"a {name}\n")
    return made


def names(shell: Shell) -> list[str]:
    return sorted(path.name for path in (shell.folder / "dataset/images").iterdir())


def test_trash_and_restore(shell: Shell) -> None:
    done = shell.run("items", "trash", "one")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "remove one.png: in the trash; `wantui captions undo` undoes it\n"
    assert names(shell) == ["two.png", "two.txt"]
    (lying,) = shell.json("items", "trashed")
    assert (lying["number"], lying["what"]) == (1, "remove one.png")
    assert [file["name"] for file in lying["files"]] == ["one.png", "one.txt"]
    assert shell.json("items", "restore", "1", "one.txt")["files"] == 2
    assert names(shell) == ["one.txt", "two.png", "two.txt"]
    (shell.folder / "dataset/images/one.png").write_bytes(b"another")
    done = shell.run("items", "restore", "1")
    assert done.returncode == 1
    assert "one.png already exists: nothing was restored" in done.stderr
    (shell.folder / "dataset/images/one.png").unlink()
    assert shell.run("items", "restore", "1").returncode == 0
    assert names(shell) == ["one.png", "one.txt", "two.png", "two.txt"]
    assert shell.run("items", "trashed").stdout == "the trash is empty\n"
    assert shell.run("items", "trash", "--filter", "name:two").returncode == 0
    assert names(shell) == ["one.png", "one.txt"]


def test_bad_usage_of_trash(shell: Shell) -> None:
    assert shell.run("items", "trash").returncode == 2
    assert "no item three" in shell.run("items", "trash", "three").stderr
    assert "no 5 in the trash" in shell.run("items", "restore", "5").stderr
    assert shell.run("items", "trash", "--filter", "name:three").returncode == 1
    assert len(names(shell)) == 4


def test_import_says_what_it_does(shell: Shell, tmp_path: Path) -> None:
    elsewhere = tmp_path / "new"
    elsewhere.mkdir()
    for name, colour in (("one.png", "green"), ("three.Png", "white"), ("same.png", "red")):
        Image.new("RGB", (64, 64), colour).save(elsewhere / name, format="PNG")
    (elsewhere / "three.txt").write_text("a three")
    (elsewhere / "readme.md").write_text("not media")
    plan = shell.json("items", "import", str(elsewhere), "--dry-run")
    assert (plan["media"], plan["step"]) == (3, None)
    assert len(names(shell)) == 4
    done = shell.run("items", "import", str(elsewhere))
    assert done.returncode == 0
    assert "one.png has the name of another file, one.png: becomes one-2.png" in done.stdout
    assert "readme.md is no media" in done.stdout
    assert names(shell) == [
        "one-2.png", "one.png", "one.txt", "same.png", "three.png", "three.txt", "two.png", "two.txt",
    ]  # fmt: skip
    again = shell.run("items", "import", str(elsewhere), "--refuse", "--json")
    assert again.returncode == 1
    document = json.loads(again.stdout)
    assert document["copies"] == []
    assert [each["to"] for each in document["collisions"]] == [None]
    assert shell.run("captions", "undo").returncode == 0
    assert len(names(shell)) == 4
    assert shell.json("items", "trashed")[0]["what"] == "copies of: import 3 media"


def test_a_step_shows_its_texts_and_may_be_kept(shell: Shell) -> None:
    shell.run("captions", "set", "two", "another two")
    shell.run("captions", "set", "one", "another one")
    document = shell.json("items", "changed", "2")
    assert [(each["removed"], each["inserted"]) for each in document["changes"]] == [("a one\n", "another one\n")]
    assert "  - a one\n  + another one" in shell.run("items", "changed", "2").stdout
    (shell.folder / "dataset/images/one.txt").write_text("somebody else's\n")
    refused = shell.run("captions", "undo")
    assert refused.returncode == 1
    assert "step 2 (edit one.png) left it different" in refused.stderr
    assert shell.run("items", "settle").returncode == 0
    assert shell.run("captions", "undo").returncode == 0
    assert (shell.folder / "dataset/images/two.txt").read_text() == "a two\n"
    assert (shell.folder / "dataset/images/one.txt").read_text() == "somebody else's\n"
    assert shell.run("items", "settle").returncode == 1
    assert shell.run("items", "changed", "9").returncode == 1


def test_captions_in_other_encodings_are_shown_and_converted(shell: Shell) -> None:
    images = shell.folder / "dataset/images"
    assert shell.run("captions", "convert").stdout == "every caption is UTF-8\n"
    (images / "one.txt").write_bytes("un café\r\n".encode("cp1252"))
    shown = shell.run("captions", "convert")
    assert shown.returncode == 1
    assert "cp1252" in shown.stdout
    assert "un café" in shown.stdout
    assert shell.json("captions", "convert")[0]["readings"][0]["encoding"] == "cp1252"
    assert shell.run("captions", "convert", "--encoding", "cp1252").returncode == 0
    assert (images / "one.txt").read_bytes() == "un café\r\n".encode()
    assert shell.run("captions", "undo").returncode == 0
    assert (images / "one.txt").read_bytes() == "un café\r\n".encode("cp1252")
    assert "no encoding" in shell.run("captions", "convert", "--encoding", "latin-99").stderr


def test_items_are_held_out_listed_and_released(shell: Shell) -> None:
    assert shell.run("items", "hold-out").returncode == 2
    assert shell.run("items", "hold-out", "one").stdout == "1 item held out: one.png\n"
    assert [each["name"] for each in shell.json("items", "hold-out", "--list")] == ["one"]
    looked = shell.json("check", "--quick")
    assert (looked["items"], looked["held_out"], looked["plan"]["steps_per_epoch"]) == (2, 1, 1)
    assert shell.run("items", "hold-out", "--filter", "name:one").returncode == 1
    assert shell.run("items", "hold-out", "two").returncode == 0
    refused = shell.run("train", "--dry-run")
    assert refused.returncode == 1
    assert "every item is held out" in refused.stdout
    assert shell.run("items", "release", "two", "one").returncode == 0
    assert shell.json("items", "hold-out", "--list") == []
    assert len(shell.json("items", "hold-out", "--number", "5")) == 1, "one stays to be trained on"
