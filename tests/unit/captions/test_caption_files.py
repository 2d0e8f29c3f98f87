"""Captions of items: beside the media, and in a jsonl file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unit.places import folder, items_of, journal, listed
from wantui.captions.files import CaptionChange, read, save, save_all
from wantui.journal.errors import FilesChangedError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.journal.journal import Journal

__all__ = ["folder", "journal"]


def test_a_file_keeps_its_ways(folder: Path, journal: Journal) -> None:
    (item,) = items_of(folder, a=b"\xef\xbb\xbfold\r\n")
    caption = save(journal, item, "one\ntwo", read(item))
    assert (folder / "images/a.txt").read_bytes() == b"\xef\xbb\xbfone\r\ntwo\r\n"
    assert caption == read(item)
    journal.undo()
    assert (folder / "images/a.txt").read_bytes() == b"\xef\xbb\xbfold\r\n"


def test_a_missing_caption_is_made_and_goes_again(folder: Path, journal: Journal) -> None:
    (item,) = items_of(folder, a=None)
    assert read(item).text == ""
    assert save(journal, item, "new", read(item)).text == "new"
    journal.undo()
    assert not (folder / "images/a.txt").exists()


def test_a_jsonl_line_changes_and_no_other_byte(folder: Path, journal: Journal) -> None:
    content = (
        b'{"image_path": "images/[1].png", "caption" : "a \\u00e9", "n": [1,  2]}\r\n'
        b'{ "caption":"b", "x": {"caption": "inner"}, "image_path": "images/b.png"}\n'
    )
    one, two = listed(folder, content)
    save(journal, one, 'say "é"', read(one))
    save(journal, two, "日本", read(two))
    assert (folder / "list.jsonl").read_bytes() == content.replace(b'"a \\u00e9"', b'"say \\"\\u00e9\\""').replace(
        b'"b"', '"日本"'.encode()
    )
    journal.undo()
    journal.undo()
    assert (folder / "list.jsonl").read_bytes() == content


def test_a_jsonl_line_is_found_again_where_it_went(folder: Path, journal: Journal) -> None:
    lines = [json.dumps({"image_path": f"images/{name}.png", "caption": name}).encode() + b"\n" for name in "abc"]
    found = listed(folder, b"".join(lines))
    (folder / "list.jsonl").write_bytes(b"".join(lines[1:]))
    save(journal, found[2], "see", read(found[2]))
    assert (folder / "list.jsonl").read_bytes() == lines[1] + lines[2].replace(b'"c"', b'"see"')
    with pytest.raises(FilesChangedError, match=r"list\.jsonl has no line for a\.png now"):
        read(found[0])


def test_many_leave_out_those_that_changed(folder: Path, journal: Journal) -> None:
    found = items_of(folder, a=b"a", b=b"b\n", c=None, d=b"\xff")
    changes = [CaptionChange(item, item.caption, f"new {item.name}") for item in found]
    (folder / "images/b.txt").write_bytes(b"theirs")
    saved = save_all(journal, "rewrite all", changes)
    assert saved.written == 2
    assert [(item.name, why.rpartition("/")[2]) for item, why in saved.conflicts] == [
        ("b", "was changed by somebody else meanwhile"),
        ("d", "d.txt: not UTF-8 (byte 0xff in line 1); save it as UTF-8"),
    ]
    assert saved.step is not None
    assert len(saved.step.changes) == 2
    assert [path.read_bytes() for path in sorted((folder / "images").glob("*.txt"))] == [
        b"new a", b"theirs", b"new c\n", b"\xff",
    ]  # fmt: skip


def test_many_lines_of_one_jsonl_are_one_change(folder: Path, journal: Journal) -> None:
    lines = [json.dumps({"image_path": f"images/{name}.png", "caption": name}).encode() + b"\n" for name in "abc"]
    found = listed(folder, b"".join(lines))
    saved = save_all(journal, "rewrite", [CaptionChange(item, item.caption, f"new {item.name}") for item in found])
    assert saved.step is not None
    assert (saved.written, len(saved.step.changes)) == (3, 1)
    assert [read(item).text for item in found] == ["new a", "new b", "new c"]


def test_a_save_over_somebody_elses_text_is_refused(folder: Path, journal: Journal) -> None:
    (item,) = items_of(folder, a=b"old")
    caption = read(item)
    (folder / "images/a.txt").write_bytes(b"theirs")
    for text in ("mine", "old"):
        with pytest.raises(FilesChangedError, match=r"a\.txt was changed"):
            save(journal, item, text, caption)
    assert (folder / "images/a.txt").read_bytes() == b"theirs"
