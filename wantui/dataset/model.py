"""The values of the dataset room: a dataset's settings, its items, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.dataset.lean_paths import as_text, paths_as_text
from wantui.errors import BadInputError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.reading import NotAFileError


LARGEST_CAPTION = 1 << 20
"""Bytes of a caption file; the text encoder takes 512 tokens, which are a few KiB."""


class DatasetError(BadInputError):
    """A dataset that cannot be read; the message names the file, the line where known, and the fix."""


class Severity(StrEnum):
    """How bad a problem is: training refuses errors and shows warnings."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the trainer would do wrong, most often in silence."""

    severity: Severity
    code: str
    """Stable and hyphenated, e.g. ``missing-caption``: scripts match it."""
    path: Path
    """The file that the problem is in."""
    message: str
    """What is wrong, as a sentence without a final stop."""
    fix: str
    """What to do about it, as an imperative sentence without a final stop."""
    line: int | None = None
    """Line in `path`, from 1, where it is a text file and the line is known."""


def not_a_file(path: Path, error: NotAFileError) -> Problem:
    """What lies where a file is wanted and is none."""
    return Problem(Severity.ERROR, "not-a-file", path, str(error.strerror), "move it away, or put the file there")


@dataclass(frozen=True, slots=True)
class Subset:
    """One ``[[datasets]]`` section with everything it inherits from ``[general]`` and the defaults."""

    index: int
    """Position among the ``[[datasets]]``, from 0, as the trainer's log numbers them."""
    is_video: bool
    media_directory: Path | None
    """``image_directory`` or ``video_directory``."""
    jsonl_file: Path | None
    """``image_jsonl_file`` or ``video_jsonl_file``; exactly one of the two sources is set."""
    cache_directory: Path
    """``cache_directory``, else the media folder."""
    caption_extension: str | None
    resolution: tuple[int, int]
    """Width and height whose product is the area of a bucket, in pixels."""
    batch_size: int
    num_repeats: int
    enable_bucket: bool
    bucket_no_upscale: bool
    control_directory: Path | None = None
    target_frames: tuple[int, ...] = (1,)
    """Video: clip lengths in frames, each already floored to 4n+1, ascending, without duplicates."""
    frame_extraction: str = "head"
    """Video: ``head``, ``chunk``, ``slide``, ``uniform`` or ``full``."""
    frame_stride: int = 1
    frame_sample: int = 1
    max_frames: int = 129
    source_fps: float | None = None
    """Video: frames per second of the source, for resampling to the trainer's 16; None: no resampling."""
    target_frames_written: tuple[int, ...] = ()
    """Video: ``target_frames`` as the file has them, before the trainer floors them."""
    line: int | None = None
    """Line of its ``[[datasets]]`` in the file, from 1, where known."""


@dataclass(frozen=True, slots=True)
class MediaRules:
    """What versions of the trainer do differently with media; the defaults are those of v0.3.4."""

    clips_obey_buckets: bool | None = False
    """Whether clips are encoded by ``enable_bucket`` and ``bucket_no_upscale``, as images are; else they are always
    put into buckets and enlarged. None: the trainer's source does not tell; it is taken not to be so."""
    has_image_controls: bool | None = True
    """Whether control images can be encoded; None: the trainer's source does not tell."""


@dataclass(frozen=True, slots=True)
class DatasetConfig:
    """A ``dataset.toml`` (or ``.json``) as the trainer reads it."""

    path: Path
    subsets: tuple[Subset, ...]
    rules: MediaRules = MediaRules()
    """Of the trainer at hand."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One stretch of frames of a video that becomes one latent cache file."""

    start: int
    """First frame, from 0, after resampling to the trainer's frame rate."""
    frames: int
    """Length in frames, 4n+1."""


@paths_as_text("media", "caption_file", "latent_caches", "text_cache")
@dataclass(frozen=True, slots=True)
class Item:
    """One image or video with its caption and the cache files that the trainer makes of it."""

    subset: int
    """Index of its `Subset`."""
    name: str
    """File name without its suffix: the stem of its cache files."""
    media: Path
    caption_file: Path | None
    """Where the caption is read from; None for a jsonl item, whose caption is in the jsonl."""
    caption: str | None
    """The caption as the trainer reads it (stripped); None where there is none or it cannot be read."""
    width: int | None
    """Original size in pixels as the trainer sees it; None where the media cannot be read."""
    height: int | None
    bucket: tuple[int, int] | None
    """Width and height in pixels that it is encoded at."""
    clips: tuple[Clip, ...]
    """Video: the clips taken, empty when it is too short for every target. Image: empty."""
    latent_caches: tuple[Path, ...]
    """The latent cache files expected: one for an image, one a clip for a video."""
    text_cache: Path
    problem: str | None = None
    """Why the media or the caption cannot be read, as a sentence; None when both can."""
    problem_code: str | None = None
    """The `Problem.code` of `problem`."""
    media_mtime_ns: int = 0
    """Modification time of the media file in nanoseconds since 1970; 0 when missing."""
    frame_count: int | None = None
    """Video: frames after resampling; image: None."""
    frames_missing: int = 0
    """Video: frames that the file lists and that are not there or cannot be decoded."""
    source_fps: float | None = None
    """Video: frames per second that it is resampled from; None: it is not resampled, or is an image."""
    jsonl_line: int | None = None
    """Line in the jsonl file, from 1; None for an item found in a folder."""
    jsonl_file: Path | None = None
    """The jsonl file that it is listed in; None for an item found in a folder."""

    @property
    def is_video(self) -> bool:
        """Whether the item is a video."""
        return self.frame_count is not None

    @property
    def key(self) -> str:
        """`media` as text: what tells an item from all others."""
        return str(as_text(self, "media"))


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything that a ``dataset.toml`` leads to."""

    config: DatasetConfig
    items: tuple[Item, ...]
    """By subset, and within one in the trainer's order."""
    problems: tuple[Problem, ...] = ()
    """What was wrong with folders and jsonl files; what is wrong with an item is told by `Item.problem`."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Items of one subset that are trained at one size."""

    width: int
    height: int
    frames: int
    """Pixel frames: 1 for images."""
    items: int
    """Items after repeats, as the trainer's log counts them."""
    batches: int


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What a training will do with a dataset."""

    buckets: tuple[Bucket, ...]
    batches_per_epoch: int
    steps_per_epoch: int
    """Optimizer steps an epoch: ceil(batches / gradient accumulation steps)."""
    steps: int
    """Optimizer steps in all."""
