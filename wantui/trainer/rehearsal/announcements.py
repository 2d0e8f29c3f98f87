"""What every script says at its start: that it only rehearses, and which datasets it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.trainer.rehearsal import console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.dataset.model import Dataset, Subset

DISCLAIMER = (
    "this is wantui's rehearsal trainer: it uses no weights and no GPU, "
    "and what it makes is real in form but of no use to WAN2.2"
)

_SOURCE = "wantui.rehearsal.dataset"


def disclaim(source: str) -> None:
    """Say that this is a rehearsal, before anything else."""
    console.info(source, DISCLAIMER)


def found(dataset: Dataset) -> None:
    """How many media each subset has."""
    for subset in dataset.config.subsets:
        kind = "videos" if subset.is_video else "images"
        count = sum(item.subset == subset.index for item in dataset.items)
        if subset.media_directory is not None:
            console.info(_SOURCE, f"glob {kind} in {subset.media_directory}")
            console.info(_SOURCE, f"found {count} {kind}")
        else:
            console.info(_SOURCE, f"load {kind.removesuffix('s')} jsonl from {subset.jsonl_file}")
            console.info(_SOURCE, f"loaded {count} {kind}")


def settings(subsets: Iterable[Subset]) -> None:
    """The settings of each subset, as the trainer lists them."""
    listed = [line for subset in subsets for line in (f"[Dataset {subset.index}]", *_lines(subset), "")]
    console.info(_SOURCE, "\n".join(listed) + "\n")


def _lines(subset: Subset) -> list[str]:
    kind = "video" if subset.is_video else "image"
    lines = [
        f"  is_image_dataset: {not subset.is_video}",
        f"  resolution: {subset.resolution}",
        f"  batch_size: {subset.batch_size}",
        f"  num_repeats: {subset.num_repeats}",
        f'  caption_extension: "{subset.caption_extension}"',
        f"  enable_bucket: {subset.enable_bucket}",
        f"  bucket_no_upscale: {subset.bucket_no_upscale}",
        f'  cache_directory: "{subset.cache_directory}"',
        f'    {kind}_directory: "{subset.media_directory}"',
        f'    {kind}_jsonl_file: "{subset.jsonl_file}"',
        f'    control_directory: "{subset.control_directory}"',
    ]
    if subset.is_video:
        lines += [
            f"    target_frames: {subset.target_frames}",
            f"    frame_extraction: {subset.frame_extraction}",
            f"    frame_stride: {subset.frame_stride}",
            f"    frame_sample: {subset.frame_sample}",
            f"    max_frames: {subset.max_frames}",
            f"    source_fps: {subset.source_fps}",
        ]
    return lines
