"""The trigger: the words that the captions of a dataset begin with."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 4
"""Words; what is longer is a turn of phrase."""
SHARE = 0.6
"""Part of the captions that must begin with it."""
LOOKED_AT = 2000
FEWEST = 3


def trigger_of(captions: Sequence[str]) -> str:
    """The longest beginning that most captions share, without a final comma; empty where there is none."""
    starts = [caption.split()[:LONGEST] for caption in captions[:LOOKED_AT] if caption.strip()]
    if len(starts) < FEWEST:
        return ""
    shared = ""
    for length in range(1, LONGEST + 1):
        counted = Counter(" ".join(words[:length]).rstrip(",.;:") for words in starts if len(words) >= length)
        words, times = counted.most_common(1)[0] if counted else ("", 0)
        if times < SHARE * len(starts):
            break
        shared = words
    return shared
