"""Which stretches of a video are trained on, taken as the trainer takes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wantui.dataset.encoders import FRAMES_A_LATENT
from wantui.dataset.model import Clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.dataset.model import Subset

TARGET_FPS = 16.0
"""Frames per second that WAN is trained at; videos are resampled to it where ``source_fps`` is given."""

EXTRACTIONS = ("head", "chunk", "slide", "uniform", "full")


def floor_frames(frames: int) -> int:
    """`frames` floored to 4n+1: the VAE packs the first frame alone and then four by four."""
    return (frames - 1) // FRAMES_A_LATENT * FRAMES_A_LATENT + 1


def resampled_frames(frames: int, source_fps: float | None, *, before: int | None = None) -> int:
    """How many of `frames` are left after resampling to 16 frames per second.

    A slow source gains no frames: its frames only get indices that are further apart.

    Args:
        frames: frames in the file.
        source_fps: frames per second of the file; None: no resampling.
        before: count only frames whose new index is under this.
    """
    if source_fps is None:
        return frames if before is None else min(frames, before)
    step = TARGET_FPS / source_fps
    kept, previous, position = 0, -1, 0.0
    for _ in range(frames):  # added up as the trainer does, with its rounding errors
        index = int(position)
        position += step
        if index == previous:
            continue
        previous = index
        if before is not None and index >= before:
            break
        kept += 1
    return kept


def file_frames(frames: Sequence[int], source_fps: float | None) -> tuple[int, ...]:
    """Where frames lie in their file.

    Args:
        frames: which, from 0, as the trainer counts them after resampling.
        source_fps: what is resampled from; None: nothing is.
    """
    if source_fps is None or not frames:
        return tuple(frames)
    step = TARGET_FPS / source_fps
    kept: list[int] = []
    previous, position, number = -1, 0.0, 0
    while len(kept) <= max(frames):  # added up as the trainer does, with its rounding errors
        if int(position) != previous:
            previous = int(position)
            kept.append(number)
        position += step
        number += 1
    return tuple(kept[frame] for frame in frames)


def frames_read(subset: Subset) -> float:
    """How many frames of a file the trainer decodes, if there are as many.

    With ``head`` it stops at the first one beyond the longest target; else it reads to the end: infinity.
    """
    if subset.frame_extraction != "head":
        return math.inf
    target = max(subset.target_frames)
    if subset.source_fps is None:
        return target + 1
    return math.ceil(target * subset.source_fps / TARGET_FPS) + 1


def take_clips(subset: Subset, frames: int) -> tuple[Clip, ...]:
    """The clips of a video in the order that the trainer takes them, each once.

    Args:
        subset: how to take them.
        frames: frames in the file, before resampling.
    """
    # With "head" the trainer stops reading at the longest target.
    before = max(subset.target_frames) if subset.frame_extraction == "head" else None
    available = resampled_frames(frames, subset.source_fps, before=before)
    return tuple(dict.fromkeys(_clips(subset, available)))


def _clips(subset: Subset, available: int) -> Iterator[Clip]:
    if subset.frame_extraction == "full":
        if available:
            yield Clip(0, floor_frames(min(available, subset.max_frames)))
        return
    for target in subset.target_frames:
        if target <= available:
            yield from (Clip(start, target) for start in _starts(subset, available, target))


def _starts(subset: Subset, available: int, target: int) -> Iterator[int]:
    last = available - target
    match subset.frame_extraction:
        case "head":
            yield 0
        case "chunk":
            yield from range(0, last + 1, target)
        case "slide":
            yield from range(0, last + 1, subset.frame_stride)
        case "uniform":
            yield from _spread(last, subset.frame_sample)
        case other:
            raise ValueError(f"frame_extraction {other!r} is not one of {', '.join(EXTRACTIONS)}")


def _spread(last: int, count: int) -> Iterator[int]:
    """`count` whole numbers spread evenly from 0 to `last`, as ``numpy.linspace(..., dtype=int)`` rounds them."""
    if count == 1:
        yield 0
        return
    step = last / (count - 1)
    for position in range(count - 1):
        yield math.floor(position * step)
    yield last
