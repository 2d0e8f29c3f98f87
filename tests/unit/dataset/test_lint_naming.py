"""Names that are not UTF-8, and names that look alike."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from wantui.dataset.blueprint import load
from wantui.dataset.lint import lint
from wantui.dataset.naming import composed, is_utf8
from wantui.dataset.scan import scan

if TYPE_CHECKING:
    from tests.unit.dataset.conftest import Toy
    from wantui.dataset.model import Problem

NFC, NFD = "caf\u00e9", "cafe\u0301"


def linted(toy: Toy) -> tuple[Problem, ...]:
    return lint(scan(load(toy.file)))


def test_a_name_that_is_not_utf8_is_an_error_before_any_training(toy: Toy) -> None:
    toy.image("a.png")
    toy.image("b.png").rename(toy.images / os.fsdecode(b"caf\xe9.png"))
    (toy.images / "b.txt").rename(toy.images / os.fsdecode(b"caf\xe9.txt"))
    (problem,) = linted(toy)
    assert (problem.code, problem.severity) == ("name-not-utf8", "error")
    assert os.fsencode(problem.path.name) == b"caf\xe9.png"
    assert "UTF-8" in problem.message


def test_a_cache_folder_whose_name_is_not_utf8_is_an_error(toy: Toy) -> None:
    toy.image("a.png")
    moved = toy.root.with_name(os.fsdecode(b"w\xf6rk"))
    toy.root.rename(moved)
    found = lint(scan(load(moved / "dataset.toml")))
    assert [(problem.code, problem.line) for problem in found] == [("name-not-utf8", 6)]


def test_two_names_that_look_alike_are_told_once(toy: Toy) -> None:
    toy.image(f"{NFC}.png")
    toy.image(f"{NFD}.png", caption="another")
    (problem,) = linted(toy)
    assert (problem.code, problem.severity) == ("names-look-alike", "warning")
    assert problem.path.name in (f"{NFC}.png", f"{NFD}.png")


def test_a_caption_that_only_looks_like_that_of_its_media(toy: Toy) -> None:
    toy.image(f"{NFC}.png", caption=None)
    (toy.images / f"{NFD}.txt").write_text("hot")
    found = {problem.code: problem.path.name for problem in linted(toy)}
    assert found["caption-name-alike"] == f"{NFD}.txt"
    assert found["missing-caption"] == f"{NFC}.txt"
    assert "caption-without-media" not in found, "that would be moved to the trash"


def test_a_second_caption_is_one_without_media(toy: Toy) -> None:
    toy.image(f"{NFC}.png")
    (toy.images / f"{NFD}.txt").write_text("hot")
    assert [problem.code for problem in linted(toy)] == ["caption-without-media"]


@given(st.binary(max_size=20))
def test_a_name_is_utf8_where_its_bytes_are(raw: bytes) -> None:
    def is_text() -> bool:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    assert is_utf8(os.fsdecode(raw)) == is_text()


@given(st.text())
def test_spellings_of_one_look_are_equal_when_composed(text: str) -> None:
    assert composed(unicodedata.normalize("NFD", text)) == composed(text)
