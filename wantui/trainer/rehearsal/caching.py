"""What the scripts do alike: say what they are, read the dataset, encode its items, remove what belongs to none."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.caches.facts import ARCHITECTURE, REHEARSAL
from wantui.dataset import blueprint, captions
from wantui.dataset.model import LARGEST_CAPTION
from wantui.dataset.scan import scan
from wantui.trainer.rehearsal import console
from wantui.trainer.rehearsal.faults import Faults

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from wantui.dataset.model import Dataset, Item, Subset

DISCLAIMER = (
    "this is wantui's rehearsal trainer: it uses no weights and no GPU, "
    "and what it makes is real in form but of no use to WAN2.2"
)

METADATA = {"architecture": ARCHITECTURE, "format_version": "1.0.1", REHEARSAL: "true"}
"""In every cache file: what the trainer's two commits write, and whose work it is."""

ITEM_SHARE = 0.5
"""Encoding an item takes this part of a training step's time."""

_SETTINGS = "resolution batch_size num_repeats caption_extension enable_bucket bucket_no_upscale cache_directory"
_VIDEO_SETTINGS = "target_frames frame_extraction frame_stride frame_sample max_frames source_fps"
_SOURCE = "wantui.rehearsal.dataset"


def open_dataset(path: Path, source: str) -> Dataset:
    """Read and list the dataset, and say that this is a rehearsal, what was found and how it is set.

    Raises:
        wantui.dataset.model.DatasetError: the file cannot be read.
    """
    console.info(source, DISCLAIMER)
    console.info(source, f"Load dataset config from {path}")
    dataset = scan(blueprint.load(path))
    for subset in dataset.config.subsets:
        kind = "videos" if subset.is_video else "images"
        number = sum(item.subset == subset.index for item in dataset.items)
        if subset.media_directory is not None:
            console.info(_SOURCE, f"glob {kind} in {subset.media_directory}")
            console.info(_SOURCE, f"found {number} {kind}")
        else:
            console.info(_SOURCE, f"load {kind.removesuffix('s')} jsonl from {subset.jsonl_file}")
            console.info(_SOURCE, f"loaded {number} {kind}")
    show_settings(dataset.config.subsets)
    return dataset


def show_settings(subsets: Iterable[Subset]) -> None:
    """The settings of each subset, as the trainer lists them."""
    lines = []
    for subset in subsets:
        kind = "video" if subset.is_video else "image"
        lines += [f"[Dataset {subset.index}]", f"  is_image_dataset: {not subset.is_video}"]
        for name in _SETTINGS.split():
            value = getattr(subset, name)
            lines.append(f'  {name}: "{value}"' if isinstance(value, str | Path) else f"  {name}: {value}")
        lines += [
            f'    {kind}_directory: "{subset.media_directory}"',
            f'    {kind}_jsonl_file: "{subset.jsonl_file}"',
            f'    control_directory: "{subset.control_directory}"',
        ]
        lines += [f"    {name}: {getattr(subset, name)}" for name in _VIDEO_SETTINGS.split() if subset.is_video]
        lines.append("")
    console.info(_SOURCE, "\n".join(lines) + "\n")


def caption_of(item: Item) -> str:
    """The caption as the trainer reads it.

    Raises:
        OSError: the caption file is missing or unreadable.
        UnicodeDecodeError: it is not UTF-8.
        ValueError: a jsonl item without a caption.
    """
    if item.caption is not None:
        return item.caption
    if item.caption_file is None:
        raise ValueError(f"no caption for {item.media}")
    # By its name as text, so that the error names the file as the trainer's does.
    return captions.trained_text(reading.read_bytes(str(item.caption_file), LARGEST_CAPTION))


def batches(items: Iterable[Item], subset: Subset) -> Iterator[list[Item]]:
    """Items of one size in groups of the subset's batch size, then the rest of each size."""
    waiting: dict[tuple[int, int] | None, list[Item]] = {}
    for item in items:
        batch = waiting.setdefault(item.bucket, [])
        batch.append(item)
        if len(batch) == subset.batch_size:
            yield waiting.pop(item.bucket)
    yield from waiting.values()


def encode_dataset(
    dataset: Dataset,
    arguments: argparse.Namespace,
    source: str,
    *,
    job: str,
    ending: str,
    expected: Callable[[Item], Iterable[Path]],
    encode: Callable[[Item, list[Path]], None],
) -> None:
    """Encode every item whose files are wanted, then remove the files that belong to none: the scripts' main part.

    Args:
        dataset: what to encode.
        arguments: ``skip_existing``, whether files that exist are not wanted, and ``keep_cache``, which files belong
            to no item and stay all the same.
        source: which script it is, for the log.
        job: ``latents`` or ``text``, for `Faults`.
        ending: of the names of the script's cache files.
        expected: the cache files of an item.
        encode: writes those files of an item that it is given.
    """
    faults = Faults(job)
    faults.start()
    numbers = count(1)
    belonging: dict[int, set[str]] = {}
    for subset in dataset.config.subsets:
        console.info(source, f"Encoding dataset [{subset.index}]")
        paths = belonging[subset.index] = set()
        items = (item for item in dataset.items if item.subset == subset.index)
        with console.ProgressBar() as progress:
            for batch in batches(items, subset):
                for item in batch:
                    files = list(expected(item))
                    paths.update(os.path.normpath(path) for path in files)
                    # What cannot be read is tried all the same, and fails as it does in the trainer.
                    if arguments.skip_existing and item.problem is None:
                        files = [path for path in files if not path.exists()]
                        if not files:
                            continue
                    encode(item, files)
                    faults.step(next(numbers), ITEM_SHARE)
                progress.advance()
    for subset in dataset.config.subsets:
        for path in sorted(subset.cache_directory.glob(f"*{ending}")):
            if os.path.normpath(path) in belonging[subset.index]:
                continue
            if arguments.keep_cache:
                console.info(source, f"Keep cache file not in the dataset: {path}")
            else:
                path.unlink()
                console.info(source, f"Removed old cache file: {path}")
