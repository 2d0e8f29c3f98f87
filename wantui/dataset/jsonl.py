"""Lists of media with their captions: ``image_jsonl_file`` and ``video_jsonl_file``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui.dataset.model import Problem, Severity

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a jsonl file."""

    line: int
    """From 1."""
    media: str
    """The path as it is written."""
    caption: str


def read_jsonl(path: Path, *, is_video: bool) -> tuple[list[Entry], list[Problem]]:
    """The entries of a jsonl file and the lines that the trainer would trip over; it reads all lines or none."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return [], [_problem("missing-jsonl", path, None, "there is no such file", "create it or correct its path")]
    except UnicodeDecodeError as error:
        at = bytes(error.object).count(b"\n", 0, error.start) + 1
        return [], [_problem("bad-jsonl", path, at, "the file is not UTF-8", "save it as UTF-8")]
    except OSError as error:
        return [], [_problem("bad-jsonl", path, None, f"cannot be read: {error.strerror}", "make it readable")]
    entries: list[Entry] = []
    problems: list[Problem] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[-1]:
        lines.pop()  # what follows the last line end
    for number, line in enumerate(lines, start=1):
        found = _entry(number, line, is_video=is_video)
        if isinstance(found, Entry):
            entries.append(found)
        else:
            problems.append(_problem("bad-jsonl", path, number, *found))
    return entries, problems


def _entry(number: int, line: str, *, is_video: bool) -> Entry | tuple[str, str]:
    """The entry of a line, or what is wrong with it and what to do."""
    if not line.strip():
        return "an empty line, which the trainer cannot read", "remove the line"
    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg}", "write one object a line"
    if not isinstance(content, dict):
        return "not an object", 'write {"image_path": ..., "caption": ...}'
    key = "video_path" if is_video else "image_path"
    media = content.get(key) if is_video else content.get(key, content.get("image_path_0"))
    if not isinstance(media, str) or not media:
        return f"{key} is missing or no text", f"add {key}"
    caption: Any = content.get("caption")
    if not isinstance(caption, str):
        return "caption is missing or no text", "add caption"
    return Entry(number, media, caption)


def _problem(code: str, path: Path, line: int | None, message: str, fix: str) -> Problem:
    return Problem(Severity.ERROR, code, path, message, fix, line)
