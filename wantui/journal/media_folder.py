"""The folder of images or clips in a workspace that has no dataset yet: which it probably is, and what lies in it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.dataset_file import DatasetFileError
from wantui.dataset.errors import MediaError
from wantui.dataset.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, image_size, is_taken, is_whole
from wantui.journal.new_dataset import caption_extension

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

SETTLED_S = 2.0
"""After so long a change of a folder has another time than one before: the coarsest clock, that of FAT."""
PASSED_BY = frozenset({"cache", "output", "models", "venv", "node_modules", "__pycache__"})
"""Names of folders that hold no person's media."""


@dataclass(frozen=True, slots=True)
class MediaFolder:
    """What lies in a folder, by names alone."""

    path: Path
    images: tuple[str, ...]
    """Names of the files."""
    clips: tuple[str, ...]
    captions: int
    """How many of them have a caption file."""

    @property
    def media(self) -> int:
        """How many images and clips there are."""
        return len(self.images) + len(self.clips)


Known = dict[Path, tuple[tuple[int, int], MediaFolder | None]]
"""What folders were found to be, with what told then that they change: to look again each second is cheap."""


def find(root: Path, dataset: Path, apart: Collection[Path], known: Known | None = None) -> MediaFolder | None:
    """The folder with the most media, of those where they are usually put; None where none has any.

    Args:
        root: the workspace; it and the folders in it are looked into.
        dataset: the ``dataset.toml`` that is to be; its folder and those in it are looked into as well.
        apart: folders that are passed by, such as the trainer's.
        known: of an earlier call, to be kept for the next one.
    """
    known = {} if known is None else known
    found = [_look_if_changed(folder, known) for folder in _candidates(root, dataset.parent, apart)]
    return max((each for each in found if each is not None), key=lambda each: each.media, default=None)


def broken(folder: MediaFolder, is_over: Callable[[], bool] = lambda: False) -> tuple[str, ...]:
    """Names of the images that cannot be decoded to their end; their heads and tails are read.

    Args:
        folder: with them.
        is_over: whether nobody waits for the answer any more; then it has what was found by then.
    """
    names = takewhile(lambda _: not is_over(), folder.images)
    return tuple(name for name in names if not _is_good(folder.path / name))


def _is_good(path: Path) -> bool:
    try:
        image_size(path)
        return is_whole(path)
    except (MediaError, OSError):
        return False


def _candidates(root: Path, beside: Path, apart: Collection[Path]) -> Iterable[Path]:
    """Each folder once, those of the ``dataset.toml`` first: of two that hold as many the first is taken."""
    seen: dict[Path, None] = {}
    for parent in (beside, root):
        for folder in (parent, *_folders_in(parent)):
            if folder not in apart:
                seen.setdefault(folder)
    return seen


def _folders_in(parent: Path) -> list[Path]:
    try:
        with os.scandir(parent) as entries:
            found = [parent / entry.name for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []
    return [each for each in sorted(found) if each.name not in PASSED_BY and reading.is_folder(each)]


def _look_if_changed(folder: Path, known: Known) -> MediaFolder | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    stamp = status.st_ino, status.st_mtime_ns
    earlier = known.get(folder)
    if earlier is not None and earlier[0] == stamp:
        return earlier[1]
    found = _look(folder)
    if time.time() - status.st_mtime > SETTLED_S:
        known[folder] = stamp, found
    return found


def _look(folder: Path) -> MediaFolder | None:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208  names only
        ending = caption_extension(folder)
    except (OSError, DatasetFileError):
        return None
    images = tuple(name for name in names if is_taken(name, IMAGE_SUFFIXES))
    clips = tuple(name for name in names if is_taken(name, VIDEO_SUFFIXES))
    if not images and not clips:
        return None
    known = set(names)
    captions = sum(os.path.splitext(name)[0] + ending in known for name in (*images, *clips))  # noqa: PTH122  as the trainer does
    return MediaFolder(folder, images, clips, captions)
