"""From what was typed to words, signs and where each of them stands."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from wantui.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class FilterError(BadInputError):
    """A filter that cannot be understood, or takes too long; the message says what to write instead."""

    def __init__(self, message: str, start: int, end: int) -> None:
        """Say what is wrong, and where.

        Args:
            message: a sentence without a final stop.
            start: offset of the first wrong character in what was typed.
            end: offset behind the last one.
        """
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class Sign(Enum):
    """What a token is."""

    TEXT = auto()
    """A word, a phrase in quotes, or a regular expression, with or without a field in front."""
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a filter."""

    sign: Sign
    start: int
    end: int
    field: str = ""
    """What stands before the colon, in small letters; empty where there is none."""
    value: str = ""
    """What is looked for."""
    is_quoted: bool = False
    """Whether wildcards are meant as they stand."""
    is_regex: bool = False


_WORDS = {"AND": Sign.AND, "OR": Sign.OR, "NOT": Sign.NOT}
"""In capitals only, so that a caption's "and" can be looked for."""
_ENCLOSING = "\"'/"
"""What closes what it has opened; an apostrophe that nothing closes is a letter, and so is a slash of a path."""


def tokens(text: str) -> Iterator[Token]:
    """The pieces of `text` in order.

    Raises:
        FilterError: quotes or a regular expression that are not closed.
    """
    at = 0
    while at < len(text):
        character = text[at]
        if character.isspace():
            at += 1
        elif character in "()":
            yield Token(Sign.OPEN if character == "(" else Sign.CLOSE, at, at + 1)
            at += 1
        elif character == "-" and text[at + 1 : at + 2].strip():
            yield Token(Sign.NOT, at, at + 1)
            at += 1
        else:
            token = _term(text, at)
            yield token
            at = token.end


def _term(text: str, start: int) -> Token:
    """A word, with its field where it has one."""
    field, at = _field(text, start)
    opening = text[at : at + 1]
    closed = _closed(text, at) if opening and opening in _ENCLOSING else None
    if opening == "/" and (field != "path" or (closed is not None and _ends(text, closed))):
        return _expression(text, start, at, closed, field)
    if opening != "/" and closed is not None:
        value = text[at + 1 : closed - 1].replace(f"\\{opening}", opening)
        return Token(Sign.TEXT, start, closed, field, value, is_quoted=True)
    if opening == '"':
        raise FilterError("the quotes are not closed", at, len(text))
    end = at
    while not _ends(text, end):
        end += 1
    value = text[at:end]
    if not field and value in _WORDS:
        return Token(_WORDS[value], start, end)
    return Token(Sign.TEXT, start, end, field, value)


def _field(text: str, start: int) -> tuple[str, int]:
    """The field that a term begins with, and where its value begins."""
    at = start
    while at < len(text) and (text[at].isalpha() or text[at] == "_"):
        at += 1
    if at > start and text[at : at + 1] == ":":
        return text[start:at].lower(), at + 1
    return "", start


def _expression(text: str, start: int, at: int, closed: int | None, field: str) -> Token:
    if closed is None:
        raise FilterError('a regular expression ends with /; in "quotes" a / is looked for as text', at, len(text))
    if not _ends(text, closed):
        message = 'something stands behind the regular expression; leave a space, or put it all in "quotes"'
        raise FilterError(message, closed, closed + 1)
    value = text[at + 1 : closed - 1].replace("\\/", "/")
    return Token(Sign.TEXT, start, closed, field, value, is_regex=True)


def _ends(text: str, at: int) -> bool:
    """Whether a term that reaches to `at` ends there."""
    return at >= len(text) or text[at].isspace() or text[at] in "()"


def _closed(text: str, at: int) -> int | None:
    """Behind the next sign like the one at `at`, None where there is none; a backslash protects."""
    end = at + 1
    while end < len(text) and text[end] != text[at]:
        end += 2 if text[end] == "\\" else 1
    return end + 1 if end < len(text) else None


def nearest(written: str, known: Sequence[str], *, ending: str = "") -> str:
    """``; did you mean stale?`` where one of the known words is like what was written, else nothing."""
    near = difflib.get_close_matches(written.lower(), known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}{ending}?" if near else ""
