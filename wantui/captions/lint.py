"""Lint that needs the journal: tags that are probably misspelt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.captions.spelling import misspelt
from wantui.captions.tags import key_of, split_tags
from wantui.dataset.lint.telling import warning
from wantui.formatting import plain_plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.captions.spelling import Misspelling
    from wantui.dataset.model import Item, Problem


def check(items: Sequence[Item]) -> tuple[Problem, ...]:
    """What is wrong with the words of the captions, each tag told once, where it is used first."""
    return tuple(problem for problem, _ in slips(items))


def slips(items: Sequence[Item]) -> Iterator[tuple[Problem, Misspelling]]:
    """Tags that are probably misspelt, each with the problem that it is told as."""
    found = misspelt(item.caption for item in items if item.caption)
    if not found:
        return
    wanted = {key_of(each.tag) for each in found}
    first_of: dict[str, Item] = {}
    for item in items:
        for tag in split_tags(item.caption or ""):
            if key_of(tag) in wanted:
                first_of.setdefault(key_of(tag), item)
    for each in found:
        item = first_of[key_of(each.tag)]
        message = (
            f'the tag "{each.tag}" ({plain_plural(each.count, "caption")}) has a word that is in no English '
            f'dictionary, and is one slip from "{each.suggestion}" ({plain_plural(each.suggestion_count, "caption")})'
        )
        path, line = item.caption_file, None
        if path is None:
            path, line = item.jsonl_file or item.media, item.jsonl_line
        yield warning("misspelt-tag", path, message, f'write "{each.suggestion}"', line), each
