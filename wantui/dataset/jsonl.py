"""Lists of media with their captions: ``image_jsonl_file`` and ``video_jsonl_file``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.dataset.model import DatasetError, Problem, Severity, not_a_file

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

_LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n)|([^\r\n]+)$")
_BYTE_ORDER_MARK = "\ufeff"
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
LARGEST_LIST = 256 << 20
"""Bytes of a jsonl file: 50,000 items with captions of 5 KiB."""


@dataclass(frozen=True, slots=True)
class JsonlEntry:
    """One line of a jsonl file."""

    line: int
    """From 1."""
    media: str
    """The path as it is written."""
    caption: str


def read_jsonl(path: Path, *, is_video: bool) -> tuple[list[JsonlEntry], list[Problem]]:
    """The entries of a jsonl file and the lines that the trainer would trip over; it reads all lines or none."""
    try:
        text = reading.read_text(path, LARGEST_LIST)
    except FileNotFoundError:
        return [], [_problem("missing-jsonl", path, None, "there is no such file", "create it or correct its path")]
    except UnicodeDecodeError as error:
        at = bytes(error.object).count(b"\n", 0, error.start) + 1
        return [], [_problem("bad-jsonl", path, at, "the file is not UTF-8", "save it as UTF-8")]
    except OSError as error:
        return [], [_unreadable(path, error)]
    entries: list[JsonlEntry] = []
    problems: list[Problem] = []
    if text.startswith(_BYTE_ORDER_MARK):
        text = text.removeprefix(_BYTE_ORDER_MARK)
        message = "the list starts with a byte order mark, which the trainer takes for part of its first line"
        problems.append(_problem("list-byte-order-mark", path, None, message, "save it as UTF-8 without one"))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[-1]:
        lines.pop()  # what follows the last line end
    for number, line in enumerate(lines, start=1):
        found = _entry(number, line, is_video=is_video)
        if isinstance(found, JsonlEntry):
            entries.append(found)
        else:
            problems.append(_problem("bad-jsonl", path, number, *found))
    return entries, problems


def split_lines(content: bytes) -> list[tuple[bytes, bytes]]:
    """The lines of a jsonl file as the trainer counts them, each with what ends it."""
    return [(found[1] or found[3] or b"", found[2] or b"") for found in _LINE.finditer(content)]


def entry_of(number: int, line: bytes, *, is_video: bool) -> JsonlEntry | None:
    """The entry in a line of a jsonl file; None where the trainer could not read it."""
    try:
        found = _entry(number, line.decode("utf-8"), is_video=is_video)
    except UnicodeDecodeError:
        return None
    return found if isinstance(found, JsonlEntry) else None


def with_captions(path: Path, content: bytes, captions: Mapping[int, str]) -> bytes:
    """A jsonl file with other captions in some lines; every other byte is as it was.

    Args:
        path: to be named in an error.
        content: the whole file.
        captions: the new captions by line, from 1.

    Raises:
        DatasetError: a line is no object with a caption, or a caption cannot be encoded.
    """
    made = []
    for number, (line, ending) in enumerate(split_lines(content), start=1):
        text = captions.get(number)
        made += [line if text is None else _with_caption(path, number, line, text), ending]
    return b"".join(made)


def without_lines(content: bytes, numbers: Collection[int]) -> bytes:
    """A jsonl file without some of its lines, counted from 1."""
    lines = enumerate(split_lines(content), start=1)
    return b"".join(line + ending for number, (line, ending) in lines if number not in numbers)


def _with_caption(path: Path, number: int, line: bytes, caption: str) -> bytes:
    try:
        text = line.decode("utf-8")
        start, end = _caption_span(text)
    except (ValueError, RecursionError) as error:
        raise DatasetError(
            f"{path}:{number}: no caption can be written there ({error}); fix the line first"
        ) from error
    escapes = "\\u" in text[start:end]
    value = json.dumps(caption, ensure_ascii=escapes)
    try:
        return (text[:start] + value + text[end:]).encode("utf-8")
    except UnicodeEncodeError as error:
        raise DatasetError(f"{path}:{number}: the text has half a character; remove it") from error


def _caption_span(line: str) -> tuple[int, int]:
    """Where in an object's text its caption begins and ends, quotes included; the last one, as the trainer reads it.

    Raises:
        ValueError: it is no object, or has no caption.
    """
    span = None
    at = _after_space(line, _expect(line, _after_space(line, 0), "{"))
    while line[at : at + 1] != "}":
        key, at = _DECODER.raw_decode(line, at)
        start = _after_space(line, _expect(line, _after_space(line, at), ":"))
        _, end = _DECODER.raw_decode(line, start)
        if key == "caption":
            span = start, end
        at = _after_space(line, end)
        if line[at : at + 1] != "}":
            at = _after_space(line, _expect(line, at, ","))
    if span is None:
        raise ValueError("it has no caption")
    return span


def _after_space(line: str, at: int) -> int:
    found = _SPACE.match(line, at)
    return at if found is None else found.end()


def _expect(line: str, at: int, mark: str) -> int:
    if line[at : at + 1] != mark:
        raise ValueError(f"{mark} expected at character {at + 1}")
    return at + 1


def _entry(number: int, line: str, *, is_video: bool) -> JsonlEntry | tuple[str, str]:
    """The entry of a line, or what is wrong with it and what to do."""
    if not line.strip():
        return "an empty line, which the trainer cannot read", "remove the line"
    try:
        content = reading.parse_json(line)
    except ValueError as error:
        return f"not JSON: {getattr(error, 'msg', error)}", "write one object a line"
    if not isinstance(content, dict):
        return "not an object", 'write {"image_path": ..., "caption": ...}'
    key = "video_path" if is_video else "image_path"
    media = content.get(key) if is_video else content.get(key, content.get("image_path_0"))
    if not isinstance(media, str) or not media:
        return f"{key} is missing or no text", f"add {key}"
    caption: Any = content.get("caption")
    if not isinstance(caption, str):
        return "caption is missing or no text", "add caption"
    return JsonlEntry(number, media, caption)


def _unreadable(path: Path, error: OSError) -> Problem:
    if isinstance(error, reading.NotAFileError):
        return not_a_file(path, error)
    return _problem("bad-jsonl", path, None, f"cannot be read: {error.strerror}", "make it a readable list")


def _problem(code: str, path: Path, line: int | None, message: str, fix: str) -> Problem:
    return Problem(Severity.ERROR, code, path, message, fix, line)
