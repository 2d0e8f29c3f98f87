"""The control media of items: what the trainer encodes beside each image or video where it is told to.

It looks in ``control_directory`` for the name of the image, or the name and a number (``a.png``, else ``a_0.png``);
for a video for the same name, else a folder of that name, else the name with another suffix. In a jsonl file it takes
``control_path``, and where one line has that all must.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from wantui.dataset.media import VIDEO_SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import DatasetConfig, Item, Subset


class Controls:
    """The control media of one subset."""

    def __init__(self, config: DatasetConfig, subset: Subset) -> None:
        self._subset = subset
        self._of_line: dict[int, str] = {}
        self._of_stem: dict[str, list[tuple[int, str]]] = {}
        self._names: set[str] = set()
        self._folder = "" if subset.control_directory is None else str(subset.control_directory)
        if subset.media_directory is not None:
            self._names = _names(self._folder) if self._folder else set()
        elif subset.jsonl_file is not None:
            self._of_line = _control_lines(subset.jsonl_file, str(config.path.parent))
        if not subset.is_video:
            for name in sorted(self._names):
                self._add(name)

    @property
    def are_wanted(self) -> bool:
        """Whether the trainer encodes control media."""
        if self._subset.media_directory is None:
            return bool(self._of_line)
        return self._subset.control_directory is not None

    def of(self, item: Item) -> tuple[str, ...]:
        """The control media that the latents of `item` depend on; several where nobody decides between them."""
        if item.jsonl_line is not None:
            path = self._of_line.get(item.jsonl_line)
            return () if path is None else (path,)
        if self._subset.is_video:
            return self._of_video(item)
        candidates = self._of_stem.get(item.name, [])
        first = min((order for order, _ in candidates), default=0)
        return tuple(path for order, path in candidates if order == first)

    def _add(self, name: str) -> None:
        stem, suffix = os.path.splitext(name)  # noqa: PTH122  as the trainer does
        if not suffix:
            return
        path = os.path.join(self._folder, name)  # noqa: PTH118
        self._of_stem.setdefault(stem, []).append((0, path))
        base, _, digits = stem.rpartition("_")
        if base and digits.isdecimal():
            self._of_stem.setdefault(base, []).append((int(digits) + 1, path))

    def _of_video(self, item: Item) -> tuple[str, ...]:
        suffixes = [form for suffix in VIDEO_SUFFIXES for form in (f".{suffix}", f".{suffix.upper()}")]
        for name in (item.media.name, item.name, *(item.name + suffix for suffix in suffixes)):
            if name in self._names:
                return (os.path.join(self._folder, name),)  # noqa: PTH118
        return ()


def _names(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208  names only
    except OSError:
        return set()


def _control_lines(file: Path, base: str) -> dict[int, str]:
    """The control media that a jsonl file names, by line from 1; relative paths start where the trainer runs."""
    try:
        content = file.read_bytes()
        if b"control_path" not in content:
            return {}
        lines = content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[int, str] = {}
    for number, line in enumerate(lines, start=1):
        path = _control_path(line)
        if path:
            found[number] = os.path.join(base, path)  # noqa: PTH118
    return found


def _control_path(line: str) -> str | None:
    """``control_path``, else the ``control_path_N`` of the smallest number."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict):
        return None
    numbered = [key for key in entry if key.startswith("control_path_") and key[13:].isdecimal()]
    keys = ["control_path", *sorted(numbered, key=lambda key: int(key[13:]))]
    path = next((entry[key] for key in keys if key in entry), None)
    return path if isinstance(path, str) else None
