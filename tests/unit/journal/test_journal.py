"""The journal: all or nothing, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.places import files, folder, journal
from wantui.journal.errors import FilesChangedError, JournalError
from wantui.journal.journal import FileChange, FileMove, Journal
from wantui.paths import Workspace

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
    with pytest.raises(FilesChangedError, match=r"a\.txt was changed: nothing was written") as caught:
        journal.do("edit", changes)
    assert caught.value.paths == (folder / "a.txt",)
    assert files(folder) == {"a.txt": b"somebody else's", "b.txt": b"old"}
    assert journal.steps() == ()


def test_undo_leaves_what_somebody_else_wrote(folder: Path, journal: Journal) -> None:
    journal.do("first", [FileChange(folder / "b.txt", None, b"first")])
    journal.do("make", [FileChange(folder / "a.txt", None, b"mine")])
    (folder / "a.txt").write_bytes(b"theirs")
    with pytest.raises(FilesChangedError, match=r"a\.txt was changed: step 2 \(make\) left it different"):
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
    with pytest.raises(JournalError, match="nothing to change"):
        journal.do("nothing", [FileChange(folder / "a.txt", None, None)])


def test_mode_bits_and_links_stay(folder: Path, journal: Journal) -> None:
    real, link = folder / "real.txt", folder / "link.txt"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    dangling = folder / "dangling.txt"
    dangling.symlink_to(folder / "made.txt")
    journal.do("edit", [FileChange(link, b"old", b"new"), FileChange(dangling, None, b"made")])
    assert link.is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (b"new", 0o640)
    assert (folder / "made.txt").read_bytes() == b"made"
    journal.undo()
    assert link.is_symlink()
    assert dangling.is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (b"old", 0o640)
    assert not (folder / "made.txt").exists()


def test_a_file_where_a_folder_is_needed_is_named(folder: Path, journal: Journal) -> None:
    (folder / "a").write_bytes(b"no folder")
    (folder / "b.txt").write_bytes(b"old")
    with pytest.raises(JournalError, match=r"a: cannot be written: .*; nothing was changed"):
        journal.do("both", [FileChange(folder / "b.txt", b"old", b"new"), FileChange(folder / "a/c.txt", None, b"x")])
    assert files(folder) == {"a": b"no folder", "b.txt": b"old"}
    assert journal.steps() == ()


def test_one_file_is_changed_once_in_a_step(folder: Path, journal: Journal) -> None:
    changes: list[FileChange | FileMove] = [
        FileChange(folder / "a.txt", None, b"1"),
        FileMove(folder / "images/b", folder / "a.txt"),
    ]
    (folder / "images/b").write_bytes(b"b")
    with pytest.raises(JournalError, match=r"a\.txt: is changed twice in one step"):
        journal.do("twice", changes)
    with pytest.raises(FilesChangedError, match="nowhere is not there"):
        journal.do("move nothing", [FileMove(folder / "nowhere", folder / "there")])
    assert files(folder) == {"images/b": b"b"}


def test_a_workspace_may_be_moved(folder: Path, journal: Journal) -> None:
    journal.do("one", [FileChange(folder / "a.txt", None, b"one")])
    moved = folder.rename(folder.with_name("elsewhere"))
    assert Journal(Workspace(moved)).undo() is not None
    assert files(moved) == {}


def test_somebody_else_at_work_is_waited_for_but_not_for_ever(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wantui.journal.journal._PATIENCE_S", 0)
    with Journal(Workspace(folder)).locked(), pytest.raises(JournalError, match="another wantui has been changing"):
        journal.do("one", [FileChange(folder / "a.txt", None, b"one")])
    assert files(folder) == {}


def test_an_older_step_is_undone_by_itself_and_done_again(folder: Path, journal: Journal) -> None:
    (folder / "a.txt").write_bytes(b"a")
    (folder / "b.txt").write_bytes(b"b")
    journal.do("one", [FileChange(folder / "a.txt", b"a", b"A")])
    journal.do("two", [FileChange(folder / "b.txt", b"b", b"B")])
    undone = Journal(Workspace(folder)).undo(1)
    assert undone is not None
    assert (undone.number, undone.what, undone.is_undone) == (1, "one", True)
    assert files(folder) == {"a.txt": b"a", "b.txt": b"B"}
    assert [(step.number, step.is_undone) for step in journal.steps()] == [(1, True), (2, False)]
    assert journal.redo() is not None
    assert files(folder) == {"a.txt": b"A", "b.txt": b"B"}
    assert [step.is_undone for step in journal.steps()] == [False, False]


def test_a_step_that_a_later_one_needs_is_not_undone_and_the_later_one_is_named(
    folder: Path, journal: Journal
) -> None:
    (folder / "a.txt").write_bytes(b"a")
    journal.do("one", [FileChange(folder / "a.txt", b"a", b"A")])
    journal.do("other", [FileChange(folder / "c.txt", None, b"c")])
    journal.do("move", [FileMove(folder / "a.txt", folder / "trash/a.txt")])
    before = files(folder)
    with pytest.raises(JournalError, match=r"step 3 \(move\) has changed a\.txt since; undo step 3 first"):
        journal.undo(1)
    assert files(folder) == before
    assert journal.undo(3) is not None
    assert journal.undo(1) is not None
    assert files(folder) == {"a.txt": b"a", "c.txt": b"c"}


def test_a_step_that_does_not_hold_is_not_undone(folder: Path, journal: Journal) -> None:
    journal.do("one", [FileChange(folder / "a.txt", None, b"a")])
    journal.do("two", [FileChange(folder / "b.txt", None, b"b")])
    journal.undo(1)
    for number, why in ((1, "is undone already"), (7, "was never made")):
        with pytest.raises(JournalError, match=f"step {number} {why}"):
            journal.undo(number)
    journal.settle()
    with pytest.raises(JournalError, match="step 2 stands for good"):
        journal.undo(2)
    assert files(folder) == {"b.txt": b"b"}
