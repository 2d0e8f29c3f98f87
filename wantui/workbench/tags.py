"""Captions as lists of tags: split at commas and line ends, changed with every untouched byte in its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Piece:
    """A tag with what stands around it."""

    text: str
    """The tag; empty between two commas."""
    before: str
    """Space in front of it."""
    after: str
    """Space behind it, and the comma or line end that ends it."""

    @property
    def key(self) -> str:
        """What two tags that mean the same have in common."""
        return key_of(self.text)

    def __str__(self) -> str:
        return self.before + self.text + self.after


def key_of(tag: str) -> str:
    """What two tags that mean the same have in common: case and the width of inner space do not count."""
    return " ".join(tag.split()).casefold()


def split_tags(caption: str) -> list[str]:
    """The tags of a caption, without the space around them."""
    return [tag for piece in caption.replace("\n", ",").split(",") if (tag := piece.strip())]


def pieces(caption: str) -> list[Piece]:
    """The caption cut behind every comma and line end; joined again they are the caption."""
    found: list[Piece] = []
    start = 0
    for at, character in enumerate(caption):
        if character in ",\n":
            found.append(_piece(caption[start:at], character))
            start = at + 1
    if start < len(caption):
        found.append(_piece(caption[start:], ""))
    return found


def with_texts(caption: str, texts: Sequence[str]) -> str:
    """The caption with other tags in the places of its own.

    Args:
        caption: the whole text.
        texts: as many as the caption has tags.
    """
    given = iter(texts)
    return "".join(str(replace(piece, text=next(given)) if piece.text else piece) for piece in pieces(caption))


def without(caption: str, is_dropped: Callable[[Piece], bool]) -> str:
    """The caption without some of its tags; their commas go with them, line ends stay where a line is left.

    Args:
        caption: the whole text.
        is_dropped: asked once for each tag, in order.
    """
    kept: list[Piece] = []
    every = pieces(caption)
    dropped = [bool(piece.text) and is_dropped(piece) for piece in every]
    if not any(dropped):
        return caption
    lacks_lead = False
    for piece, is_gone in zip(every, dropped, strict=True):
        begins_line = not kept or kept[-1].after.endswith("\n")
        if not is_gone:
            kept.append(replace(piece, before="") if lacks_lead and begins_line else piece)
            lacks_lead = False
        elif begins_line:
            lacks_lead = not piece.after.endswith("\n")
        elif piece.after.endswith("\n"):
            kept[-1] = replace(kept[-1], after="\n")
    text = "".join(map(str, kept))
    if caption.rstrip().endswith(","):
        return text
    while text.rstrip().endswith(","):
        text = text.rstrip().removesuffix(",")
    return text.rstrip()


def _piece(text: str, closing: str) -> Piece:
    stripped = text.strip()
    if not stripped:
        return Piece("", text, closing)
    lead = text[: len(text) - len(text.lstrip())]
    return Piece(stripped, lead, text[len(lead) + len(stripped) :] + closing)
