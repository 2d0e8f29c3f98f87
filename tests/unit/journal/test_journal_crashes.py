"""A process that is killed in the middle of a step leaves nothing half done: killed at every point, one by one."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.places import files, folder, journal
from wantui.journal.errors import FilesChangedError, JournalError
from wantui.journal.journal import FileChange, FileMove, Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wantui.journal.journal import Change

__all__ = ["folder", "journal"]

AUDITED = {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate"}
"""What the interpreter tells before it does it (PEP 578): enough to be killed between any two changes on the disk."""


def killed_at(point: int, work: Callable[[], object]) -> bool:
    """Do `work` in another process that is killed before its `point`th touch of a file; False: it got to its end."""
    child = os.fork()
    if child == 0:
        touched = 0

        def touch(event: str, _: object) -> None:
            nonlocal touched
            if event in AUDITED:
                touched += 1
                if touched == point:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(touch)
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return True
    assert status == 0
    return False


def prepare(folder: Path) -> list[Change]:
    """Files, and a step of every kind of change."""
    images = folder / "images"
    for name in ("a", "b", "gone"):
        (images / f"{name}.txt").write_bytes(name.encode())
    (images / "large.jsonl").write_bytes(b"x" * 70_000)
    (images / "pic.png").write_bytes(b"P" * 70_000)
    (images / "other.png").write_bytes(b"small")
    return [
        FileChange(images / "a.txt", b"a", b"a new text"),
        FileChange(images / "b.txt", b"b", b"\xff\xfe"),
        FileChange(images / "made.txt", None, b"made"),
        FileChange(images / "gone.txt", b"gone", None),
        FileChange(images / "large.jsonl", b"x" * 70_000, b"x" * 30_000 + b"new" + b"x" * 40_000),
        FileMove(images / "pic.png", folder / "kept/deep/pic.png"),
        FileMove(images / "other.png", images / "renamed.png"),
    ]


def at_every_point(folder: Path, work: Callable[[], object]) -> Iterator[int]:
    """Kill `work` at one point after the other, from the same beginning."""
    beginning = folder.with_name("beginning")
    shutil.copytree(folder, beginning, copy_function=shutil.copy2)
    point = 1
    while killed_at(point, work):
        yield point
        shutil.rmtree(folder)
        shutil.copytree(beginning, folder, copy_function=shutil.copy2)
        point += 1
    assert point > 20


def test_a_step_is_whole_or_not_there(folder: Path, journal: Journal) -> None:
    changes = prepare(folder)
    before = files(folder)
    for _ in at_every_point(folder, lambda: Journal(journal.workspace).do("all", changes)):
        steps = journal.steps()
        if steps:  # it was killed behind the last line of the log
            assert files(folder).keys() == {f"images/{name}" for name in (
                "a.txt", "b.txt", "made.txt", "large.jsonl", "renamed.png")} | {"kept/deep/pic.png"}  # fmt: skip
            journal.undo()
        assert files(folder) == before
        assert not (folder / "kept").exists()
        journal.do("all", changes)
        journal.undo()
        assert files(folder) == before


@pytest.mark.parametrize("command", ["undo", "redo"])
def test_undo_and_redo_are_whole_or_not_there(folder: Path, journal: Journal, command: str) -> None:
    changes = prepare(folder)
    before = files(folder)
    journal.do("all", changes)
    after = files(folder)
    if command == "redo":
        journal.undo()
    for _ in at_every_point(folder, getattr(Journal(journal.workspace), command)):
        (step,) = journal.steps()
        assert files(folder) == (before if step.is_undone else after)
        (journal.redo if step.is_undone else journal.undo)()
        assert files(folder) == (after if step.is_undone else before)


def test_taking_back_may_be_killed_as_well(folder: Path, journal: Journal) -> None:
    changes = prepare(folder)
    before = files(folder)
    chance = random.Random(0)
    for _ in at_every_point(folder, lambda: Journal(journal.workspace).do("all", changes)):
        while killed_at(chance.randrange(1, 60), lambda: Journal(journal.workspace).steps()):
            pass
        if journal.steps():
            journal.undo()
        assert files(folder) == before


def tells_of(journal: Journal, path: Path) -> bool:
    """Whether the next use of the journal says that `path` could not be taken back."""
    try:
        journal.steps()
    except FilesChangedError as error:
        return error.paths == (path,) and "step 1 (all) was interrupted" in str(error)
    return False


def test_what_somebody_else_wrote_after_the_crash_stays_and_is_told(folder: Path, journal: Journal) -> None:
    changes = prepare(folder)
    before = files(folder)
    path = folder / "images/a.txt"
    told = 0
    for _ in at_every_point(folder, lambda: Journal(journal.workspace).do("all", changes)):
        path.write_bytes(b"theirs")
        told += tells_of(journal, path)
        steps = journal.steps()
        if not steps:
            assert files(folder) == before | {"images/a.txt": b"theirs"}
    assert told > 5


@contextmanager
def failing(
    calls: range, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, error: OSError
) -> Iterator[None]:
    """Let some calls of a function fail, counted from 0."""
    real, numbers = getattr(owner, name), count()

    def maybe(*args: object, **options: object) -> object:
        if next(numbers) in calls:
            raise error
        return real(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, maybe)
        yield


@pytest.mark.parametrize("first", range(4))
def test_a_disk_that_fills_up_leaves_all_as_it_was(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    changes = prepare(folder)
    before = files(folder)
    full = OSError(28, "No space left on device", str(folder / "images/a.txt"))
    with (
        failing(range(first, 99), monkeypatch, sys.modules["wantui.atomic"], "stage", full),
        pytest.raises(JournalError, match=r"a\.txt: cannot be written: No space left on device; nothing"),
    ):
        journal.do("all", changes)
    assert files(folder) == before
    assert journal.steps() == ()
    journal.do("all", changes)


def test_a_rename_that_fails_takes_back_those_before_it(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = prepare(folder)
    before = files(folder)
    denied = PermissionError(13, "Permission denied", str(folder / "images/x"))
    with (
        failing(range(99), monkeypatch, os, "link", denied),  # as on a disk without hard links
        failing(range(2, 3), monkeypatch, Path, "rename", denied),
        pytest.raises(JournalError, match=r"x: cannot be written: Permission denied; nothing was changed"),
    ):
        journal.do("all", changes)
    assert files(folder) == before


def test_what_cannot_be_taken_back_is_taken_back_later(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = prepare(folder)
    before = files(folder)
    denied = PermissionError(13, "Permission denied", str(folder / "images/x"))
    with (
        failing(range(99), monkeypatch, os, "link", denied),
        failing(range(2, 99), monkeypatch, Path, "rename", denied),
        pytest.raises(JournalError, match=r"step 1 \(all\) was interrupted and is taken back as soon as"),
    ):
        journal.do("all", changes)
    assert files(folder) != before
    assert journal.steps() == ()
    assert files(folder) == before


def test_a_line_that_was_cut_short_is_cut_off(folder: Path, journal: Journal) -> None:
    journal.do("one", [FileChange(folder / "a.txt", None, b"one")])
    with (folder / ".wantui/journal/log").open("ab") as log:
        log.write(b'{"is": "begun", "deed": "do", "st')
    assert [step.what for step in journal.steps()] == ["one"]
    journal.do("two", [FileChange(folder / "a.txt", b"one", b"two")])
    assert [step.what for step in Journal(journal.workspace).steps()] == ["one", "two"]


def test_a_damaged_or_newer_journal_is_named(folder: Path, journal: Journal) -> None:
    log = folder / ".wantui/journal/log"
    journal.do("one", [FileChange(folder / "a.txt", None, b"one")])
    content = log.read_bytes()
    log.write_bytes(content.replace(b'{"journal": 1}', b'{"journal": 2}'))
    with pytest.raises(JournalError, match=r"log: made by a newer wantui \(journal 2, known 1\); update"):
        journal.undo()
    log.write_bytes(content + b"nonsense\n")
    with pytest.raises(JournalError, match=r"log: line 4 is damaged .* move .*journal away"):
        journal.undo()
    log.write_bytes(content)
    (folder / ".wantui/journal/1.jsonl").write_bytes(b"{}\n")
    with pytest.raises(JournalError, match=r"1\.jsonl: line 1 is damaged .* cannot be undone"):
        journal.undo()
    (folder / ".wantui/journal/1.jsonl").unlink()
    with pytest.raises(JournalError, match=r"1\.jsonl: cannot be read"):
        journal.undo()
    assert (folder / "a.txt").read_bytes() == b"one"


def test_moves_between_disks_are_copies_that_are_proved(folder: Path, journal: Journal, tmp_path: Path) -> None:
    other = Path("/dev/shm") / f"wantui-test-{os.getpid()}"
    if other.parent.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("one file system for all")
    source = folder / "images/a.png"
    try:
        source.write_bytes(b"P" * 70_000)
        known = source.stat().st_mtime_ns
        journal.do("move", [FileMove(source, other / "a.png")])
        assert not source.exists()
        assert (other / "a.png").stat().st_mtime_ns == known
        journal.undo()
        assert source.read_bytes() == b"P" * 70_000
        assert not other.exists()
        for _ in at_every_point_over(folder, other, lambda: Journal(journal.workspace).redo()):
            (step,) = journal.steps()
            assert source.exists() == step.is_undone
            assert [path.name for path in other.glob("*")] == ([] if step.is_undone else ["a.png"])
    finally:
        shutil.rmtree(other, ignore_errors=True)


def at_every_point_over(folder: Path, other: Path, work: Callable[[], object]) -> Iterator[int]:
    """As `at_every_point`, with a folder on another disk that begins empty."""
    for point in at_every_point(folder, work):
        yield point
        shutil.rmtree(other, ignore_errors=True)
