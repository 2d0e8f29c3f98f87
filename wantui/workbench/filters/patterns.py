"""Texts that are looked for: as they stand, with wildcards, or as regular expressions that cannot hang."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from wantui.workbench.filters.lexing import FilterError

if TYPE_CHECKING:
    from wantui.workbench.filters.lexing import Token

PATIENCE_S = 0.2
"""How long one match may take: a regular expression like ``(a+)+b`` would take for ever."""

TextTest = Callable[[str], bool]
"""Whether a text has what is looked for."""


def contains(token: Token) -> TextTest:
    """Whether a text has what the token says somewhere in it, whatever the case.

    Raises:
        FilterError: a regular expression that is none.
    """
    if token.is_regex or _has_wildcard(token):
        return _searching(token)
    wanted = token.value.lower()
    return lambda text: wanted in text.lower()


def equals(token: Token) -> TextTest:
    """Whether a text is what the token says, whatever the case.

    Raises:
        FilterError: a regular expression that is none.
    """
    if token.is_regex or _has_wildcard(token):
        return _searching(token, whole=True)
    wanted = token.value.strip().lower()
    return lambda text: text.lower() == wanted


def _has_wildcard(token: Token) -> bool:
    return not token.is_quoted and ("*" in token.value or "?" in token.value)


def _searching(token: Token, *, whole: bool = False) -> TextTest:
    import regex  # noqa: PLC0415  30 ms that plain words do not need

    written = token.value if token.is_regex else _from_wildcards(token.value)
    try:
        pattern = regex.compile(written, regex.IGNORECASE | (0 if token.is_regex else regex.DOTALL))
    except regex.error as error:
        raise FilterError(f"no regular expression: {error}", token.start, token.end) from error
    match = pattern.fullmatch if whole else pattern.search

    def test(text: str) -> bool:
        try:
            return match(text, timeout=PATIENCE_S, concurrent=True) is not None
        except TimeoutError as error:
            raise FilterError("it takes too long; write a simpler one", token.start, token.end) from error

    return test


def _from_wildcards(written: str) -> str:
    """``*`` is any text, ``?`` any one character."""
    parts = {"*": ".*?", "?": "."}
    return "".join(parts.get(character) or re.escape(character) for character in written)
