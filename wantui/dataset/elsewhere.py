"""Captions that are there under another name than the one that the trainer looks for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wantui.dataset.model import Dataset, Item, Subset

SUFFIXES = (".txt", ".caption", ".captions", ".cap", ".text", ".tags")
"""What programs that caption give to their files."""
FOLDERS = frozenset({"caption", "captions", "txt", "text", "texts", "tags", "labels"})
"""Names of folders, in small letters, that captions are put into, beside the media or beside their folder."""


class Found(NamedTuple):
    """Where a caption probably is."""

    file: Path
    extension: str | None
    """The ``caption_extension`` with which it and all others of its section would be found; None: there is none."""


def captions_elsewhere(dataset: Dataset) -> dict[str, Found]:
    """Where the captions that items lack may be, by `Item.key`."""
    found: dict[str, Found] = {}
    for subset in dataset.config.subsets:
        folder = subset.media_directory
        items = [item for item in dataset.items if item.subset == subset.index]
        lacking = [item for item in items if item.problem_code == "missing-caption"]
        if folder is None or not lacking:
            continue
        places = list(_listings(folder))
        files = {item.key: file for item in lacking if (file := _file_of(item, places)) is not None}
        extension = _extension(subset, items, files) if len(lacking) == len(items) == len(files) else None
        found.update((key, Found(file, extension)) for key, file in files.items())
    return found


def _listings(folder: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """The folders that captions may be in, the media's own first, with their files by name in small letters."""
    yield folder, _files(folder)
    for around in (folder, folder.parent):
        for name in _names(around):
            if name.lower() in FOLDERS and (around / name).is_dir() and around / name != folder:
                yield around / name, _files(around / name)


def _file_of(item: Item, places: Sequence[tuple[Path, dict[str, str]]]) -> Path | None:
    for folder, files in places:
        for begin in (item.name, item.media.name):
            for suffix in SUFFIXES:
                name = files.get(f"{begin}{suffix}".lower())
                if name is not None and name.startswith(begin):
                    return folder / name
    return None


def _extension(subset: Subset, items: Sequence[Item], files: dict[str, Path]) -> str | None:
    """What all of `files` end in behind the names of their items, in the folder of the media."""
    ends = {
        file.name.removeprefix(item.name) if file.parent == subset.media_directory else ""
        for item in items
        for file in (files[item.key],)
    }
    end = ends.pop() if len(ends) == 1 else ""
    return end if end.count(".") == 1 else None


def _files(folder: Path) -> dict[str, str]:
    return {name.lower(): name for name in sorted(_names(folder)) if name.lower().endswith(SUFFIXES)}


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  names only
    except OSError:
        return []
