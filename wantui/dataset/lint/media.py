"""Media that fail, that are left out, or of which little is left when they are trained on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wantui.dataset.crop import crop_to
from wantui.dataset.lean_paths import as_text
from wantui.dataset.lint.telling import error, warning
from wantui.dataset.media import is_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wantui.dataset.elsewhere import Found
    from wantui.dataset.model import Item, Problem

MOST_UPSCALED = 2.0
"""Beyond this factor most of what is trained on is made up by the trainer's interpolation."""

_LONGEST_NAME = 255
_FIXES = {
    "unreadable-media": "replace or remove the file",
    "missing-caption": "write its caption",
    "caption-not-utf8": "save it as UTF-8",
    "unreadable-caption": "make it readable",
    "not-a-file": "move it away and write its caption",
    "caption-too-large": "move it away and write its caption: 512 tokens are read at most",
}
"""What to do about an item, by `Item.problem_code`."""


def check_names(items: Sequence[Item]) -> Iterator[Problem]:
    """Names that lead to no cache file, or to one that another item has."""
    first_of: dict[str, Item] = {}
    for item in items:
        first = first_of.setdefault(item.name, item)
        if first is not item:
            yield error(
                "duplicate-stem",
                item.media,
                f"{first.media.name} has the same name but for suffix or folder: their caches overwrite each other",
                "rename one of the two, and its caption",
            )
        yield from _long_name(item)


def check(item: Item, elsewhere: Found | None = None) -> Iterator[Problem]:
    """One item's media, and whatever the scan found it lacking.

    Args:
        item: which.
        elsewhere: where its caption may be, where it lacks one.
    """
    if elsewhere is not None and item.caption_file is not None:
        yield _caption_elsewhere(item.caption_file, elsewhere)
    elif item.problem is not None and item.problem_code is not None:
        in_media = item.problem_code == "unreadable-media"
        path = item.media if in_media else item.caption_file or item.media
        yield error(item.problem_code, path, item.problem, _FIXES[item.problem_code])
    if item.width is None or item.height is None or item.bucket is None:
        return
    if all(item.bucket):
        yield from _upscaled(item, (item.width, item.height), item.bucket)
    else:
        message = f"{item.width}x{item.height} is too small: without upscaling nothing is left of it"
        yield error("media-too-small", item.media, message, "remove it or set bucket_no_upscale = false")
    if item.is_video:
        yield from _short(item)
        yield from _incomplete(item)
    else:
        yield from _truncated(item)


def _caption_elsewhere(wanted: Path, found: Found) -> Problem:
    """Captions are looked for beside the media, as their name without suffix and ``caption_extension``."""
    file = found.file if found.file.parent != wanted.parent else found.file.name
    message = f"there is no caption file of this name, but there is {file}"
    fix = f"rename that to {wanted.name}" if isinstance(file, str) else f"move that to {wanted}"
    if found.extension is not None:
        fix = f'set caption_extension = "{found.extension}", with which every caption is found'
    return error("missing-caption", wanted, message, fix)


def _upscaled(item: Item, size: tuple[int, int], bucket: tuple[int, int]) -> Iterator[Problem]:
    """The trainer fills the bucket whatever the size of the media (`resize_image_to_bucket`)."""
    scale = crop_to(size, bucket).scale
    if scale > MOST_UPSCALED:
        message = f"{size[0]}x{size[1]} is upscaled {scale:.1f} times to fill {bucket[0]}x{bucket[1]}"
        yield warning("upscaled", item.media, message, "replace it by a larger one, or set bucket_no_upscale = true")


def _short(item: Item) -> Iterator[Problem]:
    """The trainer takes a clip for each target that the video is long enough for, and says nothing of the others."""
    if not item.clips:
        message = f"its {item.frame_count} frames are too few for every target: it is left out without a word"
        yield error("clip-too-short", item.media, message, "add a smaller number to target_frames, or remove it")


def _incomplete(item: Item) -> Iterator[Problem]:
    """A download that broke off, or damage that the decoder gets over: the trainer trains on what there is."""
    if item.frames_missing:
        message = f"{item.frames_missing} frames that it lists are missing or damaged: it is trained on without them"
        yield warning("clip-incomplete", item.media, message, "fetch it again, or cut it to what is there")


def _truncated(item: Item) -> Iterator[Problem]:
    """Pillow, which the trainer opens images with, fails on a file that ends too early, and with it the run."""
    try:
        whole = is_whole(as_text(item, "media"))
    except OSError:
        whole = False  # gone or locked since the scan
    if not whole:
        yield error("truncated-media", item.media, "the image ends too early", "replace or remove the file")


def _long_name(item: Item) -> Iterator[Problem]:
    """Cache names are longer than the media's; a file system takes 255 bytes (`path_resolution(7)`)."""
    paths = (*as_text(item, "latent_caches"), as_text(item, "text_cache"))
    if max(len(os.fsencode(path.rpartition("/")[2])) for path in paths) > _LONGEST_NAME:
        yield error("name-too-long", item.media, "the names of its cache files would be too long", "shorten its name")
