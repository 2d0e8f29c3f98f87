"""Files are renamed together, after a question, and undo gives them their names back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.unit.places import picture
from wantui.dataset import blueprint
from wantui.dataset.lint import lint
from wantui.dataset.scan import scan
from wantui.fixes import Fix, carry_out, fixes_for
from wantui.journal.errors import JournalError
from wantui.journal.journal import Journal
from wantui.listing.filters import parse
from wantui.listing.finding import choose, named, rows_in
from wantui.listing.selection import Selection
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path


SETTINGS = '[general]\nresolution = [64, 64]\ncaption_extension = ".txt"\n[[datasets]]\nimage_directory = "images"\n'
NFC, NFD = "caf\u00e9", "cafe\u0301"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    work = tmp_path / "work"
    picture(work / "images/a.png")
    (work / "images/a.txt").write_text("one")
    (work / "dataset.toml").write_text(SETTINGS)
    return work


def put(root: Path, stem: bytes) -> None:
    name = os.fsdecode(stem)
    picture(root / f"images/{name}.png")
    (root / f"images/{name}.txt").write_text("two")


def mend_of(root: Path, code: str) -> Fix:
    dataset = scan(blueprint.load(root / "dataset.toml"))
    (fix,) = fixes_for([problem for problem in lint(dataset) if problem.code == code], dataset).values()
    return fix


def names(root: Path) -> set[bytes]:
    return {os.fsencode(each.name) for each in (root / "images").iterdir()}


@pytest.mark.parametrize(
    ("stem", "meant"),
    [
        (b"caf\xe9", "café"),  # Windows
        (b"caf\x82", "café"),  # a zip file
        (b"\x93\xfa\x96\x7b\x82\xcc", "日本の"),
    ],
)
def test_a_name_that_is_not_utf8_is_renamed_with_its_caption(root: Path, stem: bytes, meant: str) -> None:
    put(root, stem)
    before = names(root)
    fix = mend_of(root, "name-not-utf8")
    assert fix.asks, "what bytes mean is a guess"
    assert f"to {meant}.png, and 1 more of its name" in fix.says
    journal = Journal(Workspace(root))
    assert carry_out(journal, None, [fix]).done == (fix,)
    assert names(root) == {b"a.png", b"a.txt", f"{meant}.png".encode(), f"{meant}.txt".encode()}
    assert not [each for each in lint(scan(blueprint.load(root / "dataset.toml"))) if each.severity == "error"]
    journal.undo()
    assert names(root) == before


def test_a_name_that_is_taken_gets_a_number(root: Path) -> None:
    put(root, b"caf\xe9")
    put(root, "café".encode())
    assert "to café_2.png" in mend_of(root, "name-not-utf8").says


def test_a_caption_is_renamed_as_its_media_is_written(root: Path) -> None:
    picture(root / f"images/{NFC}.png")
    (root / f"images/{NFD}.txt").write_text("hot")
    fix = mend_of(root, "caption-name-alike")
    assert fix.asks
    carry_out(Journal(Workspace(root)), None, [fix])
    assert (root / f"images/{NFC}.txt").read_text() == "hot"
    assert not (root / f"images/{NFD}.txt").exists()


@pytest.mark.parametrize(("there", "typed"), [(NFD, NFC), (NFC, NFD)])
def test_a_typed_name_finds_what_looks_like_it(root: Path, there: str, typed: str) -> None:
    put(root, there.encode())
    rows = rows_in(root / "dataset.toml", Workspace(root))
    assert named(rows, typed).name == there
    assert named(rows, f"{typed}.png").name == there
    for asked in (typed, f"name:{typed}", f"name:{typed}*"):
        assert [row.name for row in choose(rows, Selection(parse(asked)))] == [there]


def test_of_two_names_that_look_alike_the_typed_one_is_found(root: Path) -> None:
    put(root, NFC.encode())
    put(root, NFD.encode())
    rows = rows_in(root / "dataset.toml", Workspace(root))
    assert [named(rows, name).name for name in (NFC, NFD)] == [NFC, NFD]
    with pytest.raises(JournalError, match="no item other"):
        named(rows, "other")
