"""The crop against the trainer's own arithmetic, written out here as its code has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.dataset.buckets import Buckets
from wantui.dataset.crop import crop_to

SIDES = st.integers(16, 20_000)


@given(width=SIDES, height=SIDES, enabled=st.booleans(), no_upscale=st.booleans())
def test_the_bucket_is_filled_and_centred(width: int, height: int, enabled: bool, no_upscale: bool) -> None:
    bucket = Buckets((960, 544), enabled, no_upscale).choose(width, height)
    crop = crop_to((width, height), bucket)
    assert crop.scaled[0] >= bucket[0]
    assert crop.scaled[1] >= bucket[1]
    assert min(crop.scaled[0] - bucket[0], crop.scaled[1] - bucket[1]) == 0
    assert 0 <= crop.scaled[0] - bucket[0] - 2 * crop.left <= 1
    assert 0 <= crop.scaled[1] - bucket[1] - 2 * crop.top <= 1
    assert 0 <= crop.lost_part < 1


@pytest.mark.parametrize(
    ("size", "bucket", "scaled", "corner", "lost"),
    [
        # As the trainer's `resize_image_to_bucket` scales and cuts them.
        ((1536, 1024), (1168, 784), (1176, 784), (4, 0), (10, 0)),
        ((1024, 1536), (784, 1168), (784, 1176), (0, 4), (0, 10)),
        ((960, 544), (960, 544), (960, 544), (0, 0), (0, 0)),
        ((101, 57), (96, 48), (96, 54), (0, 3), (0, 6)),
        ((300, 200), (1168, 784), (1176, 784), (4, 0), (2, 0)),
    ],
)
def test_scale_cut_and_loss(
    size: tuple[int, int],
    bucket: tuple[int, int],
    scaled: tuple[int, int],
    corner: tuple[int, int],
    lost: tuple[int, int],
) -> None:
    crop = crop_to(size, bucket)
    assert (crop.scaled, (crop.left, crop.top), crop.lost) == (scaled, corner, lost)


def test_upscaling_is_told() -> None:
    assert crop_to((300, 200), (1168, 784)).is_upscaled
    assert not crop_to((1536, 1024), (1168, 784)).is_upscaled
    assert crop_to((300, 200), (600, 400)).scale == pytest.approx(2.0)


@given(width=SIDES, height=SIDES, drawn=st.tuples(st.integers(1, 300), st.integers(1, 300)))
def test_the_frame_lies_within_what_is_drawn(width: int, height: int, drawn: tuple[int, int]) -> None:
    left, top, right, bottom = crop_to((width, height), (960, 544)).frame(*drawn)
    assert 0 <= left < right <= drawn[0]
    assert 0 <= top < bottom <= drawn[1]
