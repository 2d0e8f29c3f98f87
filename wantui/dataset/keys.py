"""The keys that the trainer allows in ``dataset.toml``, and the values that each takes.

Both commits that wantui works with reject unknown keys; a key that only one of them knows is allowed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value."""

    wanted: str
    """What is wanted, for a message: ``a whole number``."""
    accepts: Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, list) and len(value) == 2 and all(map(_is_whole, value)))  # noqa: PLR2004


TEXT = Kind("a text in quotes", lambda value: isinstance(value, str))
WHOLE = Kind("a whole number", _is_whole)
FLOAT = Kind("a number with a decimal point, such as 30.0", lambda value: isinstance(value, float))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
SIZE = Kind("a whole number or [width, height]", _is_size)
WHOLES = Kind("a list of whole numbers", lambda value: isinstance(value, list) and all(map(_is_whole, value)))

GENERAL: dict[str, Kind] = {
    "caption_extension": TEXT,
    "batch_size": WHOLE,
    "num_repeats": WHOLE,
    "resolution": SIZE,
    "enable_bucket": FLAG,
    "bucket_no_upscale": FLAG,
}
"""Allowed in ``[general]`` and in ``[[datasets]]``."""

IMAGE: dict[str, Kind] = {
    **GENERAL,
    "image_directory": TEXT,
    "image_jsonl_file": TEXT,
    "cache_directory": TEXT,
    "control_directory": TEXT,
    # Of other models than WAN, but allowed:
    "multiple_target": FLAG,
    "fp_latent_window_size": WHOLE,
    "fp_1f_clean_indices": WHOLES,
    "fp_1f_target_index": WHOLE,
    "fp_1f_no_post": FLAG,
    "no_resize_control": FLAG,
    "control_resolution": SIZE,
    "flux_kontext_no_resize_control": FLAG,
    "qwen_image_edit_no_resize_control": FLAG,
    "qwen_image_edit_control_resolution": SIZE,
}
"""Allowed in a ``[[datasets]]`` of images."""

VIDEO: dict[str, Kind] = {
    **GENERAL,
    "video_directory": TEXT,
    "video_jsonl_file": TEXT,
    "cache_directory": TEXT,
    "control_directory": TEXT,
    "target_frames": WHOLES,
    "frame_extraction": TEXT,
    "frame_stride": WHOLE,
    "frame_sample": WHOLE,
    "max_frames": WHOLE,
    "source_fps": FLOAT,
    "fp_latent_window_size": WHOLE,
}
"""Allowed in a ``[[datasets]]`` of videos."""

DEFAULTS: dict[str, Any] = {
    "resolution": [960, 544],
    "batch_size": 1,
    "num_repeats": 1,
    "enable_bucket": False,
    "bucket_no_upscale": False,
    "target_frames": [1],
    "frame_extraction": "head",
    "frame_stride": 1,
    "frame_sample": 1,
    "max_frames": 129,
}
"""What the trainer takes for a key that neither the section nor ``[general]`` has."""

IMAGE_SOURCES = ("image_directory", "image_jsonl_file")
VIDEO_SOURCES = ("video_directory", "video_jsonl_file")
