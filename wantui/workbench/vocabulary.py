"""The dataset's own tags and words, to complete what is being typed."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter
from typing import TYPE_CHECKING

from wantui.workbench.tags import key_of, split_tags

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 5
"""Proposals at once."""
LONGEST_TAG = 60
"""Characters: what is longer is a sentence that nobody types again."""
_WORD = re.compile(r"[^\W\d_][\w'-]*")


class Vocabulary:
    """Counts tags and words, and finds those that begin with a prefix."""

    def __init__(self, captions: Iterable[str] = ()) -> None:
        self._counted: Counter[str] = Counter()
        self._written: dict[str, str] = {}
        self._sorted: list[str] = []
        for caption in captions:
            self._count(caption, 1)
        self._sorted = sorted(self._counted)

    def change(self, before: str, after: str) -> None:
        """A caption has become another one."""
        self._count(before, -1)
        known = set(self._counted)
        self._count(after, 1)
        for key in set(self._counted) - known:
            insort(self._sorted, key)

    def completions(self, prefix: str, most: int = MOST) -> tuple[str, ...]:
        """Tags and words that begin with `prefix`, the most frequent first; itself is none."""
        key = key_of(prefix)
        if not key:
            return ()
        at = bisect_left(self._sorted, key)
        found: list[str] = []
        while at < len(self._sorted) and self._sorted[at].startswith(key):
            if self._sorted[at] != key and self._counted[self._sorted[at]] > 0:
                found.append(self._sorted[at])
            at += 1
        found.sort(key=lambda each: (-self._counted[each], each))
        return tuple(self._written[each] for each in found[:most])

    def _count(self, caption: str, by: int) -> None:
        tags = split_tags(caption)
        pieces = {key_of(tag): tag for tag in tags if len(tag) <= LONGEST_TAG}
        pieces |= {word.casefold(): word for word in _WORD.findall(caption) if word.casefold() not in pieces}
        for key, piece in pieces.items():
            self._counted[key] += by
            self._written.setdefault(key, piece)
