"""Two versions of one caption put together, word by word, where they do not change the same place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class _Edit:
    """A stretch of the base that became something else."""

    start: int
    end: int
    """In pieces of the base."""
    pieces: tuple[str, ...]


def merged(base: str, mine: str, theirs: str) -> str | None:
    """What both versions make of `base` together; None where both changed one place, each in its own way.

    Args:
        base: what both began with.
        mine: one version.
        theirs: the other one.
    """
    pieces = _PIECE.findall(base)
    own, other = _edits(pieces, mine), _edits(pieces, theirs)
    edits = sorted({*own, *other}, key=lambda edit: (edit.start, edit.end))
    for before, after in pairwise(edits):
        if after.start <= before.end:
            return None
    written: list[str] = []
    at = 0
    for edit in edits:
        written += [*pieces[at : edit.start], *edit.pieces]
        at = edit.end
    return "".join([*written, *pieces[at:]])


def _edits(base: list[str], text: str) -> list[_Edit]:
    pieces = _PIECE.findall(text)
    matcher = SequenceMatcher(None, base, pieces, autojunk=False)
    return [
        _Edit(start, end, tuple(pieces[into:until]))
        for kind, start, end, into, until in matcher.get_opcodes()
        if kind != "equal"
    ]
