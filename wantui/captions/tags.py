"""Captions as lists of tags: split at commas and line ends, changed with every untouched byte in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_TAG = re.compile(r"[^\s,](?:[^,\n]*[^\s,])?")
_PIECE = re.compile(r"[^,\n]*[,\n]|[^,\n]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A tag with what stands around it."""

    text: str
    """The tag; empty between two commas."""
    before: str
    """Space in front of it."""
    after: str
    """Space behind it, and the comma or line end that ends it."""

    def __str__(self) -> str:
        return self.before + self.text + self.after


def key_of(tag: str) -> str:
    """What two tags that mean the same have in common: case and the width of inner space do not count."""
    return " ".join(tag.split()).casefold()


def split_tags(caption: str) -> list[str]:
    """The tags of a caption, without the space around them."""
    return [tag for piece in caption.replace("\n", ",").split(",") if (tag := piece.strip())]


def has_tag(caption: str, key: str) -> bool:
    """Whether a caption has a tag with that `key_of`."""
    word = key.partition(" ")[0]  # that it is nowhere is seen at once, without a look at each tag
    return word in caption.casefold() and any(key_of(tag) == key for tag in split_tags(caption))


def pieces(caption: str) -> list[Piece]:
    """The caption cut behind every comma and line end; joined again they are the caption."""
    return [_piece(found) for found in _PIECE.findall(caption)]


def with_texts(caption: str, texts: Sequence[str]) -> str:
    """The caption with other tags in the places of its own.

    Args:
        caption: the whole text.
        texts: as many as the caption has tags.
    """
    given = iter(texts)
    return _TAG.sub(lambda _tag: next(given), caption)


def without(caption: str, is_dropped: Callable[[str], bool]) -> str:
    """The caption without some of its tags; their commas go with them, line ends stay where a line is left.

    Args:
        caption: the whole text.
        is_dropped: asked once for each tag, in order.
    """
    dropped = [is_dropped(tag) for tag in split_tags(caption)]
    if not any(dropped):
        return caption
    text = _left(caption, dropped)
    if caption.rstrip().endswith(","):
        return text
    while text.rstrip().endswith(","):
        text = text.rstrip().removesuffix(",")
    return text.rstrip()


def _left(caption: str, dropped: Iterable[bool]) -> str:
    """What is left of a caption when some of its tags go, its end not yet tidied."""
    is_next_dropped = iter(dropped)
    kept: list[Piece] = []
    lacks_lead = False
    for piece in pieces(caption):
        is_gone = bool(piece.text) and next(is_next_dropped)
        begins_line = not kept or kept[-1].after.endswith("\n")
        if not is_gone:
            kept.append(replace(piece, before="") if lacks_lead and begins_line else piece)
            lacks_lead = False
        elif begins_line:
            lacks_lead = not piece.after.endswith("\n")
        elif piece.after.endswith("\n"):
            kept[-1] = replace(kept[-1], after="\n")
    return "".join(map(str, kept))


def _piece(found: str) -> Piece:
    closing = found[-1:] if found.endswith((",", "\n")) else ""
    text = found.removesuffix(closing)
    stripped = text.strip()
    if not stripped:
        return Piece("", text, closing)
    lead = text[: len(text) - len(text.lstrip())]
    return Piece(stripped, lead, text[len(lead) + len(stripped) :] + closing)
