"""How many steps a training takes, counted as the trainer counts them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wantui.dataset.buckets import training_buckets
from wantui.dataset.model import Bucket, Dataset, StepPlan, Subset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.dataset.model import Item

_Key = tuple[int, int, int]
"""Width, height and frames."""


def plan(dataset: Dataset, *, epochs: int, gradient_accumulation_steps: int = 1) -> StepPlan:
    """Buckets, batches and steps of a training on `dataset`, once everything is encoded.

    Items that cannot be encoded, because their media or caption cannot be read, are not counted. Buckets are per
    subset, because a batch never mixes two subsets.
    """
    items_of: dict[int, list[Item]] = {subset.index: [] for subset in dataset.config.subsets}
    for item in dataset.items:
        items_of[item.subset].append(item)
    buckets = tuple(
        bucket for subset in dataset.config.subsets for bucket in _subset_buckets(subset, items_of[subset.index])
    )
    batches = sum(bucket.batches for bucket in buckets)
    steps_per_epoch = _ceil_divide(batches, gradient_accumulation_steps)
    return StepPlan(buckets, batches, steps_per_epoch, steps_per_epoch * epochs)


def _subset_buckets(subset: Subset, items: list[Item]) -> Iterator[Bucket]:
    # The trainer goes by the cache files: two items with one cache file are one.
    key_of: dict[Path, _Key] = {}
    for item in items:
        if item.caption is not None:
            key_of.update(_cache_keys(subset, item))
    for (width, height, frames), files in sorted(Counter(key_of.values()).items()):
        count = files * subset.num_repeats
        yield Bucket(width, height, frames, count, _ceil_divide(count, subset.batch_size))


def _cache_keys(subset: Subset, item: Item) -> Iterator[tuple[Path, _Key]]:
    if item.bucket is None:
        return
    if not item.is_video:
        yield item.latent_caches[0], (*item.bucket, 1)
        return
    # A clip was encoded at its bucket; training sorts it again, by its own settings.
    bucket = training_buckets(subset).choose(*item.bucket)
    for path, clip in zip(item.latent_caches, item.clips, strict=True):
        yield path, (*bucket, clip.frames)


def _ceil_divide(count: int, by: int) -> int:
    return -(-count // by)
