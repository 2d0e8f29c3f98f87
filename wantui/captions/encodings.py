"""Captions that are not UTF-8: what they may be meant to say, for a person to choose, and the same in UTF-8.

Bytes do not tell their encoding, so nothing is converted unasked: every encoding that fits is offered with the text
that it gives, the likeliest first.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import reading
from wantui.journal.changes import LARGEST_EDITED, FileChange
from wantui.journal.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.dataset.model import Item

_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_KANA = re.compile("[\u3040-\u30ff]")
"""Hiragana and katakana of full width: Japanese prose is never without."""
_PAIRED = re.compile(rb"[\x80-\xff]{2,}")
_HIGH = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class EncodingReading:
    """What a file says if it is in an encoding."""

    encoding: str
    """As Python names it."""
    text: str


def readings(item: Item) -> tuple[EncodingReading, ...]:
    """What the item's caption file, or its jsonl file, may say; the likeliest first, none where it is UTF-8.

    Raises:
        JournalError: it cannot be read.
    """
    return readings_of(_raw(_path(item)))


def readings_of(raw: bytes) -> tuple[EncodingReading, ...]:
    """What bytes may say; the likeliest first, none where they are UTF-8."""
    if b"\0" not in raw and _decoded(raw, "utf-8") is not None:  # no caption holds a NUL, and UTF-16 is full of them
        return ()
    found = ((encoding, _decoded(raw, encoding)) for encoding in _candidates(raw))
    return tuple(EncodingReading(encoding, text) for encoding, text in found if text is not None)


def converted(item: Item, encoding: str) -> FileChange:
    """The change that makes the file UTF-8, line ends as they were.

    Args:
        item: whose caption file, or jsonl file, is converted.
        encoding: that it is in, one of `readings`.

    Raises:
        JournalError: the file is not in that encoding, or there is no such encoding.
    """
    path = _path(item)
    raw = _raw(path)
    try:
        text = raw.decode(encoding)
    except LookupError as error:
        raise JournalError(f"{encoding}: no encoding that is known") from error
    except UnicodeDecodeError as error:
        raise JournalError(f"{path}: not {encoding} (byte 0x{raw[error.start]:02x}); choose another") from error
    return FileChange(path, raw, text.encode("utf-8"))


def _path(item: Item) -> Path:
    path = item.caption_file or item.jsonl_file
    if path is None:
        raise JournalError(f"{item.media}: where its caption is kept is not known; read the dataset again")
    return path


def _raw(path: Path) -> bytes:
    try:
        return reading.read_bytes(path, LARGEST_EDITED)
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _candidates(raw: bytes) -> Sequence[str]:
    """Encodings to try, the likeliest first."""
    marked = [encoding for mark, encoding in _MARKS.items() if raw.startswith(mark)]
    if marked:
        return marked
    if raw.count(0) * 4 > len(raw):  # every second byte of Latin text
        return ("utf-16-le", "utf-16-be") if raw[1::2].count(0) > raw[::2].count(0) else ("utf-16-be", "utf-16-le")
    western = "cp1252" if _decoded(raw, "cp1252") is not None else "latin-1"
    if _KANA.search(_decoded(raw, "cp932") or ""):
        return ("cp932", "gb18030", western)
    high, paired = len(_HIGH.findall(raw)), sum(map(len, _PAIRED.findall(raw)))
    if paired * 2 > high:  # two bytes a character; accents stand alone
        return ("gb18030", "cp932", western)
    return (western, "gb18030", "cp932")
