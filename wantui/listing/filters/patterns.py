"""Texts that are looked for: as they stand, with wildcards, or as regular expressions that cannot hang.

But for regular expressions, an accent is found whether it is part of its letter (NFC) or stands behind it (NFD).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from wantui.captions.expressions import ExpressionError, compiled
from wantui.captions.tags import key_of
from wantui.dataset.naming import composed
from wantui.listing.filters.lexing import FilterError

if TYPE_CHECKING:
    from wantui.listing.filters.lexing import Token

PATIENCE_S = 0.2
"""How long one match may take: a regular expression like ``(a+)+b`` would take for ever."""

TextTest = Callable[[str], bool]
"""Whether a text has what is looked for."""


def contains(token: Token) -> TextTest:
    """Whether a text has what the token says somewhere in it, whatever the case.

    Raises:
        FilterError: a regular expression that is none.
    """
    if token.is_regex:
        return _expression(token, is_whole=False)
    if _has_wildcard(token):
        return _wildcards(token.value, is_whole=False)
    wanted = composed(token.value).lower()
    return lambda text: wanted in composed(text).lower()


def equals(token: Token) -> TextTest:
    """Whether a text is what the token says, whatever the case and the width of the space between words.

    Raises:
        FilterError: a regular expression that is none.
    """
    if token.is_regex:
        return _expression(token, is_whole=True)
    if _has_wildcard(token):
        return _wildcards(token.value, is_whole=True)
    wanted = key_of(composed(token.value))
    return lambda text: key_of(composed(text)) == wanted


def surely_has(token: Token) -> TextTest:
    """A quick look that spares a slow one: false for texts that hold nothing that `equals` would find in them."""
    if token.is_regex or _has_wildcard(token):
        return lambda _text: True
    word = max(key_of(composed(token.value)).split(), key=len, default="")
    return lambda text: word in composed(text).casefold()


def _has_wildcard(token: Token) -> bool:
    return not token.is_quoted and ("*" in token.value or "?" in token.value)


def _wildcards(written: str, *, is_whole: bool) -> TextTest:
    """``*`` is any text, ``?`` any one character.

    What stands between two ``*`` is found where it comes first, and never looked for again: the time grows with the
    text alone.
    """
    parts = [
        "".join("." if each == "?" else re.escape(each) for each in part)
        for part in composed(written).lower().split("*")
    ]
    if is_whole:
        first, *others = parts
        ending = [f".*{others.pop()}"] if others else []
        pattern = "".join([first, *(f"(?>.*?{part})" for part in others), *ending, r"\Z"])
    else:
        pattern = "".join(f"(?>.*?{part})" for part in parts if part)
    match = re.compile(pattern, re.DOTALL).match
    return lambda text: match(composed(text).lower()) is not None


def _expression(token: Token, *, is_whole: bool) -> TextTest:
    try:
        pattern = compiled(token.value, ignores_case=True)
    except ExpressionError as error:
        raise FilterError(f"not a valid regular expression: {error}", token.start, token.end) from error
    match = pattern.fullmatch if is_whole else pattern.search

    def test(text: str) -> bool:
        try:
            return match(text, timeout=PATIENCE_S, concurrent=True) is not None
        except TimeoutError as error:
            raise FilterError("it takes too long; write a simpler one", token.start, token.end) from error

    return test
