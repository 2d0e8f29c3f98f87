"""What is wrong with a dataset: what the trainer would fail on, and what it would do wrong without a word.

An error means that a run fails, or loses or spoils items or caches; a warning that the result may not be what was
meant. The codes are stable: scripts match them.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from itertools import chain
from typing import TYPE_CHECKING

from wantui.dataset.cache_names import LATENTS_ENDING, latents_stem
from wantui.dataset.media import (
    IMAGE_SUFFIXES,
    PLUGIN_SUFFIXES,
    VIDEO_SUFFIXES,
    is_taken,
    is_whole,
)
from wantui.dataset.model import Dataset, Item, Problem, Severity, Subset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LATENT_PIXELS = 8
_LONGEST_NAME = 255
_FIXES = {
    "unreadable-media": "replace or remove the file",
    "missing-caption": "write its caption",
    "caption-not-utf8": "save it as UTF-8",
    "unreadable-caption": "make it readable",
}
"""What to do about an item, by `Item.problem_code`."""


def lint(dataset: Dataset, *, output_directory: Path | None = None) -> tuple[Problem, ...]:
    """Everything that is wrong with `dataset`, its settings first, then by item.

    Args:
        dataset: freshly scanned.
        output_directory: where the LoRA files go, if that is known; no cache folder may be the same.
    """
    items_of: dict[int, list[Item]] = {subset.index: [] for subset in dataset.config.subsets}
    for item in dataset.items:
        items_of[item.subset].append(item)
    file = dataset.config.path
    of_subsets = (
        chain(
            _settings(file, subset),
            _cache_folder(file, subset, output_directory),
            _media_folder(subset),
            _unbucketed_videos(file, subset, items_of[subset.index]),
            _duplicate_stems(items_of[subset.index]),
            _long_names(items_of[subset.index]),
        )
        for subset in dataset.config.subsets
    )
    return (
        *dataset.problems,
        *_shared_cache_folders(dataset),
        *chain.from_iterable(of_subsets),
        *_nothing_to_train(dataset),
        *chain.from_iterable(map(_item, dataset.items)),
    )


def _error(code: str, path: Path, message: str, fix: str, line: int | None = None) -> Problem:
    return Problem(Severity.ERROR, code, path, message, fix, line)


def _warning(code: str, path: Path, message: str, fix: str, line: int | None = None) -> Problem:
    return Problem(Severity.WARNING, code, path, message, fix, line)


def _settings(file: Path, subset: Subset) -> Iterator[Problem]:
    if subset.is_video and subset.target_frames_written != subset.target_frames:
        written = ", ".join(map(str, subset.target_frames_written))
        used = ", ".join(map(str, subset.target_frames))
        yield _warning(
            "target-frames-rounded",
            file,
            f"target_frames {written} are used as {used}: lengths are floored to 4n+1",
            f"write target_frames = [{used}]",
            subset.line,
        )
    width, height = subset.resolution
    odd = [side for side in (width, height) if side // _LATENT_PIXELS % 2]
    if odd and not subset.enable_bucket and not subset.is_video:
        yield _error(
            "odd-resolution",
            file,
            f"without buckets {width}x{height} gives latents of an odd size, which training fails on",
            "set enable_bucket = true, or make both sides multiples of 16",
            subset.line,
        )
    extension = subset.caption_extension
    if subset.media_directory is not None and not subset.is_video and extension and extension.rfind("."):
        yield _warning(
            "caption-extension-ignored",
            file,
            f"newer trainers go by the name before a caption's last dot, and with {extension} ignore every image",
            'name the caption files like their images and set caption_extension = ".txt"',
            subset.line,
        )


def _cache_folder(file: Path, subset: Subset, output_directory: Path | None) -> Iterator[Problem]:
    folder = subset.cache_directory
    if not all(fnmatchcase(part, part) for part in folder.parts):
        yield _error(
            "cache-folder-pattern",
            file,
            f"the trainer takes the brackets in {folder} for a pattern and finds no cache there",
            "choose a cache_directory without [ and ]",
            subset.line,
        )
    if output_directory is not None and os.path.realpath(folder) == os.path.realpath(output_directory):
        yield _error(
            "cache-in-output",
            file,
            f"{folder} is the output folder too; the trainer deletes what it takes for old caches there",
            "choose another cache_directory",
            subset.line,
        )
    for name in sorted(_listed(folder)):
        is_latents = name.endswith(LATENTS_ENDING) and not name.startswith(".")
        if is_latents and latents_stem(name, is_video=subset.is_video) is None:
            yield _error(
                "foreign-cache-files",
                folder / name,
                "not a cache, but named like one: the trainer would delete it",
                "move it out of the cache folder or rename it",
            )


def _media_folder(subset: Subset) -> Iterator[Problem]:
    """Files and folders that look like media and are ignored."""
    folder = subset.media_directory
    if folder is None:
        return
    suffixes = VIDEO_SUFFIXES if subset.is_video else IMAGE_SUFFIXES
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return  # told by the scan
    for entry in entries:
        suffix = entry.name.rpartition(".")[2].lower()
        path = folder / entry.name
        if entry.name.startswith(".") or is_taken(entry.name, suffixes):
            continue
        if entry.is_dir():
            count = sum(1 for name in _listed(path) if is_taken(name, suffixes))
            if count:
                yield _warning(
                    "nested-folder-ignored",
                    path,
                    f"the trainer looks into no folder below: {count} media files in it are ignored",
                    "move them up or give the folder a [[datasets]] section of its own",
                )
        elif suffix in suffixes:
            fix = "write its suffix in small letters"
            yield _warning("mixed-case-suffix", path, "ignored by the trainer because of its suffix", fix)
        elif suffix in PLUGIN_SUFFIXES and not subset.is_video:
            message = f"only trainers with a plugin for .{suffix} read it; it is left out here"
            yield _warning("plugin-suffix", path, message, "convert it to png")


def _unbucketed_videos(file: Path, subset: Subset, items: list[Item]) -> Iterator[Problem]:
    sizes = {item.bucket for item in items if item.clips}
    if subset.is_video and not subset.enable_bucket and subset.batch_size > 1 and len(sizes) > 1:
        yield _error(
            "unbucketed-videos",
            file,
            f"without buckets batches mix clips of {len(sizes)} sizes, which training fails on",
            "set enable_bucket = true or batch_size = 1",
            subset.line,
        )


def _duplicate_stems(items: list[Item]) -> Iterator[Problem]:
    first_of: dict[str, Item] = {}
    for item in items:
        first = first_of.setdefault(item.name, item)
        if first is not item:
            yield _error(
                "duplicate-stem",
                item.media,
                f"{first.media.name} has the same name but for suffix or folder: their caches overwrite each other",
                "rename one of the two, and its caption",
            )


def _shared_cache_folders(dataset: Dataset) -> Iterator[Problem]:
    """Cache folders that are one by a link; those with one name are refused when the file is read."""
    first_of: dict[str, Subset] = {}
    for subset in dataset.config.subsets:
        first = first_of.setdefault(os.path.realpath(subset.cache_directory), subset)
        if first is not subset:
            yield _error(
                "shared-cache-folder",
                dataset.config.path,
                f"{first.cache_directory} and {subset.cache_directory} are one folder: "
                f"each of the two datasets deletes the other's caches",
                "give each a cache_directory of its own",
                subset.line,
            )


def _nothing_to_train(dataset: Dataset) -> Iterator[Problem]:
    """Items there are, but none that training could use."""
    usable = any(item.latent_caches and item.caption is not None for item in dataset.items)
    repeated = any(subset.num_repeats for subset in dataset.config.subsets)
    if dataset.items and not (usable and repeated):
        yield _error(
            "nothing-to-train",
            dataset.config.path,
            "no item has media that can be read, a caption and, for videos, enough frames",
            "mend the items" if repeated else "set num_repeats = 1",
        )


def _long_names(items: list[Item]) -> Iterator[Problem]:
    """Cache names are longer than the media's; a file system takes 255 bytes (`path_resolution(7)`)."""
    for item in items:
        names = [path.name for path in (*item.latent_caches, item.text_cache)]
        if max(len(os.fsencode(name)) for name in names) > _LONGEST_NAME:
            yield _error(
                "name-too-long", item.media, "the names of its cache files would be too long", "shorten its name"
            )


