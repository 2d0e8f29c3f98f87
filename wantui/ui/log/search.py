"""What is looked for in a log: an expression that a person types as in `less`, or lines of a kind.

A letter means its capital too, unless a capital is typed (smart case). An expression that needs too long for one line
ends the search with an error; wherever it is matched, other threads go on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from wantui.captions.expressions import ExpressionError, compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from regex import Pattern

LINE_S = 0.2
"""Seconds that an expression may take for one line; a line has 16 KiB at most."""
BLOCK_S = 0.5
"""The same for a block of lines; where it takes longer, each line is looked at by itself."""
DRAWN_S = 0.02
"""The same for a line that is drawn: where it takes longer its matches are not brought out."""
_AND = re.compile(r"\s+&\s+")
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_CONTEXT = re.compile(r"(?<!\[)\^|\$|\(\?|[*+?}]\+")
_ESCAPED_CONTEXT = re.compile(r"\\[AZzGKXR]")
"""What may match within a line alone, but not where others stand before and behind it."""


class Sought(Protocol):
    """What a line may have in it."""

    def may_be_in(self, block: bytes) -> bool:
        """Whether one of the lines of a block may have it; a quick look."""
        ...

    def is_in(self, line: bytes) -> bool:
        """Whether a line has it.

        Raises:
            TimeoutError: that cannot be told in `LINE_S`.
        """
        ...


def next_line(
    line: Callable[[int], str], count: int, sought: Sought, start: int, step: int, *, is_cancelled: Callable[[], bool]
) -> int | None:
    """The next of `count` lines, from `start` in the direction of `step`, that has what is sought; around the end.

    Raises:
        TimeoutError: it takes too long to tell whether a line has it.
    """
    for number in ((start + turn * step) % count for turn in range(count)):
        if is_cancelled():
            return None
        if sought.is_in(line(number).encode()):
            return number
    return None


class LinesOfAKind:
    """Lines that begin in some way."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        """`pattern` takes ``^`` for the beginning of a line."""
        self._pattern = pattern

    def may_be_in(self, block: bytes) -> bool:
        """See `Sought`."""
        return self._pattern.search(block.replace(b"\r", b"\n")) is not None

    def is_in(self, line: bytes) -> bool:
        """See `Sought`."""
        return self._pattern.search(line) is not None


class Expression:
    """A regular expression."""

    def __init__(self, typed: str) -> None:
        """Make ready what was typed.

        Raises:
            ExpressionError: it is no regular expression, or too large a one; the message is a clause.
        """
        bare = _ESCAPED.sub("", typed)
        ignores_case = not any(character.isupper() for character in bare)
        self.typed = typed
        self._pattern: Pattern[str] = compiled(typed, ignores_case=ignores_case)
        escaped = "".join(_ESCAPED.findall(typed))
        self._may_be_quick = not (_CONTEXT.search(bare) or _ESCAPED_CONTEXT.search(escaped))

    def may_be_in(self, block: bytes) -> bool:
        """See `Sought`."""
        if not self._may_be_quick:
            return True
        try:
            return self._pattern.search(_text(block), timeout=BLOCK_S, concurrent=True) is not None
        except TimeoutError:
            return True

    def is_in(self, line: bytes) -> bool:
        """See `Sought`."""
        return self._pattern.search(_text(line), timeout=LINE_S, concurrent=True) is not None

    def stretches(self, text: str) -> list[tuple[int, int]]:
        """Where the matches in a text that is drawn begin and end; none where that takes too long."""
        try:
            found = self._pattern.finditer(text, timeout=DRAWN_S)
            return [each.span() for each in found if each.end() > each.start()]
        except TimeoutError:
            return []


class AllOf:
    """Expressions that a line must all have, or with ``!`` before them not have: ``loss & !nan``."""

    def __init__(self, typed: str) -> None:
        """Make ready what was typed: expressions with `` & `` between them.

        Raises:
            ExpressionError: one of them is no regular expression; the message is a clause.
        """
        self.typed = typed
        parts = [part for part in _AND.split(typed.strip()) if part]
        self._parts = [(Expression(part.removeprefix("!").lstrip()), not part.startswith("!")) for part in parts]

    def is_in(self, line: bytes) -> bool:
        """Whether a line has all that it must have, and nothing that it must not.

        Raises:
            TimeoutError: that cannot be told in `LINE_S`.
        """
        return all(part.is_in(line) is has for part, has in self._parts)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


__all__ = ["AllOf", "Expression", "ExpressionError", "LinesOfAKind", "Sought"]
