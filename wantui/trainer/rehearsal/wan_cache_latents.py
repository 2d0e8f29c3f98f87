"""Rehearses ``wan_cache_latents.py``: encodes the dataset's images and videos into latent cache files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.dataset.cache_names import LATENTS_ENDING
from wantui.dataset.encoders import PIXELS_A_LATENT
from wantui.trainer.rehearsal import caching, console, flags, latents, tensors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import Image

    from wantui.dataset.model import Item, Subset

_SOURCE = "wantui.rehearsal.cache_latents"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script.

    Raises:
        SystemExit: argparse's, with code 2.
        Exception: whatever ends the real script too, see `latents`, `caching` and `wantui.dataset`.
    """
    console.use_utf8()
    arguments = flags.latents_parser().parse_args(argv)
    dataset = caching.open_dataset(arguments.dataset_config, _SOURCE)
    if arguments.vae is None:
        raise AssertionError("vae checkpoint is required")
    console.info(_SOURCE, f"Loading VAE model from {arguments.vae}: not in a rehearsal")
    subsets = dataset.config.subsets

    caching.encode_dataset(
        dataset,
        arguments,
        _SOURCE,
        job="latents",
        ending=LATENTS_ENDING,
        expected=lambda item: item.latent_caches,
        encode=lambda item, files: encode_item(item, subsets[item.subset], files, i2v=arguments.i2v),
    )


def encode_item(item: Item, subset: Subset, files: list[Path], *, i2v: bool) -> None:
    """Write `files`, the latent caches wanted of one item."""
    # The trainer opens each caption here too, though it does not need it yet, and fails on a missing one.
    caching.caption_of(item)
    if item.is_video:
        _encode_video(item, subset, files, i2v=i2v)
        return
    image = latents.open_image(item.media)
    if item.bucket is None or min(item.bucket) < PIXELS_A_LATENT:
        raise ValueError(f"Image or video size too small: {item.media}, size: {image.size}")
    metadata = _metadata(*image.size)
    for path in files:
        _save(path, [latents.fit(image, item.bucket)], item.bucket, metadata, i2v=i2v)


def _encode_video(item: Item, subset: Subset, files: list[Path], *, i2v: bool) -> None:
    if item.bucket is None:
        raise ValueError(f"{item.media}: {item.problem}")
    wanted = [(clip, path) for clip, path in zip(item.clips, item.latent_caches, strict=True) if path in files]
    stretches = [(clip.start, clip.frames) for clip, _ in wanted]
    clips = latents.read_clips(item.media, stretches, item.bucket, subset.source_fps)
    for (clip, path), frames in zip(wanted, clips, strict=True):
        metadata = _metadata(*item.bucket) | {"frame_count": str(clip.frames)}
        _save(path, frames, item.bucket, metadata, i2v=i2v)


def _metadata(width: int, height: int) -> dict[str, str]:
    """What the header says; the size is the original's for images and the bucket's for clips."""
    return {**caching.METADATA, "width": str(width), "height": str(height)}


def _save(
    path: Path, frames: list[Image.Image], bucket: tuple[int, int], metadata: dict[str, str], *, i2v: bool
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors.save(path, latents.cache_tensors(frames, bucket, i2v=i2v), metadata)


if __name__ == "__main__":
    main()
