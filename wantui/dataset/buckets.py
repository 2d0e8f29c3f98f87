"""The sizes that media are encoded and trained at, chosen as the trainer chooses them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wantui.dataset.model import MediaRules, Subset

Size = tuple[int, int]
"""Width and height in pixels."""

STEP = 16
"""Sides of a bucket are multiples of this (the trainer's `RESOLUTION_STEPS_WAN`)."""

SMALLEST_SIDE = 2 * STEP
"""The trainer divides by zero when it makes buckets of an area smaller than this squared."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """The buckets of one resolution, as the trainer's `BucketSelector`."""

    resolution: Size
    enabled: bool = True
    """False: everything goes into one bucket of exactly the resolution."""
    no_upscale: bool = False
    """True: an image of no more than the resolution's area keeps its size, floored to multiples of 16."""
    _chosen: dict[Size, Size] = field(default_factory=dict, repr=False, compare=False)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """Every bucket, in ascending order."""
        return bucket_sizes(self.resolution) if self.enabled else (self.resolution,)

    def choose(self, width: int, height: int) -> Size:
        """The bucket for media of `width` x `height` pixels: the one with the nearest aspect ratio.

        Of two that are equally near the first in ascending order wins, as numpy's `argmin` has it.
        """
        size = (width, height)
        chosen = self._chosen.get(size)
        if chosen is None:
            chosen = self._chosen[size] = self._choose(size)
        return chosen

    def _choose(self, size: Size) -> Size:
        width, height = size
        if not self.enabled:
            return self.resolution
        if self.no_upscale and width * height <= self.resolution[0] * self.resolution[1]:
            return _floored(width), _floored(height)
        ratio = width / height
        return min(self.sizes, key=lambda bucket: abs(bucket[0] / bucket[1] - ratio))


def encoding_buckets(subset: Subset, rules: MediaRules) -> Buckets:
    """The buckets that the trainer at hand encodes `subset` with."""
    if subset.is_video and not rules.clips_obey_buckets:
        return Buckets(subset.resolution)
    return training_buckets(subset)


def training_buckets(subset: Subset) -> Buckets:
    """The buckets that the trainer sorts the encoded files of `subset` into."""
    return Buckets(
        subset.resolution, enabled=subset.enable_bucket, no_upscale=subset.enable_bucket and subset.bucket_no_upscale
    )


@lru_cache(maxsize=64)
def bucket_sizes(resolution: Size) -> tuple[Size, ...]:
    """Every bucket of an area: one side in steps of 16 from half its square root, the other what the area allows.

    Raises:
        ValueError: the square root of the area is under `SMALLEST_SIDE`.
    """
    area = resolution[0] * resolution[1]
    side = int(math.sqrt(area))
    if side < SMALLEST_SIDE:
        raise ValueError(f"{resolution[0]}x{resolution[1]} is too small for buckets")
    sizes: set[Size] = set()
    for width in range(_floored(side // 2), side + STEP, STEP):
        height = _floored(area // width)
        sizes |= {(width, height), (height, width)}
    return tuple(sorted(sizes))


def _floored(side: int) -> int:
    return side - side % STEP
