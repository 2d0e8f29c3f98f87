"""Media that the trainer does not read: it passes them by without a word."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wantui.dataset.lint.telling import warning
from wantui.dataset.media import IMAGE_SUFFIXES, PLUGIN_SUFFIXES, VIDEO_SUFFIXES, is_taken
from wantui.dataset.unread import UNREAD_IMAGES, UNREAD_VIDEOS, is_unread, suffix_of, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.dataset.model import Problem, Subset


def check(subset: Subset) -> Iterator[Problem]:
    """Files in a media folder, of formats that are not read, and of which there is no copy in one that is."""
    folder = subset.media_directory
    if folder is None:
        return
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208  names only
    except OSError:
        return  # told by the scan
    taken = VIDEO_SUFFIXES if subset.is_video else IMAGE_SUFFIXES
    stems = {name.rpartition(".")[0] for name in names if is_taken(name, taken)}
    for name in filter(is_unread, names):
        suffix, path = suffix_of(name), folder / name
        if name.rpartition(".")[0] in stems or path.is_dir():
            continue
        if suffix in PLUGIN_SUFFIXES:
            if not subset.is_video:
                message = f"only trainers with a plugin for .{suffix} read it; it is left out here"
                yield warning("plugin-suffix", path, message, "convert it to png")
            continue
        message = f"the trainer does not read .{suffix}: it is left out without a word"
        if suffix not in (UNREAD_VIDEOS if subset.is_video else UNREAD_IMAGES):
            what = "clips" if subset.is_video else "images"
            yield warning("unread-format", path, message, f"move it away: this is a folder of {what}")
            continue
        target = target_of(path, is_video=subset.is_video)
        yield warning("unread-format", path, message, _fix(suffix, None if target is None else target.suffix))


def _fix(suffix: str, target: str | None) -> str:
    if target is not None:
        return f"make a copy as {target} (`wantui fix unread-format --yes`)"
    if suffix in {"heic", "heif", "hif"}:
        return "convert it with `heif-convert` (of libheif-examples), or have the phone save JPEG"
    return "convert it with another program"
