"""What is trained on: the cache files, and nothing else, as the trainer has it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.dataset.buckets import training_buckets
from wantui.dataset.cache_names import LATENTS_ENDING, text_name
from wantui.trainer.rehearsal import console, tensors
from wantui.trainer.rehearsal.arrays import Array, np
from wantui.trainer.rehearsal.latents import MASK_CHANNELS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wantui.dataset.model import Subset

FEATURES = 32
"""Numbers that an item's latents are pooled to: 16 channels, upper and lower half of the picture."""
POOLED_GAIN = 2.5
"""Means over half a picture vary less than what they are means of; this brings them to about unit variance again."""
WINDOW = 9
"""``fp_latent_window_size``, which the trainer lists as an image bucket's third number."""

BucketKey = tuple[int, int, int]
"""Width, height, and frames; for images `WINDOW`."""

_SOURCE = "wantui.rehearsal.dataset"


@dataclass(frozen=True, slots=True)
class Features:
    """One item, pooled to what the small network takes."""

    latent: Array
    """[FEATURES]."""
    text: Array
    """[FEATURES], of unit variance."""
    image: Array | None
    """[FEATURES], the condition of image-to-video; None in a text-to-video cache."""


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """One latent cache file and its text cache file."""

    latents: Path
    text: Path

    def load(self, *, i2v: bool) -> Features:
        """Read and pool both files.

        Raises:
            OSError: a file is gone.
            wantui.trainer.rehearsal.tensors.TensorFileError: a file is corrupt.
            KeyError: ``latents_image`` is wanted and missing.
        """
        stored, _ = tensors.load(self.latents)
        encoded, _ = tensors.load(self.text)
        by_kind = {name.rsplit("_", 2)[0]: values for name, values in stored.items()}
        caption = next((values for name, values in encoded.items() if name.startswith("varlen_t5_")), None)
        if caption is None:
            raise KeyError("t5")
        image = pool(by_kind["latents_image"].array()[MASK_CHANNELS:]) if i2v else None
        return Features(pool(by_kind["latents"].array()), pool_text(caption.array()), image)


@dataclass(slots=True)
class Bucketed:
    """The training items of one subset, in batches of one size."""

    batch_size: int
    buckets: dict[BucketKey, list[TrainingItem]]
    order: list[tuple[BucketKey, int]] = field(init=False)
    """Every batch: its bucket and its number there; ascending by size until they are shuffled."""

    def __post_init__(self) -> None:
        self.order = [
            (key, number)
            for key in sorted(self.buckets)
            for number in range(math.ceil(len(self.buckets[key]) / self.batch_size))
        ]

    def shuffle(self, drawn: random.Random) -> None:
        """Shuffle the items of each bucket, then the batches."""
        for bucket in self.buckets.values():
            drawn.shuffle(bucket)
        drawn.shuffle(self.order)

    def batches(self) -> Iterator[list[TrainingItem]]:
        """The batches in their present order."""
        for key, number in self.order:
            yield self.buckets[key][number * self.batch_size : (number + 1) * self.batch_size]

    @property
    def items(self) -> int:
        """Items after repeats."""
        return sum(len(bucket) for bucket in self.buckets.values())


def collect(subsets: Iterable[Subset]) -> list[Bucketed]:
    """Find the cache files of each subset and say what was found.

    An image's cache is named after the original's size, so its bucket is the one that it would have now, even when
    the file was encoded at another: the trainer does not look.
    """
    collected = []
    for subset in subsets:
        buckets: dict[BucketKey, list[TrainingItem]] = {}
        sizes = training_buckets(subset)
        # Sorted, so that the seed decides the order and not the file system.
        for path in sorted(subset.cache_directory.glob(f"*{LATENTS_ENDING}")):
            stem, frames, size = _parts(path, is_video=subset.is_video)
            text = subset.cache_directory / text_name(stem)
            if not text.exists():
                console.warning(_SOURCE, f"Text encoder output cache file not found: {text}")
                continue
            repeated = [TrainingItem(path, text)] * subset.num_repeats
            buckets.setdefault((*sizes.choose(*size), frames), []).extend(repeated)
        for key in sorted(buckets):
            console.info(_SOURCE, f"bucket: {key}, count: {len(buckets[key])}")
        collected.append(Bucketed(subset.batch_size, buckets))
        console.info(_SOURCE, f"total batches: {len(collected[-1].order)}")
    return collected


def _parts(path: Path, *, is_video: bool) -> tuple[str, int, tuple[int, int]]:
    """Stem of the media, frames, and width and height, from the name of a latent cache file.

    Raises:
        ValueError: the trainer gives no such name; it fails on it too.
    """
    parts = path.name.removesuffix(LATENTS_ENDING).split("_")
    width, height = map(int, parts[-1].split("x"))
    if not is_video:
        return "_".join(parts[:-1]), WINDOW, (width, height)
    _, frames = parts[-2].split("-")[:2]
    return "_".join(parts[:-2]), int(frames), (width, height)


def pool(values: Array) -> Array:
    """The means of each channel in the upper and in the lower half of the picture, over all frames.

    Args:
        values: [channels, frames, height, width].

    Returns:
        [2 * channels].
    """
    middle = max(1, values.shape[2] // 2)
    halves = values[:, :, :middle], values[:, :, -middle:]
    means = [half.mean(axis=(1, 2, 3)) for half in halves]
    return POOLED_GAIN * np.stack(means, axis=1).ravel()


def pool_text(values: Array) -> Array:
    """`FEATURES` sums over all tokens, scaled to unit variance."""
    sums: Array = values.reshape(-1, FEATURES).sum(axis=0)
    return sums / (math.sqrt(sums @ sums / FEATURES) or 1.0)
