"""The keys of a section as the form shows them: what each has, or what it inherits and from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui.dataset.dataset_file import is_video, value_of
from wantui.dataset.keys import DEFAULTS, GENERAL, IMAGE, VIDEO

if TYPE_CHECKING:
    from wantui.dataset.dataset_file import DatasetFile, Section

IMAGE_KEYS = ("image_directory", "image_jsonl_file", "cache_directory", "control_directory")
VIDEO_KEYS = (
    "video_directory", "video_jsonl_file", "cache_directory", "control_directory", "target_frames",
    "frame_extraction", "frame_stride", "frame_sample", "max_frames", "source_fps",
)  # fmt: skip
"""What WAN uses; keys of other models are shown where the file has them."""
SIZES = ("resolution", "control_resolution", "qwen_image_edit_control_resolution")
WANTED = {
    "image_directory": "folder of images",
    "image_jsonl_file": "or a list with captions",
    "video_directory": "folder of clips",
    "video_jsonl_file": "or a list with captions",
    "cache_directory": "for this entry only",
    "control_directory": "control media, same names",
    "caption_extension": 'with its dot: ".txt"',
    "resolution": "width x height, the area of a bucket",
    "num_repeats": "times an epoch",
    "enable_bucket": "true: keep aspect ratios",
    "bucket_no_upscale": "true: never enlarge",
    "target_frames": "lengths of clips, 4n+1",
    "frame_extraction": "head chunk slide uniform full",
    "frame_stride": "frames between slides",
    "frame_sample": "clips of uniform",
    "max_frames": "most frames of full",
    "source_fps": "of the clips; the trainer has 16",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One key."""

    key: str
    text: str
    """What the section has, as a person types it; empty where it has nothing."""
    inherited: str
    """What counts where it has nothing."""
    note: str
    """Where that is from; else what is wanted."""


def section_names(file: DatasetFile) -> tuple[str, ...]:
    """``general``, then the sections by number and kind."""
    kinds = ("clips" if is_video(section) else "images" for section in file.sections)
    return ("general", *(f"{number} {kind}" for number, kind in enumerate(kinds, 1)))


def fields_of(file: DatasetFile, section: Section) -> list[Field]:
    """The keys of a section, the most wanted first."""
    general = file.general
    if section is None:
        return [_field(key, general, {}) for key in _keys((), general)]
    own = file.sections[section]
    first = VIDEO_KEYS if is_video(own) else IMAGE_KEYS
    known = VIDEO if is_video(own) else IMAGE
    return [_field(key, own, general) for key in _keys(first, own) if key in known]


def shown(key: str, value: Any) -> str:
    """A value as a person types it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ("x" if key in SIZES else ", ").join(map(str, value))
    return str(value)


def typed(file: DatasetFile, section: Section, key: str, text: str) -> DatasetFile:
    """The file with what has been typed for a key; nothing typed removes it, and what is there already stays.

    Raises:
        DatasetFileError: it is written in a way that only a person can change.
    """
    own = file.general if section is None else file.sections[section]
    if not text.strip():
        return file.unset(section, key) if key in own else file
    value = value_of({**IMAGE, **VIDEO}[key], text)
    is_same = key in own and own[key] == value and type(own[key]) is type(value)
    return file if is_same else file.set(section, key, value)


def _keys(first: tuple[str, ...], own: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys([*first, *GENERAL, *(key for key in own if key in IMAGE or key in VIDEO)]))


def _field(key: str, own: dict[str, Any], general: dict[str, Any]) -> Field:
    wanted = WANTED.get(key, "")
    if key in own:
        return Field(key, shown(key, own[key]), "", wanted)
    if key in general:
        return Field(key, "", shown(key, general[key]), "from [general]")
    if key in DEFAULTS:
        return Field(key, "", shown(key, DEFAULTS[key]), f"default {wanted and '· ' + wanted}".rstrip())
    return Field(key, "", "", wanted)
