"""The control media of items: what the trainer encodes beside each image or video where it is told to.

As the trainer's data sources find them (``ImageDirectoryDatasource``, ``VideoDirectoryDatasource`` and the two for
jsonl files; v0.3.4). For images in ``control_directory``: images that begin with the name of the item and a dot or an
underscore, the longest names of items first, in the order of the digits behind their last underscore; the one without
digits comes first, and WAN takes the first alone. Any other ending fails. For a video: the file of the same name,
else a folder of its name without suffix, else the name with another suffix. In a jsonl file ``control_path`` or
``control_path_N``, and where one line has it all must.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.lean_paths import as_text
from wantui.dataset.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, is_taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wantui.dataset.model import DatasetConfig, Item, Subset

LARGEST_LIST = 256 << 20
"""Bytes of a jsonl file."""


@dataclass(frozen=True, slots=True)
class Control:
    """A control medium of an item."""

    path: str
    order: int | None
    """Place among those of the item, from 0; None: the trainer fails on its name."""


class Controls:
    """The control media of one subset."""

    def __init__(self, config: DatasetConfig, subset: Subset, items: Sequence[Item]) -> None:
        """Look into the folder, or into the list.

        Args:
            config: the whole file's.
            subset: its section.
            items: those of the section.
        """
        self._subset = subset
        self._of_line: dict[int, tuple[str, ...]] = {}
        self._of_item: dict[str, tuple[Control, ...]] = {}
        self._names: set[str] = set()
        self._folder = "" if subset.control_directory is None else str(subset.control_directory)
        self.trouble: str | None = None
        """Why the folder cannot be listed; None: it can, or there is none."""
        if subset.media_directory is None:
            if subset.jsonl_file is not None:
                self._of_line = _control_lines(subset.jsonl_file, str(config.path.parent))
        elif self._folder:
            try:
                self._names = set(os.listdir(self._folder))  # noqa: PTH208  names only
            except OSError as error:
                self.trouble = error.strerror
            if not subset.is_video:
                self._of_item = _matched(self._folder, self._names, items)

    @property
    def are_wanted(self) -> bool:
        """Whether the trainer encodes control media."""
        if self._subset.media_directory is None:
            return bool(self._of_line)
        return self._subset.control_directory is not None

    def of(self, item: Item) -> tuple[str, ...]:
        """The control media that the latents of `item` depend on; several where nobody decides between them."""
        usable = [each for each in self.found(item) if each.order is not None]
        return tuple(each.path for each in usable if each.order == usable[0].order)

    def found(self, item: Item) -> tuple[Control, ...]:
        """All that are found for an item, those with names that fail included; the first is the one that counts."""
        if item.jsonl_line is not None:
            paths = self._of_line.get(item.jsonl_line, ())
            return tuple(Control(path, order) for order, path in enumerate(paths))
        if self._subset.is_video:
            return self._of_video(item)
        return self._of_item.get(item.key, ())

    def _of_video(self, item: Item) -> tuple[Control, ...]:
        suffixes = [form for suffix in VIDEO_SUFFIXES for form in (f".{suffix}", f".{suffix.upper()}")]
        for name in (item.media.name, item.name, *(item.name + suffix for suffix in suffixes)):
            if name in self._names:
                path = os.path.join(self._folder, name)  # noqa: PTH118
                if name != item.name or os.path.isdir(path):  # noqa: PTH112  without a suffix folders alone
                    return (Control(path, 0),)
        return ()


def _matched(folder: str, names: Iterable[str], items: Sequence[Item]) -> dict[str, tuple[Control, ...]]:
    """The control images of each item, by its key; each belongs to one.

    A name belongs to the longest beginning of it, up to a dot or an underscore, that is the name of an item.
    """
    longest_first = sorted(items, key=lambda item: len(os.path.basename(as_text(item, "media"))))  # noqa: PTH119
    of_stem = {item.name: item for item in longest_first}
    found: dict[str, list[Control]] = {}
    for name in sorted(name for name in names if is_taken(name, IMAGE_SUFFIXES)):
        ends = [at for at, character in enumerate(name) if character in "._"]
        stem = next((name[:end] for end in reversed(ends) if name[:end] in of_stem), None)
        if stem is not None:
            control = Control(os.path.join(folder, name), _order(stem, name))  # noqa: PTH118
            found.setdefault(of_stem[stem].key, []).append(control)
    return {key: tuple(sorted(each, key=_place)) for key, each in found.items()}


def _place(control: Control) -> tuple[bool, int, str]:
    """Names that fail come last."""
    return control.order is None, control.order or 0, control.path


def _order(stem: str, name: str) -> int | None:
    own = os.path.splitext(name)[0]  # noqa: PTH122  as the trainer does
    if own == stem:
        return 0
    digits = own.rsplit("_", 1)[-1]
    try:
        return int(digits) + 1 if digits.isdigit() else None
    except ValueError:  # a digit that is no number, such as a superscript
        return None


def _control_lines(file: Path, base: str) -> dict[int, tuple[str, ...]]:
    """The control media that a jsonl file names, by line from 1; relative paths start where the trainer runs."""
    try:
        content = reading.read_bytes(file, LARGEST_LIST)
        if b"control_path" not in content:
            return {}
        lines = content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    except (OSError, UnicodeDecodeError):
        return {}
    paths = {number: _control_paths(line) for number, line in enumerate(lines, start=1)}
    return {
        number: tuple(os.path.join(base, path) for path in found)  # noqa: PTH118
        for number, found in paths.items()
        if found
    }


def _control_paths(line: str) -> list[str]:
    """``control_path``, then each ``control_path_N`` in the order of its number."""
    try:
        entry = reading.parse_json(line)
    except ValueError:
        return []
    if not isinstance(entry, dict):
        return []
    numbered = [key for key in entry if key.startswith("control_path_") and key[13:].isdecimal()]
    keys = ["control_path", *sorted(numbered, key=lambda key: int(key[13:]))]
    return [entry[key] for key in keys if isinstance(entry.get(key), str) and entry[key]]
