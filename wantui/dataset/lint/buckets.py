"""Items that end up alone: too few of an aspect ratio to fill a batch."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from wantui.dataset.lint.telling import warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.dataset.model import Item, Problem, Subset


def check(subset: Subset, items: Sequence[Item]) -> Iterator[Problem]:
    """Items whose bucket holds nothing else.

    A batch never mixes buckets (`BucketBatchManager`), and the loss of a batch is its mean: an item that is alone in
    its batch weighs as much as a whole batch of others. With a batch size of 1 all weigh the same.
    """
    by_bucket: defaultdict[tuple[int, int], list[Item]] = defaultdict(list)
    for item in items:
        if item.bucket is not None and item.caption is not None and not item.is_video:
            by_bucket[item.bucket].append(item)
    if subset.batch_size == 1 or len(by_bucket) == 1:
        return
    for (width, height), alone in by_bucket.items():
        if len(alone) == 1:
            yield warning(
                "alone-in-bucket",
                alone[0].media,
                f"alone in the bucket {width}x{height}: it weighs as much as a batch of {subset.batch_size} others",
                "crop it to the aspect ratio of others, or set batch_size = 1",
            )
