"""Finds the items of a dataset: media, captions, sizes, and the cache files that the trainer makes of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.buckets import encoding_buckets
from wantui.dataset.cache_names import clip_latents_name, image_latents_name, text_name
from wantui.dataset.captions import not_utf8, trained_text
from wantui.dataset.clips import frames_read, resampled_frames, take_clips
from wantui.dataset.errors import MediaError
from wantui.dataset.jsonl import read_jsonl
from wantui.dataset.lean_paths import unparsed
from wantui.dataset.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, image_size, is_taken
from wantui.dataset.model import LARGEST_CAPTION, Dataset, DatasetConfig, Item, Problem, Severity, Subset
from wantui.dataset.video import video_shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wantui.dataset.buckets import Buckets
    from wantui.dataset.frame_counts import FrameCounts


FIRST_BATCH = 100
"""Items that are told first: more than a screen has lines."""
BATCH = 2000
"""Items that are told at a time after that, and then as many as were told before: each telling is drawn."""

Found = Callable[[tuple[Item, ...]], object]
"""Is told of items as they are found, in the dataset's order, some at a time."""


def scan(config: DatasetConfig, found: Found | None = None, counts: FrameCounts | None = None) -> Dataset:
    """Look at every media and caption file of a dataset.

    An item that cannot be read, or has no caption, is there all the same: `Item.problem` says what is wrong.

    Args:
        config: the dataset's settings.
        found: told of the items before all are known; None: nobody waits for them.
        counts: frames of clips that were counted before; None: they are counted anew where that is needed.
    """
    items: list[Item] = []
    problems: list[Problem] = []
    told = 0
    for subset in config.subsets:
        before = len(items)
        sources, wrong = _sources(config, subset)
        for item in map(_maker(config, subset, counts), sources):
            items.append(item)
            if found is not None and len(items) - told >= (max(BATCH, told) if told else FIRST_BATCH):
                found(tuple(items[told:]))
                told = len(items)
        if len(items) == before and not wrong:
            wrong = [_empty(config, subset)]
        problems += wrong
    if found is not None and told < len(items):
        found(tuple(items[told:]))
    if counts is not None:
        with suppress(OSError):  # a folder that cannot be written to: they are counted again next time
            counts.save()
    return Dataset(config, tuple(items), tuple(problems))


def scan_again(config: DatasetConfig, items: Iterable[Item]) -> tuple[Item, ...]:
    """The same items as their files are now; of a jsonl item the caption stays what it was.

    Args:
        config: the one that the items were found with.
        items: whose files may have changed.
    """
    make = {subset.index: _maker(config, subset, None) for subset in config.subsets}
    found = []
    for item in items:
        caption_file = None if item.caption_file is None else str(item.caption_file)
        source = _Source(str(item.media), caption_file, item.caption, item.jsonl_line, item.jsonl_file)
        found.append(make[item.subset](source))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where an item comes from, before anything is opened."""

    media: str
    caption_file: str | None
    caption: str | None
    """A jsonl item's caption."""
    line: int | None = None
    jsonl: Path | None = None


def _sources(config: DatasetConfig, subset: Subset) -> tuple[Iterable[_Source], list[Problem]]:
    """Where the items of a subset come from, and what is wrong with its folder or jsonl file."""
    if subset.media_directory is not None:
        try:
            names = _media_names(subset, subset.media_directory)
        except OSError as error:
            return [], [_missing_folder(config, subset, error)]
        return _folder_sources(subset, subset.media_directory, names), []
    if subset.jsonl_file is None:
        return [], []
    entries, wrong = read_jsonl(subset.jsonl_file, is_video=subset.is_video)
    base = config.path.parent  # the trainer runs there
    jsonl = subset.jsonl_file
    sources = [_Source(str(base / entry.media), None, entry.caption, entry.line, jsonl) for entry in entries]
    return sources, wrong


def _maker(config: DatasetConfig, subset: Subset, counts: FrameCounts | None) -> Callable[[_Source], Item]:
    """What makes the items of a subset."""
    buckets = encoding_buckets(subset, config.rules)
    if subset.is_video:
        return partial(_video_item, subset, buckets, counts)
    return partial(_image_item, subset, buckets)


def _media_names(subset: Subset, folder: Path) -> list[str]:
    """The media of a folder in the trainer's order, by name; it looks into no folder below."""
    suffixes = VIDEO_SUFFIXES if subset.is_video else IMAGE_SUFFIXES
    return sorted(name for name in os.listdir(folder) if is_taken(name, suffixes))  # noqa: PTH208  names only


def _folder_sources(subset: Subset, folder: Path, names: Iterable[str]) -> Iterator[_Source]:
    for name in names:
        path = os.path.join(folder, name)  # noqa: PTH118  four times as fast as Path for thousands
        yield _Source(path, os.path.splitext(path)[0] + (subset.caption_extension or ""), None)  # noqa: PTH122


