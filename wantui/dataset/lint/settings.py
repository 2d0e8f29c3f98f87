"""Settings that the trainer takes and that do not do what was meant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wantui.dataset.clips import TARGET_FPS
from wantui.dataset.errors import MediaError
from wantui.dataset.lint.telling import error, warning
from wantui.dataset.video import frame_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wantui.dataset.model import Dataset, DatasetConfig, Item, MediaRules, Problem, Subset

_LATENT_PIXELS = 8
_FPS_SLACK = 0.05
"""Part by which rates may differ: 23.976 is 24, and 15.985 is 16."""


def check(config: DatasetConfig, subset: Subset, items: Sequence[Item]) -> Iterator[Problem]:
    """The settings of one ``[[datasets]]``.

    Args:
        config: the whole file's.
        subset: its section.
        items: those of the section.
    """
    file, rules = config.path, config.rules
    yield from _resolution(file, subset, rules)
    yield from _caption_extension(file, subset)
    if subset.is_video:
        yield from _target_frames(file, subset)
        yield from _frame_rates(file, subset, items)
        yield from _sizes(file, subset, items, rules)
        yield from _unknown_buckets(file, subset, rules)


def check_any_item(dataset: Dataset) -> Iterator[Problem]:
    """Items there are, but none that training could use: it ends with "No training items found in the dataset"."""
    usable = any(item.latent_caches and item.caption is not None for item in dataset.items)
    repeated = any(subset.num_repeats for subset in dataset.config.subsets)
    if dataset.items and not (usable and repeated):
        yield error(
            "nothing-to-train",
            dataset.config.path,
            "no item has media that can be read, a caption and, for videos, enough frames",
            "fix the items" if repeated else "set num_repeats = 1",
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


def _resolution(file: Path, subset: Subset, rules: MediaRules) -> Iterator[Problem]:
    """The patches of the model are two latents wide, so an odd number of latents a side fails at once."""
    width, height = subset.resolution
    odd = [side for side in (width, height) if side // _LATENT_PIXELS % 2]
    if odd and not subset.enable_bucket and (rules.clips_obey_buckets or not subset.is_video):
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


def _sizes(file: Path, subset: Subset, items: Sequence[Item], rules: MediaRules) -> Iterator[Problem]:
    """Until v0.3.4 clips are encoded by bucket whatever the file says, and without buckets all share a batch."""
    if rules.clips_obey_buckets:
        return
    sizes = {item.bucket for item in items if item.clips}
    if not subset.enable_bucket and subset.batch_size > 1 and len(sizes) > 1:
        yield error(
            "unbucketed-videos",
            file,
            f"without buckets batches mix clips of {len(sizes)} sizes, which training fails on",
            "set enable_bucket = true or batch_size = 1",
            subset.line,
        )


def _unknown_buckets(file: Path, subset: Subset, rules: MediaRules) -> Iterator[Problem]:
    """Whether clips obey the settings for buckets differs between versions of the trainer."""
    matters = not subset.enable_bucket or subset.bucket_no_upscale
    if rules.clips_obey_buckets is None and matters:
        yield warning(
            "clip-buckets-unknown",
            file,
            "whether this trainer encodes clips by enable_bucket and bucket_no_upscale cannot be read from its "
            "source; the plan assumes that it puts them into buckets and enlarges them all the same",
            "set enable_bucket = true and bucket_no_upscale = false, with which it makes no difference",
            subset.line,
        )


def frame_rates(items: Sequence[Item]) -> Counter[float]:
    """How many clips have each frame rate; 29.97 beside 30 is one rate, and the more frequent one is named.

    Rates are rounded to thousandths; clips that tell none are left out.
    """
    told: Counter[float] = Counter()
    for item in items:
        if item.width is None:
            continue
        try:
            fps = frame_rate(item.media)
        except MediaError:
            continue  # gone since the scan
        if fps:
            told[round(fps, 3)] += 1
    rates: Counter[float] = Counter()
    for fps, count in told.most_common():
        same = next((known for known in rates if _is_same(fps, known)), fps)
        rates[same] += count
    return rates


def _is_same(fps: float, other: float) -> bool:
    return abs(fps - other) <= _FPS_SLACK * other


def _frame_rates(file: Path, subset: Subset, items: Sequence[Item]) -> Iterator[Problem]:
    """Without ``source_fps`` frames are taken as they are (`load_video`), while WAN takes them for 16 a second."""
    wanted, rates = subset.source_fps or TARGET_FPS, frame_rates(items)
    others = {fps: count for fps, count in rates.items() if not _is_same(fps, wanted)}
    if not others:
        return
    count, clips = sum(others.values()), f"of {len(items)} clips" if len(items) > 1 else "clip"
    named = ", ".join(f"{fps:g}" for fps in sorted(others))
    cure = "put clips of one rate in one section, each with its source_fps"
    if len(rates) == 1:
        cure = f"set source_fps = {float(next(iter(rates)))!r}"
    if subset.source_fps is not None:
        message = f"source_fps is {wanted:g}, but {count} {clips} have {named} frames a second: their speed is wrong"
        yield warning("source-fps-wrong", file, message, cure, subset.line)
        return
    message = f"{count} {clips} have {named} frames a second and are trained as if they had 16: their speed is wrong"
    yield warning("source-fps-missing", file, message, cure, subset.line)
