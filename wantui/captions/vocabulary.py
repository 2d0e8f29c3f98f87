"""The dataset's own tags and words, to complete what is being typed."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING

from wantui.captions.tags import key_of, split_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST = 5
"""Proposals at once."""
LONGEST_TAG = 60
"""Characters: what is longer is a sentence that nobody types again."""
SHORTEST_PREFIX = 2
"""Letters from which on proposals are made."""
_TAG_SO_FAR = re.compile(r"[^,\n]*$")
_WORD_SO_FAR = re.compile(r"[\w'-]+$")
_WORD = re.compile(r"[^\W\d_][\w'-]*")


class Vocabulary:
    """Counts tags and words, and finds those that begin with a prefix."""

    def __init__(self, captions: Iterable[str] = ()) -> None:
        self._counted: Counter[str] = Counter()
        self._written: dict[str, str] = {}
        for caption in captions:
            self._count(_words_of(caption), 1)
        self._sorted: list[str] = sorted(self._counted)
        """What is or was counted, by which prefixes are found."""

    def change(self, before: str, after: str) -> None:
        """A caption has become another one; a tag that nobody uses is not proposed."""
        if before == after:
            return
        self._count(_words_of(before), -1)
        words = _words_of(after)
        for key in words.keys() - self._counted.keys():
            insort(self._sorted, key)
        self._count(words, 1)

    def completions(self, prefix: str, most: int = MOST) -> tuple[str, ...]:
        """Tags and words that begin with `prefix`, the most frequent first; itself is none."""
        key = key_of(prefix)
        if not key:
            return ()
        found = (each for each in self._beginning_with(key) if each != key and self._counted[each] > 0)
        best = nsmallest(most, found, key=lambda each: (-self._counted[each], each))
        return tuple(self._written[each] for each in best)

    def proposals(self, before: str, behind: str = "") -> tuple[tuple[str, ...], str]:
        """How what is being typed may go on, and the stretch in front of the caret that it replaces.

        Args:
            before: the line in front of the caret.
            behind: what is behind it; within a word nothing is proposed.

        Returns:
            Completions of the whole tag, or else of its last word; none of what is shorter than `SHORTEST_PREFIX`.
        """
        if behind[:1].isalnum():
            return (), ""
        for match in (_TAG_SO_FAR.search(before), _WORD_SO_FAR.search(before)):
            prefix = match[0].lstrip() if match else ""
            found = self.completions(prefix) if len(prefix) >= SHORTEST_PREFIX else ()
            if found:
                return found, prefix
        return (), ""

    def _beginning_with(self, key: str) -> Iterator[str]:
        for at in range(bisect_left(self._sorted, key), len(self._sorted)):
            if not self._sorted[at].startswith(key):
                return
            yield self._sorted[at]

    def _count(self, words: dict[str, str], by: int) -> None:
        for key, word in words.items():
            if self._counted[key] <= 0:
                self._written[key] = word
            self._counted[key] += by


def _words_of(caption: str) -> dict[str, str]:
    """The tags and words of a caption as they are written, by what tells them apart."""
    found = {key_of(tag): tag for tag in split_tags(caption) if len(tag) <= LONGEST_TAG}
    return found | {word.casefold(): word for word in _WORD.findall(caption) if word.casefold() not in found}
