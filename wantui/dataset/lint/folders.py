"""Folders of media and of caches: what in them is ignored, deleted, or overwritten by the trainer."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.dataset.cache_names import LATENTS_ENDING, latents_stem
from wantui.dataset.lint import naming
from wantui.dataset.lint.telling import error, names, warning
from wantui.dataset.media import IMAGE_SUFFIXES, PLUGIN_SUFFIXES, VIDEO_SUFFIXES, is_taken
from wantui.dataset.naming import composed
from wantui.dataset.unread import is_unread, suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.dataset.model import DatasetConfig, Problem, Subset

_MEDIA_SUFFIXES = {*IMAGE_SUFFIXES, *PLUGIN_SUFFIXES, *VIDEO_SUFFIXES}


def check_shared_caches(config: DatasetConfig) -> Iterator[Problem]:
    """Cache folders that are one by a link; those with one name are refused when the file is read.

    Each dataset removes the caches in its folder that belong to none of its items (`cache_latents.py`).
    """
    first_of: dict[str, Subset] = {}
    for subset in config.subsets:
        first = first_of.setdefault(os.path.realpath(subset.cache_directory), subset)
        if first is not subset:
            yield error(
                "shared-cache-folder",
                config.path,
                f"{first.cache_directory} and {subset.cache_directory} are one folder: "
                f"each of the two datasets deletes the other's caches",
                "give each a cache_directory of its own",
                subset.line,
            )


def check_caches(file: Path, subset: Subset, output_directory: Path | None) -> Iterator[Problem]:
    """The cache folder of one ``[[datasets]]``.

    The trainer globs it for ``*_wan.safetensors``, without escaping its name, and after encoding deletes what it
    does not know (`cache_latents.py`).
    """
    folder = subset.cache_directory
    if not all(fnmatchcase(part, part) for part in folder.parts):
        yield error(
            "cache-folder-pattern",
            file,
            f"the trainer takes the brackets in {folder} for a pattern and finds no cache there",
            "choose a cache_directory without [ and ]",
            subset.line,
        )
    yield from _in_output(file, subset, output_directory)
    for name in sorted(_listed(folder)):
        is_latents = name.endswith(LATENTS_ENDING) and not name.startswith(".")
        if is_latents and latents_stem(name, is_video=subset.is_video) is None:
            yield error(
                "foreign-cache-files",
                folder / name,
                "not a cache, but named like one: the trainer would delete it",
                "move it out of the cache folder or rename it",
            )


def _in_output(file: Path, subset: Subset, output_directory: Path | None) -> Iterator[Problem]:
    if output_directory is None:
        return
    cache, output = os.path.realpath(subset.cache_directory), os.path.realpath(output_directory)
    if cache == output:
        yield error(
            "cache-in-output",
            file,
            f"{subset.cache_directory} is the output folder too; the trainer deletes what it takes for old caches",
            "choose another cache_directory",
            subset.line,
        )
    elif Path(output) in Path(cache).parents:
        yield warning(
            "cache-below-output",
            file,
            f"{subset.cache_directory} lies in the output folder; whoever clears that removes the caches",
            "choose a cache_directory elsewhere",
            subset.line,
        )


def check_media(config: DatasetConfig, subset: Subset) -> Iterator[Problem]:
    """What lies in a media folder and is ignored: the trainer globs by suffix and looks into no folder below."""
    folder = subset.media_directory
    if folder is None:
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return  # told by the scan
    shown = [entry for entry in entries if not entry.name.startswith(".")]
    suffixes = VIDEO_SUFFIXES if subset.is_video else IMAGE_SUFFIXES
    folders = {entry.name for entry in shown if _is_folder(entry)}
    for entry in shown:
        if entry.name in folders:
            yield from _nested(config, folder / entry.name, suffixes)
        else:
            yield from _ignored_file(folder / entry.name, suffixes)
    files = [entry.name for entry in shown if entry.name not in folders]
    yield from _other_kind(config, subset, folder, files)
    yield from _lone_captions(subset, folder, files)


def _nested(config: DatasetConfig, path: Path, suffixes: tuple[str, ...]) -> Iterator[Problem]:
    if is_taken(path.name, suffixes):
        return  # a folder of images that the trainer takes for a video
    if any(path in (each.media_directory, each.cache_directory, each.control_directory) for each in config.subsets):
        return
    count = sum(1 for name in _listed(path) if is_taken(name, suffixes))
    if count:
        yield warning(
            "nested-folder-ignored",
            path,
            f"the trainer looks into no folder below: {count} media files in it are ignored",
            "move them up or give the folder a [[datasets]] section of its own",
        )


def _ignored_file(path: Path, suffixes: tuple[str, ...]) -> Iterator[Problem]:
    suffix = path.name.rpartition(".")[2].lower()
    if is_taken(path.name, suffixes):
        return
    if suffix in suffixes:
        fix = "write its suffix in small letters"
        yield warning("mixed-case-suffix", path, "ignored by the trainer because of its suffix", fix)


def _other_kind(config: DatasetConfig, subset: Subset, folder: Path, files: Sequence[str]) -> Iterator[Problem]:
    """Videos where images are looked for, and the reverse, unless a section takes them."""
    suffixes = IMAGE_SUFFIXES if subset.is_video else VIDEO_SUFFIXES
    found = [name for name in files if is_taken(name, suffixes)]
    is_taken_care_of = any(
        each.is_video is not subset.is_video
        and each.media_directory is not None
        and os.path.realpath(each.media_directory) == os.path.realpath(folder)
        for each in config.subsets
    )
    if not found or is_taken_care_of:
        return
    key, what, other = (
        ("video_directory", "images", "image_directory")
        if subset.is_video
        else ("image_directory", "videos", "video_directory")
    )
    code = "images-in-video-folder" if subset.is_video else "videos-in-image-folder"
    message = f"{folder} is a {key}, in which {what} are ignored: {names(found)}"
    yield warning(code, config.path, message, f"move them away or add a section with {other}", subset.line)


def _lone_captions(subset: Subset, folder: Path, files: Sequence[str]) -> Iterator[Problem]:
    """Captions that no item reads."""
    extension = subset.caption_extension
    if not extension:
        return
    media = [name for name in files if suffix_of(name) in _MEDIA_SUFFIXES or is_unread(name)]
    stems = {name.rpartition(".")[0] for name in media}
    looks = {composed(stem): stem for stem in stems if not stem.isascii()}
    known, names_there = {*media, *stems}, set(files)  # a.png.txt is misnamed, not alone
    for name in files:
        stem = name.removesuffix(extension)
        if not name.endswith(extension) or stem in known:
            continue
        meant = looks.get(composed(stem), "") + extension
        if meant != extension and meant not in names_there:
            yield naming.caption_alike(folder / name, meant)
        else:
            message = "a caption without media: nothing reads it"
            yield warning("caption-without-media", folder / name, message, "remove it or name it like its media")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or into a disk that does not answer
        return False


def _listed(folder: Path) -> list[str]:
    """The names in `folder`; none where it cannot be listed."""
    try:
        return os.listdir(folder)  # noqa: PTH208  names only
    except OSError:
        return []
