"""Captions: what is not edited keeps its bytes, what is edited comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.dataset.captions import CaptionChangedError, normal_text, read, save, trained_text
from wantui.dataset.model import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(alphabet=st.one_of(st.sampled_from("\r\n\ufeff \tab"), st.characters(exclude_categories=["Cs"])))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("captions") / "a.txt"


@given(old=TEXTS, new=TEXTS)
def test_a_saved_text_is_read_again(path: Path, old: str, new: str) -> None:
    path.write_bytes(old.encode())
    saved = save(path, new, read(path))
    assert saved == read(path)
    assert saved.text == new or normal_text(saved.text) == normal_text(new)
    assert saved.as_trained == trained_text(path.read_bytes())


@given(text=TEXTS)
def test_an_unchanged_text_keeps_its_bytes(path: Path, text: str) -> None:
    raw = text.encode()
    path.write_bytes(raw)
    caption = read(path)
    assert save(path, caption.text, caption) is caption
    assert path.read_bytes() == raw


@given(text=TEXTS)
def test_the_trainer_reads_the_same(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    with path.open(encoding="utf-8") as file:  # as the trainer does
        assert read(path).as_trained == file.read().strip()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"old", b"one\ntwo"),
        (b"old\n", b"one\ntwo\n"),
        (b"o\r\nld\r\n", b"one\r\ntwo\r\n"),
        (b"o\rld", b"one\rtwo"),
        (b"\xef\xbb\xbfold\n\n", b"\xef\xbb\xbfone\ntwo\n\n"),
        (b"", b"one\ntwo"),
    ],
)
def test_an_edit_keeps_line_endings_mark_and_end(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(before)
    save(path, "one\ntwo", read(path))
    assert path.read_bytes() == after


def test_a_new_caption_ends_with_a_line_feed(tmp_path: Path) -> None:
    save(tmp_path / "a.txt", "a café", None)
    assert (tmp_path / "a.txt").read_bytes() == "a café\n".encode()


def test_a_file_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    caption = read(path)
    path.write_text("somebody else's")
    with pytest.raises(CaptionChangedError, match="was changed"):
        save(path, "mine", caption)
    assert path.read_text() == "somebody else's"
    path.unlink()
    with pytest.raises(CaptionChangedError, match="was removed"):
        save(path, "mine", caption)
    assert not path.exists()


def test_a_file_made_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("somebody else's")
    with pytest.raises(CaptionChangedError, match="was made"):
        save(path, "mine", None)
    assert path.read_text() == "somebody else's"


def test_what_cannot_be_read_or_written_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(DatasetError, match=r"a\.txt: no such caption file"):
        read(path)
    path.write_bytes(b"fine\ncaf\xe9")
    with pytest.raises(DatasetError, match=r"a\.txt: not UTF-8 \(byte 0xe9 in line 2\); save it as UTF-8"):
        read(path)
    with pytest.raises(DatasetError, match="cannot be read"):
        read(tmp_path)
    with pytest.raises(DatasetError, match=r"b\.txt: the text has half a character at position 2"):
        save(tmp_path / "b.txt", "a\ud800", None)
    with pytest.raises(DatasetError, match="cannot be written"):
        save(tmp_path / "nowhere" / "b.txt", "a", None)
