"""The tags of captions with how many have each, and those that are probably the same under another spelling."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.captions.spelling import misspelt
from wantui.captions.tags import key_of, split_tags

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, whatever its case and the width of its space."""

    key: str
    """Its `key_of`."""
    tag: str
    """As it is written most often."""
    count: int
    """How many of the captions have it; 0 where only others do."""
    elsewhere: int = 0
    """How many of the other captions have it."""
    also_written: tuple[str, ...] = ()
    """Other ways in which it is written, the most frequent first."""
    near: str | None = None
    """A more frequent tag that is probably meant: a slip away, or the same but for hyphens and spaces."""

    @property
    def is_rare(self) -> bool:
        """Whether one caption alone has it: nothing is learned of it."""
        return self.count + self.elsewhere == 1


def count_tags(captions: Iterable[str], others: Iterable[str] = ()) -> tuple[TagCount, ...]:
    """The tags of captions, the most frequent first.

    Args:
        captions: whose tags are counted, each once a caption.
        others: captions besides, such as those that a filter leaves out: their tags are told with a count of 0.
    """
    captions, others = tuple(captions), tuple(others)
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    counts, elsewhere = _counted(captions, written), _counted(others, written)
    near = _near(counts + elsewhere, (*captions, *others))
    found = []
    for key, ways in written.items():
        first, *more = [way for way, _ in ways.most_common()]
        meant = near.get(key)
        found.append(
            TagCount(
                key, first, counts[key], elsewhere[key], tuple(more),
                None if meant is None else written[meant].most_common(1)[0][0],
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.count, -each.elsewhere, each.key)))


def _counted(captions: Iterable[str], written: defaultdict[str, Counter[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for caption in captions:
        own = [(key_of(tag), tag) for tag in split_tags(caption)]
        counts.update({key for key, _ in own})
        for key, tag in own:
            written[key][tag] += 1
    return counts


def _near(counts: Counter[str], captions: tuple[str, ...]) -> dict[str, str]:
    """The key of the tag that is meant, by that of the one that is written otherwise."""
    found = {key_of(slip.tag): key_of(slip.suggestion) for slip in misspelt(captions)}
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for key in counts:
        alike["".join(filter(str.isalnum, key))].append(key)
    for letters, keys in alike.items():
        if letters and len(keys) > 1:
            best = max(keys, key=lambda key: (counts[key], key))
            found |= {key: best for key in keys if key != best}
    return found
