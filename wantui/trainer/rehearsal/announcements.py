"""What every script says at its start: that it only rehearses, and which datasets it found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui.trainer.rehearsal import console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.dataset.model import Dataset, Subset

DISCLAIMER = (
    "this is wantui's rehearsal trainer: it uses no weights and no GPU, "
    "and what it makes is real in form but of no use to WAN2.2"
)

_SETTINGS = (
    *("resolution", "batch_size", "num_repeats", "caption_extension", "enable_bucket", "bucket_no_upscale"),
    "cache_directory",
)
_VIDEO_SETTINGS = ("target_frames", "frame_extraction", "frame_stride", "frame_sample", "max_frames", "source_fps")
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
    lines = []
    for subset in subsets:
        kind = "video" if subset.is_video else "image"
        lines += [f"[Dataset {subset.index}]", f"  is_image_dataset: {not subset.is_video}"]
        for name in _SETTINGS:
            value = getattr(subset, name)
            lines.append(f'  {name}: "{value}"' if isinstance(value, str | Path) else f"  {name}: {value}")
        lines += [
            f'    {kind}_directory: "{subset.media_directory}"',
            f'    {kind}_jsonl_file: "{subset.jsonl_file}"',
            f'    control_directory: "{subset.control_directory}"',
        ]
        lines += [f"    {name}: {getattr(subset, name)}" for name in _VIDEO_SETTINGS if subset.is_video]
        lines.append("")
    console.info(_SOURCE, "\n".join(lines) + "\n")
