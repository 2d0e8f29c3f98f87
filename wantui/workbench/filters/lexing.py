"""From what was typed to words, signs and where each of them stands."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from wantui.workbench.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class FilterError(InputError):
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
_QUOTES = "\"'"


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
    if text[at : at + 1] == "/":
        value, end = _enclosed(text, at, "a regular expression ends with /")
        return Token(Sign.TEXT, start, end, field, value.replace("\\/", "/"), is_regex=True)
    if text[at : at + 1] in _QUOTES and text[at : at + 1] and _closes(text, at):
        value, end = _enclosed(text, at, "")
        return Token(Sign.TEXT, start, end, field, value.replace(f"\\{text[at]}", text[at]), is_quoted=True)
    if text[at : at + 1] == '"':
        raise FilterError("the quotes are not closed", at, len(text))
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in "()":
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


def _closes(text: str, at: int) -> bool:
    """Whether quotes that open at `at` are closed: an apostrophe alone is a letter."""
    try:
        _enclosed(text, at, "")
    except FilterError:
        return False
    return True


def _enclosed(text: str, at: int, message: str) -> tuple[str, int]:
    """What stands between the sign at `at` and the next one like it, and where it ends; a backslash protects."""
    end = at + 1
    while end < len(text) and text[end] != text[at]:
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        raise FilterError(message, at, len(text))
    return text[at + 1 : end], end + 1


def nearest(written: str, known: Sequence[str], *, ending: str = "") -> str:
    """``; stale is meant?`` where one of the known words is like what was written, else nothing."""
    near = difflib.get_close_matches(written.lower(), known, n=1, cutoff=0.5)
    return f"; {near[0]}{ending} is meant?" if near else ""
