"""Caption files: read as the trainer reads them, saved without changing more than was edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import reading
from wantui.atomic import write_bytes
from wantui.dataset.model import LARGEST_CAPTION, DatasetError
from wantui.errors import ConflictError

if TYPE_CHECKING:
    from pathlib import Path

_BYTE_ORDER_MARK = "\ufeff"


class CaptionChangedError(DatasetError, ConflictError):
    """A caption file is no longer what was read: somebody else has saved, made or removed it."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption file as it was read."""

    path: Path
    text: str
    """For editing: lines end with a line feed, no byte order mark in front, no line ends behind."""
    newline: str
    """What ends most lines in the file: a line feed, a carriage return, or both."""
    ending: str
    """The line ends behind the text, as they are in the file; empty when the text ends the file."""
    has_byte_order_mark: bool
    raw: bytes
    """The whole file."""

    @property
    def as_trained(self) -> str:
        """The caption that the text encoder gets."""
        return trained_text(self.raw)


def read(path: Path) -> Caption:
    """Read a caption file.

    Raises:
        DatasetError: it is missing, cannot be read, or is not UTF-8.
    """
    try:
        raw = reading.read_bytes(path, LARGEST_CAPTION)
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: no such caption file; create it") from error
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return parsed(path, raw)
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: {not_utf8(error)}; save it as UTF-8") from error


def save(path: Path, text: str, read_as: Caption | None) -> Caption:
    """Replace a caption's text, keeping its line endings, its byte order mark and what ends the file.

    Nothing is written when `text` is what the file holds already.

    Args:
        path: the caption file.
        text: the new text; line ends of any kind become the file's, those at the end are dropped.
        read_as: the file as it was when the editing began; None: there was none.

    Returns:
        The file as it is now.

    Raises:
        CaptionChangedError: the file is not what `read_as` says.
        DatasetError: it cannot be written, or the text cannot be encoded.
    """
    _check_unchanged(path, read_as)
    raw = rewritten(path, text, read_as)
    if read_as is not None and raw == read_as.raw:
        return read_as
    try:
        write_bytes(path, raw)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written: {error.strerror}") from error
    return parsed(path, raw)


def rewritten(path: Path, text: str, read_as: Caption | None) -> bytes:
    """The file that `text` makes of a caption, with its line endings, its byte order mark and what ends it.

    Args:
        path: the caption file, to be named in an error.
        text: the new text; line ends of any kind become the file's, those at the end are dropped.
        read_as: the file as it was when the editing began; None: there was none.

    Raises:
        DatasetError: the text cannot be encoded.
    """
    wanted = normal_text(text)
    if read_as is not None and wanted == normal_text(read_as.text):
        return read_as.raw
    before = read_as or Caption(path, "", "\n", "\n", has_byte_order_mark=False, raw=b"")
    content = wanted.replace("\n", before.newline) + before.ending
    try:
        return ((_BYTE_ORDER_MARK if before.has_byte_order_mark else "") + content).encode("utf-8")
    except UnicodeEncodeError as error:
        raise DatasetError(
            f"{path}: the text has half a character at position {error.start + 1}; remove it"
        ) from error


def normal_text(text: str) -> str:
    """`text` as a caption file gives it back: line feeds only, none at the end, no byte order mark in front."""
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip(_BYTE_ORDER_MARK).rstrip("\n")


def trained_text(raw: bytes) -> str:
    """The caption that the trainer makes of a file: universal newlines, stripped; a byte order mark stays in.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    return raw.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n").strip()


def not_utf8(error: UnicodeDecodeError) -> str:
    """What is wrong with a file that is not UTF-8, as a clause."""
    line = bytes(error.object).count(b"\n", 0, error.start) + 1
    return f"not UTF-8 (byte 0x{error.object[error.start]:02x} in line {line})"


def parsed(path: Path, raw: bytes) -> Caption:
    """The caption file at `path` that holds `raw`.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    whole = raw.decode("utf-8")
    content = whole.removeprefix(_BYTE_ORDER_MARK)
    text = content.rstrip("\r\n")
    return Caption(
        path=path,
        text=text.replace("\r\n", "\n").replace("\r", "\n"),
        newline=_newline(content),
        ending=content[len(text) :],
        has_byte_order_mark=len(content) < len(whole),
        raw=raw,
    )


def _newline(content: str) -> str:
    """What ends most lines of `content`; a line feed where there are none."""
    both = content.count("\r\n")
    counts = {"\n": content.count("\n") - both, "\r\n": both, "\r": content.count("\r") - both}
    return max(counts, key=lambda newline: counts[newline])


def _check_unchanged(path: Path, read_as: Caption | None) -> None:
    try:
        now: bytes | None = reading.read_bytes(path, LARGEST_CAPTION)
    except FileNotFoundError:
        now = None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    if now == (read_as.raw if read_as else None):
        return
    what = "was removed" if now is None else "was made" if read_as is None else "was changed"
    raise CaptionChangedError(f"{path}: {what} by somebody else meanwhile; read it again before saving")
