"""`wantui captions`: what scripts ask for and change."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.demo import demo_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Shell


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    """Four pictures with captions of our own."""
    made = in_folder(tmp_path / "site")
    demo_workspace(made.folder)
    images = made.folder / "dataset/images"
    for number, picture in enumerate(sorted(images.glob("*.jpg"))):
        if number > 3:
            picture.with_suffix(".txt").unlink()
            picture.unlink()
        else:
            picture.rename(images / f"pic_{number}.jpg")
            picture.with_suffix(".txt").unlink()
    for name, caption in (("pic_0", "ohwx, dog\r\n"), ("pic_1", "dog, cat, Dog"), ("pic_2", "a\ncat\n")):
        (images / f"{name}.txt").write_bytes(caption.encode())
    return made


def texts(shell: Shell) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (shell.folder / "dataset/images").glob("*.txt")}


def test_items_are_listed_by_a_filter_in_an_order(shell: Shell) -> None:
    assert [row["name"] for row in shell.json("captions", "list", "dog", "--sort", "length")] == ["pic_0", "pic_1"]
    assert [row["name"] for row in shell.json("captions", "list", "--reverse")] == [
        "pic_3",
        "pic_2",
        "pic_1",
        "pic_0",
    ]
    (uncaptioned,) = shell.json("captions", "list", "status:missing-caption")
    assert (uncaptioned["name"], uncaptioned["problems"]) == ("pic_3", ["missing-caption"])
    assert "pic_1  dog, cat, Dog" in shell.run("captions", "list").stdout


def test_a_wrong_filter_is_shown_with_its_place(shell: Shell) -> None:
    done = shell.run("captions", "list", "dog colour:red")
    assert done.returncode == 2
    assert "there is no field colour:" in done.stderr
    assert done.stderr.splitlines()[-1] == "      ^^^^^^^"


def test_one_caption_is_set_and_undone_and_done_again(shell: Shell) -> None:
    before = texts(shell)
    assert shell.run("captions", "set", "pic_0", "ohwx, a hound").returncode == 0
    assert texts(shell)["pic_0"] == b"ohwx, a hound\r\n"
    assert "undone: edit pic_0.jpg" in shell.run("captions", "undo").stdout
    assert texts(shell) == before
    assert shell.run("captions", "redo").returncode == 0
    assert texts(shell)["pic_0"] == b"ohwx, a hound\r\n"
    assert shell.run("captions", "redo").returncode == 1


def test_a_caption_is_read_from_standard_input(shell: Shell) -> None:
    words = [sys.executable, "-m", "wantui", "captions", "set", "pic_3.jpg", "-"]
    subprocess.run(words, cwd=shell.folder, input=b"two\nlines\n", check=True, capture_output=True)
    assert texts(shell)["pic_3"] == b"two\nlines\n"


def test_a_name_that_is_none_is_told(shell: Shell) -> None:
    done = shell.run("captions", "set", "nobody", "x")
    assert done.returncode == 1
    assert "no item nobody" in done.stderr


def test_a_dry_run_shows_differences_and_writes_nothing(shell: Shell) -> None:
    before = texts(shell)
    done = shell.run("captions", "rename-tag", "dog", "hound", "--dry-run")
    assert "[-dog-]{+hound+}, cat" in done.stdout
    assert "2 captions would change; 2 stay: the tag is not there" in done.stdout
    assert texts(shell) == before
    document = shell.json("captions", "replace", "cat", "lion", "--dry-run")
    assert [change["after"] for change in document["changes"]] == ["dog, lion, Dog", "a\nlion"]


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (("add", "ohwx"), {"pic_0": b"ohwx, dog\r\n", "pic_1": b"ohwx, dog, cat, Dog", "pic_2": b"ohwx, a\ncat\n",
                           "pic_3": b"ohwx\n"}),
        (("add", "x", "--end", "--filter", "tag:ohwx"), {"pic_0": b"ohwx, dog, x\r\n"}),
        (("remove-tag", "dog"), {"pic_0": b"ohwx\r\n", "pic_1": b"cat"}),
        (("rename-tag", "dog", "cat"), {"pic_0": b"ohwx, cat\r\n", "pic_1": b"cat"}),
        (("replace", "(d)og", r"\1in", "--regex"), {"pic_0": b"ohwx, din\r\n", "pic_1": b"din, cat, Dog"}),
        (("sort-tags", "--filter", "name:pic_1"), {"pic_1": b"dog, cat, Dog"}),
        (("drop-duplicates",), {"pic_1": b"dog, cat"}),
        (("fill", "someone"), {"pic_3": b"someone\n"}),
    ],
)  # fmt: skip
def test_many_captions_are_changed_in_one_step(shell: Shell, words: tuple[str, ...], after: dict[str, bytes]) -> None:
    before = texts(shell)
    done = shell.run("captions", *words)
    assert done.returncode == 0, done.stderr
    assert texts(shell) == before | after
    if texts(shell) != before:
        assert shell.run("captions", "undo").returncode == 0
        assert texts(shell) == before


def test_what_cannot_be_read_is_named_and_left(shell: Shell) -> None:
    (shell.folder / "dataset/images/pic_2.txt").write_bytes(b"\xff\xff")
    done = shell.run("captions", "add", "ohwx")
    assert done.returncode == 1
    assert "pic_2.jpg: left as it is" in done.stderr
    assert texts(shell)["pic_1"] == b"ohwx, dog, cat, Dog"
    tried = shell.run("captions", "drop-duplicates", "--dry-run")
    assert (tried.returncode, "pic_2.jpg: left as it is" in tried.stderr) == (1, True)
    document = json.loads(shell.run("captions", "drop-duplicates", "--dry-run", "--json").stdout)
    assert [Path(each["path"]).name for each in document["left"]] == ["pic_2.jpg"]


def test_an_operation_that_is_none_is_bad_usage(shell: Shell) -> None:
    before = texts(shell)
    for words in (("remove-tag", "a, b"), ("replace", "(", "x", "--regex"), ("undo", "--steps", "0")):
        assert shell.run("captions", *words).returncode == 2
    nobody = shell.run("captions", "remove-tag", "a, b", "--filter", "name:nobody")
    assert (nobody.returncode, "no tag" in nobody.stderr) == (2, True)
    assert texts(shell) == before


def test_caches_are_looked_at_only_where_they_are_asked_for(shell: Shell) -> None:
    assert all("status" not in row for row in shell.json("captions", "list", "status:captioned"))
    assert {row["status"] for row in shell.json("captions", "list", "STATUS:missing")} == {"missing"}
    assert "status" in shell.json("captions", "list", "--sort", "status")[0]


def test_words_are_counted_and_said_to_be_where_no_tokenizer_is_at_hand(shell: Shell) -> None:
    done = shell.run("captions", "list", "tokens:3")
    assert done.stdout == "pic_1  dog, cat, Dog\n"
    assert "tokens: counts words" in done.stderr


def test_what_stands_between_can_be_said(shell: Shell) -> None:
    shell.run("captions", "add", "photo of", "--separator", " ", "--filter", "name:pic_1")
    assert texts(shell)["pic_1"] == b"photo of dog, cat, Dog"


def test_the_history_names_every_step(shell: Shell) -> None:
    shell.run("captions", "fill", "someone")
    shell.run("captions", "set", "pic_0", "x")
    shell.run("captions", "undo")
    steps = shell.json("captions", "history")
    assert [(step["what"], step["undone"]) for step in steps] == [
        ("caption the uncaptioned with someone in 1 caption", False),
        ("edit pic_0.jpg", True),
    ]


def test_tags_are_counted(shell: Shell) -> None:
    tags = json.loads(shell.run("captions", "tags", "--json").stdout)["tags"]
    assert tags[:2] == [
        {"tag": "cat", "captions": 2, "also_written": [], "near": None},
        {"tag": "dog", "captions": 2, "also_written": ["Dog"], "near": None},
    ]
    narrowed = shell.run("captions", "tags", "name:pic_0", "--sort", "name", "--json").stdout
    assert {each["captions"] for each in json.loads(narrowed)["tags"]} == {1}


def test_what_fixes_a_misspelt_tag_can_be_pasted(shell: Shell) -> None:
    images = shell.folder / "dataset/images"
    for number in range(3):
        (images / f"pic_{number}.txt").write_text("it's soft, it's soft light\n")
    for number in range(10):
        (images / f"more_{number}.jpg").write_bytes((images / "pic_0.jpg").read_bytes())
        (images / f"more_{number}.txt").write_text("it's soft light\n")
    (images / "pic_3.txt").write_text("it's sofd light\n")
    fix = shell.run("captions", "tags").stdout.splitlines()[-1].removeprefix("  → wantui ")
    assert shell.run(*shlex.split(fix)).returncode == 0
    assert texts(shell)["pic_3"] == b"it's soft light\n"