def _item(item: Item) -> Iterator[Problem]:
    if item.problem is not None and item.problem_code is not None:
        in_media = item.problem_code == "unreadable-media"
        path = item.media if in_media else item.caption_file or item.media
        yield _error(item.problem_code, path, item.problem, _FIXES[item.problem_code])
    if item.width is not None:
        yield from _media(item)
    yield from _caption(item)


def _media(item: Item) -> Iterator[Problem]:
    if item.bucket is not None and not all(item.bucket):
        message = f"{item.width}x{item.height} is too small: without upscaling nothing is left of it"
        yield _error("media-too-small", item.media, message, "remove it or set bucket_no_upscale = false")
    if item.is_video:
        if not item.clips:
            message = f"its {item.frame_count} frames are too few for every target: it is left out without a word"
            yield _warning("clip-too-short", item.media, message, "add a smaller number to target_frames")
        return
    try:
        whole = is_whole(item.media)
    except OSError:
        whole = False  # gone or locked since the scan
    if not whole:
        yield _error("truncated-media", item.media, "the image ends too early", "replace or remove the file")


def _caption(item: Item) -> Iterator[Problem]:
    path = item.caption_file or item.media
    if item.caption is None and item.problem_code == "unreadable-media":
        yield _error("missing-caption", path, "there is no caption that can be read", "write its caption")
    elif item.caption == "":
        yield _warning("empty-caption", path, "the caption is empty", "write something")
    elif item.caption is not None and item.caption.startswith("\ufeff"):
        message = "starts with a byte order mark, which the text encoder gets to see"
        yield _warning("caption-byte-order-mark", path, message, "save it as UTF-8 without one")


def _listed(folder: Path) -> list[str]:
    """The names in `folder`; none where it cannot be listed."""
    try:
        return os.listdir(folder)  # noqa: PTH208  names only
    except OSError:
        return []
