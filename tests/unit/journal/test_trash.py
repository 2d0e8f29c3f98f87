"""Removing items, and putting them back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unit.places import dataset, files, folder, items_of, journal, picture
from wantui.journal.errors import FilesChangedError, JournalError
from wantui.journal.trash import restore, trash, trashed

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.journal.journal import Journal

__all__ = ["folder", "journal"]


def test_media_and_caption_go_and_come_back(folder: Path, journal: Journal) -> None:
    first, _ = items_of(folder, a=b"a\r\n", b=b"b")
    before = files(folder)
    step = trash(journal, dataset(folder), [first])
    assert step.what == "remove a.png"
    assert files(folder).keys() == {"images/b.png", "images/b.txt", "dataset.toml"}
    (found,) = trashed(journal.workspace)
    assert (found.number, found.what) == (1, "remove a.png")
    assert [file.origin for file in found.files] == [folder / "images/a.png", folder / "images/a.txt"]
    assert (folder / ".wantui/trash/1/a.txt").read_bytes() == b"a\r\n"
    restore(journal, 1)
    assert files(folder) == before
    assert trashed(journal.workspace) == ()
    assert list((folder / ".wantui/trash/1").iterdir()) == []
    journal.undo()
    assert len(trashed(journal.workspace)) == 1
    journal.undo()
    assert files(folder) == before


def test_a_caption_that_other_media_need_stays(folder: Path, journal: Journal) -> None:
    (first,) = items_of(folder, a=b"a")
    picture(folder / "images/a.Jpg")
    trash(journal, dataset(folder), [first])
    assert files(folder).keys() == {"images/a.Jpg", "images/a.txt", "dataset.toml"}


def test_both_media_of_a_name_take_their_caption_along(folder: Path, journal: Journal) -> None:
    items_of(folder, a=b"a")
    picture(folder / "images/a.jpg")
    found = dataset(folder)
    trash(journal, found, found.items)
    assert files(folder).keys() == {"dataset.toml"}


def test_control_media_go_along_unless_another_item_needs_them(folder: Path, journal: Journal) -> None:
    items_of(folder, a=b"a", b=b"b", a_0=b"c")
    for name in ("a_0", "b"):
        picture(folder / f"control/{name}.png")
    found = dataset(folder, 'image_directory = "images"\ncontrol_directory = "control"\ncache_directory = "cache"')
    wanted = [item for item in found.items if item.name in ("a", "b")]
    trash(journal, found, wanted)
    assert [path.name for path in (folder / "control").iterdir()] == ["a_0.png"]
    (lying,) = trashed(journal.workspace)
    assert sorted(file.name for file in lying.files) == ["2/b.png", "a.png", "a.txt", "b.png", "b.txt"]
    journal.undo()
    assert sorted(path.name for path in (folder / "control").iterdir()) == ["a_0.png", "b.png"]


def test_some_of_them_are_restored(folder: Path, journal: Journal) -> None:
    found = items_of(folder, a=b"a", b=b"b")
    before = files(folder)
    trash(journal, dataset(folder), found)
    restore(journal, 1, ["a.png", "a.txt"])
    assert files(folder).keys() == {"images/a.png", "images/a.txt", "dataset.toml"}
    restore(journal, 1)
    assert files(folder) == before


def test_restoring_never_overwrites(folder: Path, journal: Journal) -> None:
    found = items_of(folder, a=b"a")
    trash(journal, dataset(folder), found)
    (folder / "images/a.txt").write_bytes(b"theirs")
    for back in (lambda: restore(journal, 1), journal.undo):
        with pytest.raises(FilesChangedError, match=r"a\.txt already exists"):
            back()
    assert files(folder).keys() == {"images/a.txt", "dataset.toml"}
    assert (folder / "images/a.txt").read_bytes() == b"theirs"


def test_what_is_not_in_the_trash_is_said(folder: Path, journal: Journal) -> None:
    found = items_of(folder, a=b"a")
    trash(journal, dataset(folder), found)
    with pytest.raises(JournalError, match="no 7 in the trash"):
        restore(journal, 7)
    with pytest.raises(JournalError, match=r"z\.png: not in 1 of the trash"):
        restore(journal, 1, ["z.png"])
    (folder / ".wantui/trash/1/trash.json").write_bytes(b"{")
    with pytest.raises(JournalError, match=r"1/trash\.json: cannot be read"):
        trashed(journal.workspace)


def test_items_that_are_gone_are_said(folder: Path, journal: Journal) -> None:
    items_of(folder, a=b"a")
    found = dataset(folder)
    for path in (folder / "images").iterdir():
        path.unlink()
    with pytest.raises(JournalError, match=r"a\.png: nothing is there"):
        trash(journal, found, found.items)


def test_of_a_list_the_lines_go_and_the_media_stay(folder: Path, journal: Journal) -> None:
    lines = [json.dumps({"image_path": f"images/{name}.png", "caption": name}).encode() + b"\r\n" for name in "abc"]
    lines[-1] = lines[-1].rstrip()
    (folder / "list.jsonl").write_bytes(b"".join(lines))
    source = 'image_jsonl_file = "list.jsonl"\ncache_directory = "cache"'
    for name in "abc":
        picture(folder / f"images/{name}.png")
    found = dataset(folder, source)
    trash(journal, found, [found.items[0], found.items[2]])
    assert (folder / "list.jsonl").read_bytes() == lines[1]
    assert len(list((folder / "images").iterdir())) == 3
    restore(journal, 1)
    assert [item.caption for item in dataset(folder, source).items] == ["a", "b", "c"]
    journal.undo()
    journal.undo()
    assert (folder / "list.jsonl").read_bytes() == b"".join(lines)
    (folder / "list.jsonl").write_bytes(lines[1])
    with pytest.raises(FilesChangedError, match=r"list\.jsonl has another line 1 now: nothing was removed"):
        trash(journal, found, found.items[:1])
