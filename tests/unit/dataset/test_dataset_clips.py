"""Clips of videos. The starts were compared with the trainer's own for every extraction and six frame rates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wantui.dataset.clips import floor_frames, resampled_frames, take_clips
from wantui.dataset.model import Clip, Subset

SUBSET = Subset(
    index=0,
    is_video=True,
    media_directory=Path("videos"),
    jsonl_file=None,
    cache_directory=Path("cache"),
    caption_extension=".txt",
    resolution=(64, 64),
    batch_size=1,
    num_repeats=1,
    enable_bucket=True,
    bucket_no_upscale=False,
    target_frames=(1, 5),
    frame_stride=3,
    frame_sample=4,
    max_frames=9,
)


@pytest.mark.parametrize(
    ("extraction", "frames", "expected"),
    [
        ("head", 12, [(0, 1), (0, 5)]),
        ("head", 4, [(0, 1)]),
        ("head", 0, []),
        ("chunk", 12, [*((start, 1) for start in range(12)), (0, 5), (5, 5)]),
        ("slide", 12, [(0, 1), (3, 1), (6, 1), (9, 1), (0, 5), (3, 5), (6, 5)]),
        ("uniform", 12, [(0, 1), (3, 1), (7, 1), (11, 1), (0, 5), (2, 5), (4, 5), (7, 5)]),
        ("uniform", 6, [(0, 1), (1, 1), (3, 1), (5, 1), (0, 5), (1, 5)]),
        ("full", 8, [(0, 5)]),
        ("full", 200, [(0, 9)]),
        ("full", 0, []),
    ],
)
def test_the_trainers_clips(extraction: str, frames: int, expected: list[tuple[int, int]]) -> None:
    subset = replace(SUBSET, frame_extraction=extraction)
    assert take_clips(subset, frames) == tuple(Clip(*clip) for clip in expected)


def test_frames_are_floored_to_4n_plus_1() -> None:
    assert [floor_frames(frames) for frames in (1, 2, 4, 5, 8, 9, 129)] == [1, 1, 1, 5, 5, 9, 129]


@pytest.mark.parametrize(
    ("frames", "fps", "expected"), [(90, None, 90), (90, 24.0, 60), (40, 30.0, 21), (7, 8.0, 7), (0, 24.0, 0)]
)
def test_resampling_to_16_frames_a_second(frames: int, fps: float | None, expected: int) -> None:
    assert resampled_frames(frames, fps) == expected


def test_a_slow_source_has_too_few_frames_for_the_head() -> None:
    # At 8 frames a second the frames get the indices 0, 2, 4, ...: only three are under 5.
    assert take_clips(replace(SUBSET, source_fps=8.0), 100) == (Clip(0, 1),)
