"""How two captions differ, word by word, for showing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")


class DifferenceKind(StrEnum):
    """What became of a part."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class TextPart:
    """A stretch of text that became one thing."""

    kind: DifferenceKind
    text: str


def difference(before: str, after: str) -> tuple[TextPart, ...]:
    """The parts in order; what is kept and removed is `before`, what is kept and added is `after`."""
    return tuple(_parts(_PIECE.findall(before), _PIECE.findall(after)))


def _parts(before: list[str], after: list[str]) -> Iterator[TextPart]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, begin, end, into, until in matcher.get_opcodes():
        if kind == "equal":
            yield TextPart(DifferenceKind.KEPT, "".join(before[begin:end]))
            continue
        if end > begin:
            yield TextPart(DifferenceKind.REMOVED, "".join(before[begin:end]))
        if until > into:
            yield TextPart(DifferenceKind.ADDED, "".join(after[into:until]))
