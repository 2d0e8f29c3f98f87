"""Tags that are probably misspelt: seldom used, a small slip away from one that is used often, and no English.

That two tags are one letter apart says nothing: light and night, glass and grass are. So a tag is only told where it
has a word that is in no English dictionary, and what it is a slip from has not. Captions in other languages, and
names that somebody has made up, are therefore not looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.captions.english import is_english, words_in
from wantui.captions.tags import key_of, split_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RARE = 2
"""A tag that is used more often than this is meant."""
OFTEN = 5
"""How many times as often the other one is used at least."""
SHORTEST = 5
"""Of shorter words too many are one letter apart: cat and car."""
LONGEST = 40
"""Longer tags are sentences: their slips are not looked for."""


@dataclass(frozen=True, slots=True)
class Misspelling:
    """A tag that is probably meant to be another one: a guess, for a person to agree to."""

    tag: str
    count: int
    """How many captions have it."""
    suggestion: str
    suggestion_count: int


def misspelt(captions: Iterable[str]) -> tuple[Misspelling, ...]:
    """Tags that are a slip away from a frequent one: a letter missing, doubled, wrong, or two swapped.

    A tag of English words alone is none, and neither is what is near to a tag that is not all English. Singular and
    plural, tags that differ in their digits, and those whose other word is used elsewhere too (a whte shirt among
    white shirts, where there are whte hats) are different tags.
    """
    counted: Counter[str] = Counter()
    written: dict[str, str] = {}
    for caption in captions:
        for tag in {key_of(tag): tag for tag in split_tags(caption)}.items():
            counted[tag[0]] += 1
            written.setdefault(*tag)
    frequent = [key for key, count in counted.items() if count >= OFTEN and SHORTEST <= len(key) <= LONGEST]
    neighbours = _neighbourhood(frequent)
    words = _words_in(counted)
    found = []
    for key, count in counted.items():
        if count > RARE or not SHORTEST <= len(key) <= LONGEST:
            continue
        near = {other for form in _forms(key) for other in neighbours.get(form, ()) if _is_slip(key, other, words)}
        meant = max(near, key=lambda other: (counted[other], other), default=None)
        if meant is not None and counted[meant] >= OFTEN * count:
            found.append(Misspelling(written[key], count, written[meant], counted[meant]))
    return tuple(sorted(found, key=lambda each: (-each.suggestion_count, each.tag)))


def _neighbourhood(keys: Iterable[str]) -> dict[str, list[str]]:
    """Keys by what is left of them with up to one letter removed: two that are a slip apart share such a form."""
    by_form: defaultdict[str, list[str]] = defaultdict(list)
    for key in keys:
        for form in _forms(key):
            by_form[form].append(key)
    return by_form


def _forms(key: str) -> Iterator[str]:
    yield key
    for at in range(len(key)):
        yield key[:at] + key[at + 1 :]


def _words_in(counted: Counter[str]) -> Counter[str]:
    """How often each word is used, in whatever tag."""
    words: Counter[str] = Counter()
    for key, count in counted.items():
        for word in set(key.split()):
            words[word] += count
    return words


def _is_slip(rare: str, frequent: str, words: Counter[str]) -> bool:
    if rare == frequent or _digits(rare) != _digits(frequent) or not _is_one_slip(rare, frequent):
        return False
    written, meant = rare.split(), frequent.split()
    others = [word for word in written if word not in meant]
    if others and all(words[word] > RARE for word in others):
        return False
    if not _is_english_misspelt(rare, frequent):
        return False
    if len(written) != len(meant):
        return True
    return not any(_are_one_and_many(one, other) for one, other in zip(written, meant, strict=True))


def _is_english_misspelt(rare: str, frequent: str) -> bool:
    """Whether what differs is no English in the one, and English in the other."""
    written, meant = words_in(rare), words_in(frequent)
    wrong = [word for word in written if word not in meant]
    right = [word for word in meant if word not in written]
    return any(not is_english(word) for word in wrong) and all(map(is_english, right))


def _is_one_slip(one: str, other: str) -> bool:
    """Whether a letter is missing, too many, or another, or two have changed places."""
    longer, shorter = sorted((one, other), key=len, reverse=True)
    if len(longer) > len(shorter):
        return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
    apart = [at for at in range(len(one)) if one[at] != other[at]]
    if len(apart) == 1:
        return True
    return (
        len(apart) == 2  # noqa: PLR2004  two letters that have changed places
        and apart[1] == apart[0] + 1
        and one[apart[0]] == other[apart[1]]
        and one[apart[1]] == other[apart[0]]
    )


def _are_one_and_many(one: str, other: str) -> bool:
    return one != other and (one + "s" == other or other + "s" == one or _of_one(one) == _of_one(other))


def _of_one(word: str) -> str:
    """``woman`` for ``women``."""
    return word.removesuffix("men") + "man" if word.endswith("men") else word


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
