"""Names that the trainer fails on, and names that look alike and are not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from wantui.dataset.lint.telling import error, warning
from wantui.dataset.naming import composed, is_utf8

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wantui.dataset.model import Item, Problem, Subset


def check(file: Path, subset: Subset, items: Sequence[Item]) -> Iterator[Problem]:
    """The names of one dataset's items, and of its cache folder.

    Args:
        file: the ``dataset.toml``.
        subset: its section.
        items: those of the section.
    """
    if not is_utf8(str(subset.cache_directory)):
        message = f"the way to the cache folder, {subset.cache_directory}, is not UTF-8: training ends with an error"
        yield error("name-not-utf8", file, message, "rename the folder whose name it is", subset.line)
    by_look: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.name.isascii():
            continue
        if is_utf8(item.name):
            by_look[composed(item.name)].append(item)
        else:
            yield _not_utf8(item)
    for first, *others in by_look.values():
        for other in others:
            if other.name != first.name:  # the same name twice is told as such
                yield _alike(first, other)


def caption_alike(path: Path, meant: str) -> Problem:
    """A caption whose name looks like that of media without one, `meant` being the name that it should have."""
    message = "nothing reads it: its name looks like that of its media, and is written with other characters"
    return error("caption-name-alike", path, message, f"rename it as its media are, {meant}")


def _not_utf8(item: Item) -> Problem:
    """Both cache steps take it; the training opens caches by `safetensors.safe_open`, which takes UTF-8 only."""
    message = "its name is not UTF-8: the caches are made, and then the training ends with a UnicodeEncodeError"
    return error("name-not-utf8", item.media, message, "rename it and what goes with it")


def _alike(first: Item, other: Item) -> Problem:
    message = (
        f"looks like {first.media.name}, and is written with other characters (NFC and NFD): "
        "a typed name or a copy to another system may mix the two up"
    )
    return warning("names-look-alike", other.media, message, "rename one of the two, and its caption")
