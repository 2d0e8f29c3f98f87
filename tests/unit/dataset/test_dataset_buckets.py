"""Buckets against a table that the trainer's own `BucketSelector` filled.

Thousands of random sizes gave the same results with both commits of the trainer; the table keeps some of each
kind, a third of them exactly at a bucket's ratio.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wantui.dataset.buckets import Buckets, Size, bucket_sizes, encoding_buckets, training_buckets
from wantui.dataset.model import MediaRules, Subset

TABLE = json.loads((Path(__file__).parents[2] / "fixtures" / "dataset" / "buckets.json").read_text())
SUBSET = Subset(
    index=0,
    is_video=False,
    media_directory=Path("images"),
    jsonl_file=None,
    cache_directory=Path("cache"),
    caption_extension=".txt",
    resolution=(64, 64),
    batch_size=1,
    num_repeats=1,
    enable_bucket=False,
    bucket_no_upscale=True,
)


@pytest.mark.parametrize("resolution", sorted({tuple(row[0]) for row in TABLE}))
def test_the_trainers_choices(resolution: Size) -> None:
    rows = [row for row in TABLE if tuple(row[0]) == resolution]
    for _, enabled, no_upscale, size, bucket in rows:
        assert Buckets(resolution, enabled=enabled, no_upscale=no_upscale).choose(*size) == tuple(bucket)


def test_the_buckets_of_the_toy_resolution() -> None:
    assert bucket_sizes((64, 64)) == ((32, 128), (48, 80), (64, 64), (80, 48), (128, 32))


def test_of_two_equally_near_the_first_wins() -> None:
    # 48x80 has the ratio 0.6, 64x64 has 1.0: 0.8 is halfway, and so is 4:5 in floating point.
    assert Buckets((64, 64)).choose(400, 500) == min(
        bucket_sizes((64, 64)), key=lambda size: (abs(size[0] / size[1] - 0.8), size)
    )


def test_an_area_too_small_for_buckets() -> None:
    with pytest.raises(ValueError, match="31x31 is too small"):
        bucket_sizes((31, 31))


def test_no_upscale_counts_only_with_buckets() -> None:
    assert training_buckets(SUBSET).choose(40, 40) == (64, 64)
    assert training_buckets(replace(SUBSET, enable_bucket=True)).choose(40, 40) == (32, 32)


def test_videos_are_always_encoded_in_buckets_until_v0_3_4() -> None:
    videos = replace(SUBSET, is_video=True)
    assert encoding_buckets(videos, MediaRules()).choose(160, 90) == (80, 48)
    assert training_buckets(videos).choose(160, 90) == (64, 64)


def test_newer_trainers_encode_videos_as_their_settings_say() -> None:
    videos, rules = replace(SUBSET, is_video=True), MediaRules(clips_obey_buckets=True)
    assert encoding_buckets(videos, rules).choose(160, 90) == (64, 64)
    assert encoding_buckets(replace(videos, enable_bucket=True), rules).choose(40, 40) == (32, 32)
    upscaled = replace(videos, enable_bucket=True, bucket_no_upscale=False)
    assert encoding_buckets(upscaled, rules).choose(40, 40) == (64, 64)


def test_what_the_trainer_does_not_tell_is_taken_for_the_older_rule() -> None:
    videos = replace(SUBSET, is_video=True)
    assert encoding_buckets(videos, MediaRules(clips_obey_buckets=None)).choose(160, 90) == (80, 48)
