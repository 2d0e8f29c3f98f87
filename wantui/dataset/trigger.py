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
SURE_SHARE = 0.8
"""Part of the captions that must have it before the others are said to lack it."""
LOOKED_AT = 2000
FEWEST = 3
FEWEST_SURE = 5

_LINKS = frozenset({"a", "an", "the", "in", "on", "at", "of", "with", "and", "is", "are", "his", "her", "its"})
"""Words that something has to follow."""
_TURNS = _LINKS | frozenset({
    "this", "that", "these", "those", "there", "it", "he", "she", "they", "i", "we", "one", "two", "some", "photo",
    "photograph", "photography", "picture", "image", "portrait", "close-up", "closeup", "close", "up", "shot", "view",
    "video", "clip", "scene", "man", "woman", "person", "girl", "boy", "people", "wide", "medium", "full", "front",
    "side", "black", "white", "masterpiece", "best", "quality",
})  # fmt: skip
"""Words that captions begin with as a turn of phrase; a trigger has at least one that is none of these."""


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


def sure_trigger(captions: Sequence[str]) -> str:
    """The trigger, where a caption without it is more likely a slip than meant; empty else.

    It is then in most captions, and no mere turn of phrase such as "a photo of".
    """
    trigger = _without_last_turns(trigger_of(captions).partition(",")[0])
    if len(captions) < FEWEST_SURE or key_word(trigger) is None:
        return ""
    having = sum(1 for caption in captions if not lacks_trigger(caption, trigger))
    return trigger if having >= SURE_SHARE * len(captions) else ""


def key_word(trigger: str) -> str | None:
    """The first word of a trigger that is no turn of phrase: the one that was made up for it."""
    return next((word for word in _words(trigger) if word not in _TURNS), None)


def lacks_trigger(caption: str, trigger: str) -> bool:
    """Whether the trigger's `key_word` is nowhere in the caption; case does not count."""
    return key_word(trigger) not in _words(caption)


def _without_last_turns(trigger: str) -> str:
    words = trigger.split()
    while words and words[-1].casefold() in _LINKS:
        words.pop()
    return " ".join(words)


def _words(text: str) -> list[str]:
    return [word for word in (each.strip(",.;:\"'()[]").casefold() for each in text.split()) if word]
