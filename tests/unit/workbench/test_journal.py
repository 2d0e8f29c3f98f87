"""The journal: all or nothing, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.workbench.places import files, folder, journal
from wantui.paths import Workspace
from wantui.workbench.errors import ConflictError, WorkbenchError
from wantui.workbench.journal import FileChange, FileMove, Journal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["folder", "journal"]


def test_a_step_is_done_undone_and_redone(folder: Path, journal: Journal) -> None:
    (folder / "a.txt").write_bytes(b"old\r\n")
    (folder / "gone.txt").write_bytes(b"\xff\x00")
    (folder / "pic.png").write_bytes(b"P" * 100_000)
    before = files(folder)
    step = journal.do(
        "everything at once",
        [
            FileChange(folder / "a.txt", b"old\r\n", b"new\r\n"),
            FileChange(folder / "new/deep/b.txt", None, b"made"),
            FileChange(folder / "gone.txt", b"\xff\x00", None),
            FileMove(folder / "pic.png", folder / "kept/pic.png"),
        ],
    )
    after = files(folder)
    assert after == {"a.txt": b"new\r\n", "new/deep/b.txt": b"made", "kept/pic.png": b"P" * 100_000}
    assert (step.number, step.what, len(step.changes), step.is_undone) == (1, "everything at once", 4, False)
    undone = Journal(Workspace(folder)).undo()
    assert undone is not None
    assert undone.is_undone
    assert files(folder) == before
    assert not (folder / "new").exists()
    assert not (folder / "kept").exists()
    assert journal.undo() is None
    assert journal.redo() is not None
    assert files(folder) == after
    assert journal.redo() is None


def test_what_does_not_fit_is_not_written_at_all(folder: Path, journal: Journal) -> None:
    (folder / "a.txt").write_bytes(b"somebody else's")
    (folder / "b.txt").write_bytes(b"old")
    changes = [FileChange(folder / "b.txt", b"old", b"new"), FileChange(folder / "a.txt", b"old", b"new")]
    with pytest.raises(ConflictError, match=r"a\.txt was changed: nothing was written") as caught:
        journal.do("edit", changes)
    assert caught.value.paths == (folder / "a.txt",)
    assert files(folder) == {"a.txt": b"somebody else's", "b.txt": b"old"}
    assert journal.steps() == ()


def test_undo_leaves_what_somebody_else_wrote(folder: Path, journal: Journal) -> None:
    journal.do("first", [FileChange(folder / "b.txt", None, b"first")])
    journal.do("make", [FileChange(folder / "a.txt", None, b"mine")])
    (folder / "a.txt").write_bytes(b"theirs")
    with pytest.raises(ConflictError, match=r"a\.txt was changed: step 2 \(make\) left it otherwise"):
        journal.undo()
    assert (folder / "a.txt").read_bytes() == b"theirs"
    settled = journal.settle()
    assert settled is not None
    assert settled.number == 2
    assert journal.undo() is not None
    assert files(folder) == {"a.txt": b"theirs"}
    assert [(step.number, step.is_undone) for step in journal.everything()] == [(1, True), (2, False)]


def test_a_step_after_an_undo_ends_the_redo_chain(folder: Path, journal: Journal) -> None:
    journal.do("one", [FileChange(folder / "a.txt", None, b"one")])
    journal.undo()
    journal.do("two", [FileChange(folder / "a.txt", None, b"two")])
    assert journal.redo() is None
    assert [step.what for step in journal.steps()] == ["two"]
    assert [step.what for step in journal.everything()] == ["one", "two"]


def test_nothing_to_change_is_said(folder: Path, journal: Journal) -> None:
    with pytest.raises(WorkbenchError, match="nothing to change"):
        journal.do("nothing", [FileChange(folder / "a.txt", None, None)])
