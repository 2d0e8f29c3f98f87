"""The ``dataset.toml`` that a folder of images or clips suggests, and the section for another folder."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.dataset.dataset_file import DatasetFile, DatasetFileError, Value
from wantui.dataset.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, is_taken

if TYPE_CHECKING:
    from collections.abc import Collection

RESOLUTION = [960, 544]
"""The trainer's own default: the area of WAN2.2's 480p, wide."""
CAPTION_EXTENSION = ".txt"
TARGET_FRAMES = [1, 25, 45]
"""Clips of a picture, 1.6 and 2.8 seconds at the trainer's 16 frames a second, as musubi-tuner's examples have it."""


def proposed(path: Path, folder: Path) -> DatasetFile:
    """A ``dataset.toml`` for the media of a folder; nothing is written.

    Args:
        path: of the ``dataset.toml``.
        folder: of the media.

    Raises:
        DatasetFileError: there are none, or the folder cannot be read.
    """
    start = DatasetFile(path.absolute(), "")
    made = start.set(None, "resolution", list(RESOLUTION))
    made = made.set(None, "caption_extension", caption_extension(folder))
    made = made.set(None, "enable_bucket", value=True)
    return with_folder(made, folder)


def with_folder(file: DatasetFile, folder: Path, *, video: bool | None = None) -> DatasetFile:
    """The file with a section for a folder, or with two where it holds images and clips.

    Args:
        file: a ``dataset.toml``.
        folder: of the media.
        video: whether to take the clips; None: whatever there is.

    Raises:
        DatasetFileError: there is nothing to take, or the folder cannot be read.
    """
    folder = folder.expanduser().absolute()
    names = _names(folder)
    has = {is_video: any(is_taken(name, _SUFFIXES[is_video]) for name in names) for is_video in (False, True)}
    wanted = [is_video for is_video in (False, True) if has[is_video] and video in (None, is_video)]
    if not wanted:
        what = "images or clips" if video is None else "clips" if video else "images"
        raise DatasetFileError(f"{folder}: no {what} here that the trainer takes; name the folder that holds them")
    for is_video in wanted:
        file = file.add(_section(file, folder, is_video=is_video))
    return file


def caption_extension(folder: Path) -> str:
    """What ends the files that lie beside the media and are called like them; ``.txt`` where there are none.

    Raises:
        DatasetFileError: the folder cannot be read.
    """
    names = _names(folder.expanduser())
    media = {os.path.splitext(name)[0] for name in names if _is_media(name)}  # noqa: PTH122  as the trainer does
    beside = Counter(
        ending
        for stem, ending in map(os.path.splitext, names)
        if stem in media and ending and not _is_media(stem + ending) and not ending.startswith(".safetensors")
    )
    return beside.most_common(1)[0][0] if beside else CAPTION_EXTENSION


_SUFFIXES = {False: IMAGE_SUFFIXES, True: VIDEO_SUFFIXES}


def _section(file: DatasetFile, folder: Path, *, is_video: bool) -> dict[str, Value]:
    kind = "video" if is_video else "image"
    values: dict[str, Value] = {f"{kind}_directory": _from(file.path.parent, folder)}
    values["cache_directory"] = _from(file.path.parent, _free_cache(file, folder))
    if is_video:
        values["target_frames"] = list(TARGET_FRAMES)
        values["frame_extraction"] = "head"
    return values


def _free_cache(file: DatasetFile, folder: Path) -> Path:
    """A cache folder beside the media that no other section has: two that share one delete each other's files."""
    taken: Collection[Path] = {
        Path(os.path.normpath(file.path.parent / own))
        for section in file.sections
        if isinstance(own := section.get("cache_directory") or section.get("image_directory"), str)
    }
    beside = folder.parent
    number = 1
    while True:
        name = "cache" if number == 1 else f"cache_{folder.name}" if number == 2 else f"cache_{folder.name}_{number}"  # noqa: PLR2004
        if beside / name not in taken:
            return beside / name
        number += 1


def _from(base: Path, path: Path) -> str:
    """`path` as it is written in a file of `base`."""
    return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)


def _is_media(name: str) -> bool:
    return is_taken(name, IMAGE_SUFFIXES) or is_taken(name, VIDEO_SUFFIXES)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208  names only
    except OSError as error:
        raise DatasetFileError(f"{folder}: cannot be listed: {error.strerror}; name a folder of media") from error
