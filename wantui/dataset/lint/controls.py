"""Control media that are missing, wrongly named or not readable: the trainer stops at the first of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.dataset.controls import Controls
from wantui.dataset.errors import MediaError
from wantui.dataset.lint.telling import error, warning
from wantui.dataset.media import has_alpha, image_size
from wantui.dataset.video import frame_rate, video_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.dataset.model import DatasetConfig, Item, Problem, Subset


def check(config: DatasetConfig, subset: Subset, items: Sequence[Item]) -> Iterator[Problem]:
    """The control media of one ``[[datasets]]``."""
    controls = Controls(config, subset, items)
    if not controls.are_wanted:
        return
    yield from _whether_any(config, subset)
    folder, what = subset.control_directory, "control clip" if subset.is_video else "control image"
    if controls.trouble is not None:
        message = f"{folder} cannot be listed ({controls.trouble}): the trainer ends, for it finds no {what}"
        fix = "correct control_directory; a relative path starts at the folder of this file"
        yield error("control-folder-missing", config.path, message, fix, subset.line)
        return
    missing = [item for item in items if not controls.found(item)]
    if len(missing) == len(items) > 1:
        message = f"{folder} has no {what} for any of the {len(items)} items: the trainer ends"
        yield error("control-missing", config.path, message, "name each like its item", subset.line)
        missing = []
    for item in missing:
        yield _missing(item, subset, what)
    for item in items:
        yield from _of_item(controls, item, what)


def _whether_any(config: DatasetConfig, subset: Subset) -> Iterator[Problem]:
    """Whether the trainer can do anything with control media (``encode_and_save_batch``, ``is_fun_control``)."""
    remove = f"remove {'control_directory' if subset.media_directory is not None else 'each control_path'}"
    if not subset.is_video and config.rules.has_image_controls is False:
        message = "this commit of the trainer cannot encode control images: its latents step ends with a TypeError"
        fix = f"{remove}, or take a newer trainer: v0.3.4 can"
        yield error("control-images-unsupported", config.path, message, fix, subset.line)
        return
    if not subset.is_video and config.rules.has_image_controls is None:
        message = "whether this trainer can encode control images cannot be read from its source"
        yield warning("control-images-unknown", config.path, message, f"{remove}, or try with a few", subset.line)
    message = "WAN2.2's t2v-A14B and i2v-A14B train on no control media: they are encoded and then left alone"
    fix = f"{remove}, which saves time and room"
    yield warning("control-unused", config.path, message, fix, subset.line)


def _missing(item: Item, subset: Subset, what: str) -> Problem:
    if item.jsonl_file is not None:
        message = f"{item.media.name} has no control_path, and other lines have: the trainer ends"
        fix = "add control_path to each line or to none"
        return error("control-missing", item.jsonl_file, message, fix, item.jsonl_line)
    message = f"there is no {what} for it in {subset.control_directory}: the trainer ends"
    suffix = item.media.suffix if subset.is_video else ".png"
    return error("control-missing", item.media, message, f"put {item.name}{suffix} there")


def _of_item(controls: Controls, item: Item, what: str) -> Iterator[Problem]:
    for each in controls.found(item):
        if each.order is None:
            message = f"begins like {item.name} and ends in no number: the trainer ends with Invalid digits suffix"
            fix = f"name it {item.name} or {item.name}_0, or move it out of the folder"
            yield error("control-wrong-name", Path(each.path), message, fix)
    for path in controls.of(item)[:1]:
        trouble = _trouble(path, is_video=item.is_video)
        if trouble is None:
            continue
        fix = "replace it, or correct its path"
        if item.jsonl_file is None:
            yield error("unreadable-control", Path(path), f"the {what} {trouble}", fix)
        else:
            message = f"the {what} {path} {trouble}"
            yield error("unreadable-control", item.jsonl_file, message, fix, item.jsonl_line)


def _trouble(path: str, *, is_video: bool) -> str | None:
    """Why the trainer could not encode a control medium, as a clause."""
    try:
        if not is_video:
            image_size(path)
            return "has a channel for transparency, which the trainer cannot encode" if has_alpha(path) else None
        if os.path.isdir(path):  # noqa: PTH112  a text
            video_shape(Path(path))
        else:
            frame_rate(Path(path))
    except MediaError as found:
        return str(found)
    return None
