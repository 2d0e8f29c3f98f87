"""What both cache scripts do alike: read the dataset, go through its batches, remove what belongs to no item."""

from __future__ import annotations

import os
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


def encode_subsets(
    dataset: Dataset,
    *,
    arguments: argparse.Namespace,
    source: str,
    job: str,
    expected: Callable[[Item], Iterable[Path]],
    encode: Callable[[Item, list[Path]], None],
) -> list[set[str]]:
    """Encode every item whose files are wanted, as the scripts' main loop.

    Args:
        dataset: what to encode.
        arguments: ``skip_existing`` decides whether files that exist are wanted.
        source: which script it is, for the log.
        job: ``latents`` or ``text``, for `Faults`.
        expected: the cache files of an item.
        encode: writes those files of an item that it is given.

    Returns:
        For each subset the normalized paths of the files that belong to it.
    """
    faults = Faults(job)
    faults.start()
    number = 0
    belonging = []
    for subset in dataset.config.subsets:
        console.info(source, f"Encoding dataset [{subset.index}]")
        paths: set[str] = set()
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
                    number += 1
                    faults.step(number, ITEM_SHARE)
                progress.advance()
        belonging.append(paths)
    return belonging


def remove_orphans(folder: Path, pattern: str, belonging: set[str], source: str, *, keep: bool) -> None:
    """Delete the cache files in `folder` that belong to no item, as the scripts do at the end.

    Args:
        folder: the cache folder; it need not exist.
        pattern: which files are caches of this kind.
        belonging: normalized paths of those that are wanted.
        source: which script it is, for the log.
        keep: only say so.
    """
    for path in sorted(folder.glob(pattern)):
        if os.path.normpath(path) in belonging:
            continue
        if keep:
            console.info(source, f"Keep cache file not in the dataset: {path}")
        else:
            path.unlink()
            console.info(source, f"Removed old cache file: {path}")
