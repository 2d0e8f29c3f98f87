"""What is trained on: the cache files, and nothing else, as the trainer has it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.dataset.buckets import training_buckets
from wantui.dataset.cache_names import LATENTS_ENDING, text_name
from wantui.trainer.rehearsal import console, latents, tensors

if TYPE_CHECKING:
    import random
    from array import array
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wantui.dataset.model import Subset

FEATURES = 32
"""Numbers that an item's latents are pooled to: 16 channels, upper and lower half of the picture."""
POOLED_GAIN = 2.5
"""Means over half a picture vary less than what they are means of; this brings them to about unit variance again."""
WINDOW = 9
"""``fp_latent_window_size``, which the trainer lists as an image bucket's third number."""

Vector = list[float]
BucketKey = tuple[int, int, int]
"""Width, height, and frames; for images `WINDOW`."""

_SOURCE = "wantui.rehearsal.dataset"


@dataclass(frozen=True, slots=True)
class Features:
    """One item, pooled to what the small network takes."""

    latent: Vector
    """`FEATURES` numbers."""
    text: Vector
    """`FEATURES` numbers of unit variance."""
    image: Vector | None
    """The condition of image-to-video; None in a text-to-video cache."""


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
        try:
            caption = next(values for name, values in encoded.items() if name.startswith("varlen_t5_"))
        except StopIteration:
            raise KeyError("t5") from None
        image = pool(by_kind["latents_image"], skip=latents.MASK_CHANNELS) if i2v else None
        return Features(pool(by_kind["latents"]), pool_text(caption), image)


@dataclass(slots=True)
class Bucketed:
    """The training items of one subset, in batches of one size."""

    batch_size: int
    buckets: dict[BucketKey, list[TrainingItem]] = field(default_factory=dict)
    order: list[tuple[BucketKey, int]] = field(default_factory=list)
    """Every batch: its bucket and its number there."""

    def arrange(self) -> None:
        """List the batches, ascending by size."""
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
        bucketed = Bucketed(subset.batch_size)
        sizes = training_buckets(subset)
        # Sorted, so that the seed decides the order and not the file system.
        for path in sorted(subset.cache_directory.glob(f"*{LATENTS_ENDING}")):
            stem, frames, size = _parts(path, is_video=subset.is_video)
            text = subset.cache_directory / text_name(stem)
            if not text.exists():
                console.warning(_SOURCE, f"Text encoder output cache file not found: {text}")
                continue
            repeated = [TrainingItem(path, text)] * subset.num_repeats
            bucketed.buckets.setdefault((*sizes.choose(*size), frames), []).extend(repeated)
        bucketed.arrange()
        for key in sorted(bucketed.buckets):
            console.info(_SOURCE, f"bucket: {key}, count: {len(bucketed.buckets[key])}")
        console.info(_SOURCE, f"total batches: {len(bucketed.order)}")
        collected.append(bucketed)
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


def pool(values: tensors.Tensor, skip: int = 0) -> Vector:
    """The means of each channel in the upper and in the lower half of the picture, over all frames.

    Args:
        values: [channels, frames, height, width].
        skip: channels in front that are left out.
    """
    channels, frames, height, width = values.shape
    numbers = values.numbers()
    plane = height * width
    middle = max(1, height // 2) * width
    pooled: Vector = []
    for channel in range(skip, channels):
        starts = [(channel * frames + frame) * plane for frame in range(frames)]
        pooled.append(_mean(numbers[start : start + middle] for start in starts))
        pooled.append(_mean(numbers[start + plane - middle : start + plane] for start in starts))
    return pooled


def _mean(parts: Iterable[array[float]]) -> float:
    total, count = 0.0, 0
    for part in parts:
        total += sum(part)
        count += len(part)
    return POOLED_GAIN * total / count


def pool_text(values: tensors.Tensor) -> Vector:
    """`FEATURES` sums over all tokens, scaled to unit variance."""
    numbers = values.numbers()
    sums = [sum(numbers[first::FEATURES]) for first in range(FEATURES)]
    norm = math.sqrt(sum(value * value for value in sums) / FEATURES)
    return [value / norm for value in sums] if norm else sums