def _image_item(subset: Subset, buckets: Buckets, source: _Source) -> Item:
    caption, code, problem = _caption(source)
    name = _stem(source)
    cache = str(subset.cache_directory)
    try:
        (width, height), changed_ns = image_size(source.media)
    except MediaError as error:
        return _unreadable(subset, source, caption, f"the image {error}")
    return Item(
        subset=subset.index,
        name=name,
        media=unparsed(source.media),
        caption_file=unparsed(source.caption_file) if source.caption_file else None,
        caption=caption,
        width=width,
        height=height,
        bucket=buckets.choose(width, height),
        clips=(),
        latent_caches=(_in(cache, image_latents_name(name, width, height)),),
        text_cache=_in(cache, text_name(name)),
        problem=problem,
        problem_code=code,
        media_mtime_ns=changed_ns,
        jsonl_line=source.line,
        jsonl_file=source.jsonl,
    )


def _video_item(subset: Subset, buckets: Buckets, counts: FrameCounts | None, source: _Source) -> Item:
    caption, code, problem = _caption(source)
    name = _stem(source)
    cache = str(subset.cache_directory)
    try:
        shape = video_shape(Path(source.media), counts)
    except MediaError as error:
        return _unreadable(subset, source, caption, f"the video {error}")
    if shape.failure is not None and shape.frames < frames_read(subset):
        failure = f"the video cannot be decoded beyond frame {shape.frames}: {shape.failure}"
        return _unreadable(subset, source, caption, failure)
    bucket = buckets.choose(shape.width, shape.height)
    clips = take_clips(subset, shape.frames)
    return Item(
        subset=subset.index,
        name=name,
        media=unparsed(source.media),
        caption_file=unparsed(source.caption_file) if source.caption_file else None,
        caption=caption,
        width=shape.width,
        height=shape.height,
        bucket=bucket,
        clips=clips,
        latent_caches=tuple(_in(cache, clip_latents_name(name, clip, bucket)) for clip in clips),
        text_cache=_in(cache, text_name(name)),
        problem=problem,
        problem_code=code,
        media_mtime_ns=shape.changed_ns,
        frame_count=resampled_frames(shape.frames, subset.source_fps),
        frames_missing=shape.missing,
        source_fps=subset.source_fps,
        jsonl_line=source.line,
        jsonl_file=source.jsonl,
    )


def _unreadable(subset: Subset, source: _Source, caption: str | None, problem: str) -> Item:
    name = _stem(source)
    return Item(
        subset=subset.index,
        name=name,
        media=unparsed(source.media),
        caption_file=unparsed(source.caption_file) if source.caption_file else None,
        caption=caption,
        width=None,
        height=None,
        bucket=None,
        clips=(),
        latent_caches=(),
        text_cache=_in(str(subset.cache_directory), text_name(name)),
        problem=problem,
        problem_code="unreadable-media",
        frame_count=0 if subset.is_video else None,
        jsonl_line=source.line,
        jsonl_file=source.jsonl,
    )


def _in(folder: str, name: str) -> Path:
    return unparsed(os.path.join(folder, name))  # noqa: PTH118  see `unparsed`


def _stem(source: _Source) -> str:
    return os.path.splitext(os.path.basename(source.media))[0]  # noqa: PTH119, PTH122  as the trainer does


def _caption(source: _Source) -> tuple[str | None, str | None, str | None]:
    """The caption as the trainer reads it; or None, the problem's code, and the problem."""
    if source.caption_file is None:
        return source.caption, None, None
    try:
        return trained_text(reading.read_bytes(source.caption_file, LARGEST_CAPTION)), None, None
    except FileNotFoundError:
        return None, "missing-caption", "there is no caption file"
    except UnicodeDecodeError as error:
        return None, "caption-not-utf8", f"the caption file is {not_utf8(error)}"
    except (reading.NotAFileError, reading.FileTooLargeError) as error:
        code = "not-a-file" if isinstance(error, reading.NotAFileError) else "caption-too-large"
        return None, code, f"the caption file {error.strerror}"
    except OSError as error:
        return None, "unreadable-caption", f"the caption file cannot be read: {error.strerror}"


def _missing_folder(config: DatasetConfig, subset: Subset, error: OSError) -> Problem:
    key = "video_directory" if subset.is_video else "image_directory"
    slashes = ", with / instead of \\" if "\\" in str(subset.media_directory) else ""
    return Problem(
        Severity.ERROR,
        "missing-media-folder",
        config.path,
        f"{subset.media_directory} cannot be listed ({error.strerror}); the trainer would delete every cache in "
        f"{subset.cache_directory}",
        f"correct {key}{slashes}; a relative path starts at the folder of this file",
        subset.line,
    )


def _unread_in(folder: Path | None) -> str:
    """What a folder has in formats that the trainer does not read, as the end of a clause."""
    if folder is None:
        return ""
    from wantui.dataset.unread import summary  # noqa: PLC0415  rarely needed

    try:
        found = summary(os.listdir(folder))  # noqa: PTH208  names only
    except OSError:
        return ""
    return f" that the trainer reads (there are {found})" if found else ""


def _empty(config: DatasetConfig, subset: Subset) -> Problem:
    what = "videos" if subset.is_video else "images"
    unread = _unread_in(subset.media_directory)
    return Problem(
        Severity.ERROR,
        "empty-dataset",
        config.path,
        f"no {what} in {subset.media_directory or subset.jsonl_file}{unread}; "
        f"the trainer would delete every cache in {subset.cache_directory}",
        f"put {what} there or remove the [[datasets]] section",
        subset.line,
    )
