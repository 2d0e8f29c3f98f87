"""What is wrong with a dataset: what the trainer would fail on, and what it would do wrong without a word.

An error means that a run fails, or loses or spoils items or caches; a warning that the result may not be what was
meant. The codes are stable: scripts match them. Every one of them is listed in ``docs/lint.md``.

Lint has two depths. `lint` goes by what the scan knows, by names and by the ends of files: it is quick enough for
every look. What takes decoding every image is in `wantui.dataset.lint.thorough`, whose findings are kept.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from wantui.dataset.elsewhere import captions_elsewhere
from wantui.dataset.lint import buckets, captions, controls, folders, media, naming, settings, unread

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Dataset, Item, Problem

__all__ = ["lint"]


def lint(dataset: Dataset, *, output_directory: Path | None = None) -> tuple[Problem, ...]:
    """Everything that is wrong with `dataset` as far as it can be told quickly: its settings first, then by item.

    Args:
        dataset: freshly scanned.
        output_directory: where the LoRA files go, if that is known; no cache folder may be the same or in it.
    """
    items_of: dict[int, list[Item]] = {subset.index: [] for subset in dataset.config.subsets}
    for item in dataset.items:
        items_of[item.subset].append(item)
    file = dataset.config.path
    of_subsets = (
        chain(
            settings.check(dataset.config, subset, items_of[subset.index]),
            folders.check_caches(file, subset, output_directory),
            folders.check_media(dataset.config, subset),
            unread.check(subset),
            media.check_names(items_of[subset.index]),
            controls.check(dataset.config, subset, items_of[subset.index]),
            naming.check(file, subset, items_of[subset.index]),
            buckets.check(subset, items_of[subset.index]),
        )
        for subset in dataset.config.subsets
    )
    elsewhere = captions_elsewhere(dataset)
    return (
        *dataset.problems,
        *folders.check_shared_caches(dataset.config),
        *chain.from_iterable(of_subsets),
        *settings.check_any_item(dataset),
        *chain.from_iterable(
            chain(media.check(item, elsewhere.get(item.key)), captions.check(item)) for item in dataset.items
        ),
        *captions.check_together(dataset.items),
    )
