"""A journal that came with somebody else's workspace writes nothing outside of it; one's own reaches everywhere."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.places import folder, journal
from wantui.journal import seal
from wantui.journal.changes import digest
from wantui.journal.errors import JournalError
from wantui.journal.journal import FileChange, Journal
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["folder", "journal"]

HARM = "echo harm\n"


def foreign(folder: Path, *entries: dict[str, Any], path: str) -> Journal:
    """A journal with one step that has made a file of `path` go, and what its log says of it."""
    place = folder / ".wantui/journal"
    place.mkdir(parents=True, exist_ok=True)
    before = digest(HARM.encode())
    change = {"edit": path, "before": before, "after": None, "offset": 0, "removed": HARM, "inserted": ""}
    (place / "1.jsonl").write_text(json.dumps(change) + "\n")
    lines = [{"journal": 1}, *entries]
    (place / "log").write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    return Journal(Workspace(folder))


BEGUN = {"is": "begun", "deed": "do", "step": 1, "what": "tidy", "when": 1.0, "size": 1, "folders": []}
DONE = {"is": "done", "step": 1}


@pytest.mark.parametrize("name", ["{home}/login", "../home/login", "link/login", "images/../../home/login"])
def test_a_step_of_somebody_else_is_not_taken_back_outside_of_the_workspace(folder: Path, name: str) -> None:
    home = folder.parent / "home"
    home.mkdir()
    (folder / "link").symlink_to(home)
    path = name.format(home=home)
    with pytest.raises(JournalError, match=r"step 1 \(tidy\) changes .*login, outside of this workspace"):
        foreign(folder, BEGUN, path=path).steps()
    done = foreign(folder, BEGUN | {"signature": "0" * 64}, DONE, path=path)
    assert [step.number for step in done.steps()] == [1]
    with pytest.raises(JournalError, match="neither undone nor redone"):
        done.undo()
    assert not (home / "login").exists()


def test_a_link_to_a_file_elsewhere_is_outside_too(folder: Path) -> None:
    target = folder.parent / "login"
    (folder / "a.txt").symlink_to(target)
    with pytest.raises(JournalError, match="outside of this workspace"):
        foreign(folder, BEGUN, path="a.txt").steps()
    assert not target.exists()


def test_inside_of_the_workspace_a_step_of_somebody_else_is_undone(folder: Path) -> None:
    assert foreign(folder, BEGUN, DONE, path="a.txt").undo() is not None
    assert (folder / "a.txt").read_text() == HARM


def test_ones_own_steps_reach_outside_also_after_the_workspace_has_moved(folder: Path, journal: Journal) -> None:
    data = folder.parent / "data"
    data.mkdir()
    caption = data / "a.txt"
    caption.write_bytes(b"old")
    journal.do("edit", [FileChange(caption, b"old", b"new"), FileChange(folder / "made/b.txt", None, b"b")])
    moved = folder.with_name("moved")
    shutil.move(folder, moved)
    again = Journal(Workspace(moved))
    assert again.undo() is not None
    assert caption.read_bytes() == b"old"
    assert again.redo() is not None
    assert caption.read_bytes() == b"new"


def test_a_changed_record_loses_its_signature(folder: Path, journal: Journal) -> None:
    data = folder.parent / "a.txt"
    data.write_bytes(b"old")
    journal.do("edit", [FileChange(data, b"old", b"new")])
    record = folder / ".wantui/journal/1.jsonl"
    record.write_text(record.read_text().replace('"removed": "old"', '"removed": "bad"'))
    with pytest.raises(JournalError, match="outside of this workspace"):
        journal.undo()
    assert data.read_bytes() == b"new"


def test_a_key_is_made_once_for_this_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANTUI_STATE_DIR", str(tmp_path / "state"))
    signed = seal.sign(b"record", ["a"])
    key = tmp_path / "state" / seal.KEY
    assert key.stat().st_mode & 0o777 == 0o600
    assert seal.sign(b"record", ["a"]) == signed
    assert seal.is_own(b"record", ["a"], signed)
    assert not seal.is_own(b"record", ["a", "b"], signed)
    assert not seal.is_own(b"record", ["a"], "")
    key.unlink()
    assert not seal.is_own(b"record", ["a"], signed)


def test_a_step_that_was_never_made_is_a_damage_of_the_log(folder: Path) -> None:
    wrong = foreign(folder, {"is": "begun", "deed": "undo", "step": 9}, path="a.txt")
    with pytest.raises(JournalError, match=r"line 2 is damaged \(step 9 was never made\)"):
        wrong.steps()
    with pytest.raises(JournalError, match=r"1\.jsonl: line 1 is damaged"):
        foreign(folder, BEGUN, DONE, path="a\0b").undo()
