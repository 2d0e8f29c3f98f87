"""Settings that the trainer takes and that do not do what was meant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wantui.dataset.clips import TARGET_FPS
from wantui.dataset.lint.telling import error, warning
from wantui.dataset.media import MediaError
from wantui.dataset.video import video_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wantui.dataset.model import Dataset, Item, Problem, Subset

_LATENT_PIXELS = 8
_FPS_SLACK = 0.05
"""Part by which rates may differ: 23.976 is 24, and 15.985 is 16."""


def check(file: Path, subset: Subset, items: Sequence[Item]) -> Iterator[Problem]:
    """The settings of one ``[[datasets]]``.

    Args:
        file: the ``dataset.toml``.
        subset: its section.
        items: those of the section.
    """
    yield from _resolution(file, subset)
    yield from _caption_extension(file, subset)
    if subset.is_video:
        yield from _target_frames(file, subset)
        yield from _frame_rates(file, subset, items)
        yield from _sizes(file, subset, items)


def check_any_item(dataset: Dataset) -> Iterator[Problem]:
    """Items there are, but none that training could use: it ends with "No training items found in the dataset"."""
    usable = any(item.latent_caches and item.caption is not None for item in dataset.items)
    repeated = any(subset.num_repeats for subset in dataset.config.subsets)
    if dataset.items and not (usable and repeated):
        yield error(
            "nothing-to-train",
            dataset.config.path,
            "no item has media that can be read, a caption and, for videos, enough frames",
            "mend the items" if repeated else "set num_repeats = 1",
        )


def _target_frames(file: Path, subset: Subset) -> Iterator[Problem]:
    """The trainer floors lengths to 4n+1 (`VideoDataset.__init__`), since the VAE packs four frames into one."""
    if subset.target_frames_written != subset.target_frames:
        written = ", ".join(map(str, subset.target_frames_written))
        used = ", ".join(map(str, subset.target_frames))
        yield warning(
            "target-frames-rounded",
            file,
            f"target_frames {written} are used as {used}: lengths are floored to 4n+1",
            f"write target_frames = [{used}]",
            subset.line,
        )


def _resolution(file: Path, subset: Subset) -> Iterator[Problem]:
    """The patches of the model are two latents wide, so an odd number of latents a side fails at once."""
    width, height = subset.resolution
    odd = [side for side in (width, height) if side // _LATENT_PIXELS % 2]
    if odd and not subset.enable_bucket and not subset.is_video:
        yield error(
            "odd-resolution",
            file,
            f"without buckets {width}x{height} gives latents of an odd size, which training fails on",
            "set enable_bucket = true, or make both sides multiples of 16",
            subset.line,
        )


def _caption_extension(file: Path, subset: Subset) -> Iterator[Problem]:
    """Newer trainers look for captions by the name before the last dot (`ImageDirectoryDatasource`)."""
    extension = subset.caption_extension
    if subset.media_directory is not None and not subset.is_video and extension and extension.rfind("."):
        yield warning(
            "caption-extension-ignored",
            file,
            f"newer trainers go by the name before a caption's last dot, and with {extension} ignore every image",
            'name the caption files like their images and set caption_extension = ".txt"',
            subset.line,
        )


def _sizes(file: Path, subset: Subset, items: Sequence[Item]) -> Iterator[Problem]:
    """Clips are encoded by bucket whatever the file says, and without buckets all of them share a batch."""
    sizes = {item.bucket for item in items if item.clips}
    if not subset.enable_bucket and subset.batch_size > 1 and len(sizes) > 1:
        yield error(
            "unbucketed-videos",
            file,
            f"without buckets batches mix clips of {len(sizes)} sizes, which training fails on",
            "set enable_bucket = true or batch_size = 1",
            subset.line,
        )


def frame_rates(items: Sequence[Item]) -> Counter[float]:
    """How many clips have each frame rate, rounded to thousandths; those that tell none are left out."""
    counted: Counter[float] = Counter()
    for item in items:
        if item.width is None:
            continue
        try:
            fps = video_shape(item.media).fps
        except MediaError:
            continue  # gone since the scan
        if fps:
            counted[round(fps, 3)] += 1
    return counted


def _frame_rates(file: Path, subset: Subset, items: Sequence[Item]) -> Iterator[Problem]:
    """Without ``source_fps`` frames are taken as they are (`load_video`), while WAN takes them for 16 a second."""
    wanted = subset.source_fps or TARGET_FPS
    others = {fps: count for fps, count in frame_rates(items).items() if abs(fps - wanted) > _FPS_SLACK * wanted}
    if not others:
        return
    count, clips = sum(others.values()), f"of {len(items)} clips" if len(items) > 1 else "clip"
    rates = ", ".join(f"{fps:g}" for fps in sorted(others))
    line = subset.line
    if subset.source_fps is not None:
        message = f"source_fps is {wanted:g}, but {count} {clips} have {rates} frames a second: their speed is wrong"
        yield warning("source-fps-wrong", file, message, "put clips of one rate in one section", line)
        return
    message = f"{count} {clips} have {rates} frames a second and are trained as if they had 16: their speed is wrong"
    cure = f"set source_fps = {float(next(iter(others)))!r}"
    several = "put clips of one rate in one section, each with its source_fps"
    yield warning("source-fps-missing", file, message, cure if len(others) == 1 else several, line)
