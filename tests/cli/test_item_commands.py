"""Proposed captions and the dataset's settings from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell


@pytest.fixture
def images(shell: Shell) -> Path:
    """Three pictures, one without a caption and one with an empty one; a program captions them."""
    folder = shell.folder / "dataset/images"
    names = sorted(path.stem for path in folder.glob("*.jpg"))
    (folder / f"{names[0]}.txt").unlink()
    (folder / f"{names[1]}.txt").write_text("")
    shell.write("caption.py", "import pathlib, sys\nprint('[new]', pathlib.Path(sys.argv[1]).stem)\n")
    config = (shell.folder / "wantui.toml").read_text()
    shell.write("wantui.toml", f'{config}\n[captions]\ncommand = ["{sys.executable}", "caption.py", "{{media}}"]\n')
    return folder


def captions(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted(folder.glob("*.txt"))}


def test_captions_are_proposed_looked_at_accepted_and_rejected(shell: Shell, images: Path) -> None:
    before = captions(images)
    done = shell.run("captions", "propose", "--wait")
    assert done.returncode == 0, done.stderr
    assert "2 captions proposed" in done.stdout
    assert captions(images) == before
    first, second = shell.json("captions", "proposals")
    assert (first["text"], first["before"]) == (f"[new] {first['name']}", None)
    assert (second["before"], set(second)) == ("", {"name", "media", "text", "before", "source", "made"})
    assert "nothing is proposed for" in shell.run("captions", "accept", "nobody").stderr
    assert shell.run("captions", "accept", "--filter", f"name:{first['name']}").stdout == "1 caption written\n"
    assert captions(images) == before | {first["name"]: f"[new] {first['name']}\n"}
    assert shell.run("captions", "reject", second["name"]).stdout == "1 proposal rejected\n"
    assert shell.json("captions", "proposals") == []


def test_a_captioning_run_is_told_as_a_document(shell: Shell, images: Path) -> None:
    told = shell.json("captions", "propose", "--wait", "--json")
    assert (told["run"], [(job["id"], job["state"]) for job in told["jobs"]]) == (1, [("1.caption", "succeeded")])
    assert len(shell.json("captions", "proposals")) == 2
    assert len(captions(images)) == 2, "nothing is written before it is accepted"


def test_what_was_captioned_meanwhile_keeps_its_caption(shell: Shell, images: Path) -> None:
    assert shell.run("captions", "propose", "--all", "--wait").returncode == 0
    first = shell.json("captions", "proposals")[0]["name"]
    (images / f"{first}.txt").write_text("mine")
    done = shell.run("captions", "accept")
    assert done.returncode == 1
    assert f"{first}.jpg: keeps what it has" in done.stderr
    assert done.stdout == "2 captions written\n"
    assert captions(images)[first] == "mine"
    assert [each["name"] for each in shell.json("captions", "proposals")] == [first]


def test_a_wrong_filter_is_bad_usage(shell: Shell, images: Path) -> None:
    assert images.is_dir()
    done = shell.run("captions", "propose", "--filter", "(name:a")
    assert (done.returncode, done.stdout) == (2, "")


def test_settings_are_shown_changed_and_undone_by_a_second_change(shell: Shell) -> None:
    file = shell.folder / "dataset/dataset.toml"
    text = file.read_text()
    shown = shell.json("dataset", "show")
    assert (shown["general"]["resolution"], shown["datasets"][0]["num_repeats"]) == ([256, 256], 1)
    done = shell.run("dataset", "set", "num_repeats", "3", "--dry-run")
    assert done.stdout.endswith("-num_repeats = 1\n+num_repeats = 3\n")
    assert file.read_text() == text
    assert shell.run("dataset", "set", "num_repeats", "3").returncode == 0
    assert file.read_text() == text.replace("num_repeats = 1", "num_repeats = 3")
    assert shell.run("dataset", "set", "resolution", "320x192").returncode == 0
    assert "resolution = [320, 192]" in file.read_text()
    assert shell.run("dataset", "unset", "num_repeats", "--section", "1").returncode == 0
    assert "num_repeats" not in file.read_text()


def test_what_the_trainer_refuses_is_not_written(shell: Shell) -> None:
    file = shell.folder / "dataset/dataset.toml"
    text = file.read_text()
    for words, why in (
        (("set", "nun_repeats", "2"), "did you mean num_repeats?"),
        (("set", "resolution", "8x8"), "too small"),
        (("remove", "1"), "no datasets"),
    ):
        done = shell.run("dataset", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert why in done.stderr
    assert shell.run("dataset", "unset", "max_frames").returncode == 2
    assert file.read_text() == text


def test_a_dataset_is_made_from_a_folder_and_gets_another(shell: Shell) -> None:
    file = shell.folder / "dataset/dataset.toml"
    assert "already exists" in shell.run("dataset", "new", str(shell.folder / "dataset/images")).stderr
    file.unlink()
    assert shell.run("dataset", "new", str(shell.folder / "dataset/images")).returncode == 0
    assert shell.json("check")["items"] == 3
    assert shell.run("dataset", "add", str(shell.folder / "dataset/images")).returncode == 0
    assert [section["cache_directory"] for section in shell.json("dataset", "show")["datasets"]] == [
        "cache", "cache_images"
    ]  # fmt: skip
    assert shell.run("dataset", "remove", "2").returncode == 0
    assert len(shell.json("dataset", "show")["datasets"]) == 1
