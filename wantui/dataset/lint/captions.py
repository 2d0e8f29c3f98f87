"""Captions: those that are missing, empty or garbled, the same twice, or without the trigger."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from wantui.dataset.lint.telling import names, warning
from wantui.dataset.trigger import lacks_trigger, sure_trigger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wantui.dataset.model import Item, Problem


def check(item: Item) -> Iterator[Problem]:
    """One item's caption; that it is missing or no UTF-8 is told with its media."""
    path, line = _place(item)
    if item.caption == "":
        yield warning("empty-caption", path, "the caption is empty or only white space", "write something", line)
    elif item.caption is not None and item.caption.startswith("\ufeff"):
        message = "starts with a byte order mark, which the text encoder gets to see"
        yield warning("caption-byte-order-mark", path, message, "save it as UTF-8 without one", line)
    elif item.caption is not None and "\0" in item.caption:
        message = "has zero bytes, as UTF-16 has: the text encoder gets to see them"
        yield warning("caption-not-text", path, message, "save it as UTF-8", line)


def check_together(items: Sequence[Item]) -> Iterator[Problem]:
    """What only shows beside the other captions."""
    yield from _identical(items)
    yield from _without_trigger(items)


def _identical(items: Sequence[Item]) -> Iterator[Problem]:
    """Captions of several items: what the items differ in is learned as one thing. Told once for each caption."""
    by_text: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.caption:
            by_text[item.caption].append(item)
    for text_items in by_text.values():
        same = list({_place(item): item for item in text_items}.values())  # two media of one stem share a file
        if len(same) > 1:
            path, line = _place(same[0])
            message = f"{len(same)} items have this caption: {names([item.media.name for item in same])}"
            yield warning("identical-caption", path, message, "tell in each what sets it apart", line)


def _without_trigger(items: Sequence[Item]) -> Iterator[Problem]:
    """Captions without the words that nearly all begin with: the LoRA learns the item for no trigger."""
    trigger = sure_trigger([item.caption for item in items if item.caption])
    if not trigger:
        return
    for item in items:
        if item.caption and lacks_trigger(item.caption.removeprefix("\ufeff"), trigger):
            path, line = _place(item)
            message = f'the trigger "{trigger}" is missing, which nearly every other caption begins with'
            yield warning("trigger-missing", path, message, f'put "{trigger}" in front', line)


def _place(item: Item) -> tuple[Path, int | None]:
    """The file that the caption is in, and its line in a jsonl file."""
    if item.caption_file is not None:
        return item.caption_file, None
    return item.jsonl_file or item.media, item.jsonl_line
