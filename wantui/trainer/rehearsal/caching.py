"""What both cache scripts do alike: read the dataset, go through its batches, remove what belongs to no item."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING

from wantui import reading
from wantui.caches.facts import ARCHITECTURE, REHEARSAL
from wantui.dataset import blueprint, captions
from wantui.dataset.scan import scan
from wantui.trainer.rehearsal import announcements, console
from wantui.trainer.rehearsal.faults import Faults

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wantui.dataset.model import Dataset, Item, Subset

METADATA = {"architecture": ARCHITECTURE, "format_version": "1.0.1", REHEARSAL: "true"}
"""In every cache file: what the trainer's two commits write, and whose work it is."""

ITEM_SHARE = 0.5
"""Encoding an item takes this part of a training step's time."""


def open_dataset(path: Path, source: str) -> Dataset:
    """Read and list the dataset, and say so.

    Raises:
        wantui.dataset.model.DatasetError: the file cannot be read.
    """
    announcements.disclaim(source)
    console.info(source, f"Load dataset config from {path}")
    dataset = scan(blueprint.load(path))
    announcements.found(dataset)
    announcements.settings(dataset.config.subsets)
    return dataset


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
    return captions.trained_text(reading.read_bytes(str(item.caption_file), captions.LARGEST_CAPTION))


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
