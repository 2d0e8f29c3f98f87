"""Captions that are not UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.places import folder, items_of, journal, listed
from wantui.captions.encodings import converted, readings
from wantui.captions.files import read
from wantui.journal.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.journal.journal import Journal

__all__ = ["folder", "journal"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("a café, señora naïve", "cp1252"),
        ("“quoted” … and more", "cp1252"),
        ("prix 10 € à Paris", "cp1252"),
        ("桜の下で踊る女の子", "cp932"),
        ("一个女孩在樱花树下跳舞。红色裙子", "gb18030"),
        ("a girl, 桜", "utf-16"),
        ("a girl in the rain", "utf-16-be"),
        ("ein Mädchen", "utf-16-le"),
    ],
)
def test_the_likeliest_comes_first(folder: Path, journal: Journal, text: str, encoding: str) -> None:
    raw = f"{text}\r\n".encode(encoding)
    (item,) = items_of(folder, a=raw)
    offered = readings(item)
    assert offered[0].encoding == encoding
    assert offered[0].text == f"{text}\r\n"
    journal.do("convert", [converted(item, encoding)])
    assert (folder / "images/a.txt").read_bytes() == f"{text}\r\n".encode()
    assert readings(item) == ()
    journal.undo()
    assert (folder / "images/a.txt").read_bytes() == raw


def test_what_does_not_fit_is_said_and_not_written(folder: Path) -> None:
    (item,) = items_of(folder, a=b"caf\xe9")
    for encoding, why in (("utf-8", r"a\.txt: not utf-8 \(byte 0xe9\)"), ("latin-99", "latin-99: no encoding")):
        with pytest.raises(JournalError, match=why):
            converted(item, encoding)
    with pytest.raises(JournalError, match=r"a\.txt: not UTF-8"):
        read(item)
    assert readings(item)[0].text == "café"
    (folder / "images/a.txt").unlink()
    with pytest.raises(JournalError, match=r"a\.txt: cannot be read"):
        readings(item)


def test_a_list_is_converted_whole(folder: Path, journal: Journal) -> None:
    (item,) = listed(folder, b'{"image_path": "images/a.png", "caption": "a"}')
    (folder / "list.jsonl").write_bytes(b'{"image_path": "images/a.png", "caption": "caf\xe9"}')
    journal.do("convert", [converted(item, readings(item)[0].encoding)])
    assert read(item).text == "café"
