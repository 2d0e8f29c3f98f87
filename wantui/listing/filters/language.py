"""From tokens to one test: AND binds tighter than OR, NOT tighter than both; terms side by side are joined by AND."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.listing.filters.fields import test_of
from wantui.listing.filters.lexing import FilterError, Sign, Token, tokens
from wantui.listing.filters.model import Context
from wantui.listing.filters.statuses import LEARNING, OWN_STATES
from wantui.listing.losses import NO_LOSSES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from wantui.listing.filters.model import Test
    from wantui.listing.losses import ItemLosses
    from wantui.listing.rows import ItemRow

PATIENCE_S = 3.0
"""How long one filtering with regular expressions may take in all."""
DEEPEST = 50
"""Parentheses within each other: more are a slip, and Python's own stack ends somewhere."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that has been understood."""

    text: str
    """As it was typed."""
    test: Test | None
    """None: everything is shown."""
    asks_for_status: bool = False
    """Whether it asks for what a look at caches and problems tells."""
    asks_for_tokens: bool = False
    """Whether it asks for numbers of tokens, which may have to be counted by a process."""
    has_expression: bool = False
    """Whether it has a regular expression, which may take as long as `PATIENCE_S`."""
    asks_for_losses: bool = False
    """Whether it asks for what the checkpoints of a run have on each item."""

    def indexes(
        self,
        rows: Sequence[ItemRow],
        marked: Collection[Path] = (),
        tokens: Callable[[str], int | None] | None = None,
        losses: Callable[[], ItemLosses | None] | None = None,
    ) -> list[int]:
        """Indexes of the rows that are asked for, ascending.

        Args:
            rows: of the dataset.
            marked: the media files that are marked.
            tokens: counts a caption's tokens; where it is or says None words are counted.
            losses: reads what the checkpoints of a run have on each item; called where the filter asks for it.

        Raises:
            FilterError: it takes too long, or asks for losses and none are known.
        """
        if self.test is None:
            return list(range(len(rows)))
        known = losses() if losses and self.asks_for_losses else None
        if known is None and self.asks_for_losses:
            raise FilterError(NO_LOSSES, 0, len(self.text))
        context, test, found = Context(frozenset(map(str, marked)), tokens, known), self.test, []
        deadline = time.monotonic() + PATIENCE_S
        for index, row in enumerate(rows):
            if test(row, context):
                found.append(index)
            if self.has_expression and time.monotonic() > deadline:
                raise FilterError("it takes too long; write a simpler one", 0, len(self.text))
        return found


def parse(text: str) -> Filter:
    """Understand what was typed; nothing but space asks for every item.

    Raises:
        FilterError: it cannot be understood; the error says where and what to write instead.
    """
    pieces = list(tokens(text))
    if not pieces:
        return Filter(text, None)
    reader = _Reader(text, pieces)
    test = reader.alternatives()
    left = reader.peek()
    if left is not None:  # the only thing that an expression stops at
        raise FilterError("there is no opening parenthesis for this; remove it", left.start, left.end)
    terms = [piece for piece in pieces if piece.sign is Sign.TEXT]
    statuses = {term.value.lower() for term in terms if term.field == "status"}
    return Filter(
        text,
        test,
        asks_for_status=bool(statuses - OWN_STATES.keys() - LEARNING.keys()),
        asks_for_tokens=any(term.field == "tokens" for term in terms),
        has_expression=any(term.is_regex for term in terms),
        asks_for_losses=bool(statuses & LEARNING.keys()) or any(term.field == "loss" for term in terms),
    )


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, text: str, pieces: list[Token]) -> None:
        self._text = text
        self._pieces = pieces
        self._at = 0
        self._depth = 0

    def peek(self) -> Token | None:
        return self._pieces[self._at] if self._at < len(self._pieces) else None

    def _take(self, *signs: Sign) -> Token | None:
        token = self.peek()
        if token is None or token.sign not in signs:
            return None
        self._at += 1
        return token

    def alternatives(self) -> Test:
        """Terms with OR between them."""
        tests = [self._conjunction()]
        while self._take(Sign.OR):
            tests.append(self._conjunction())
        if len(tests) == 1:
            return tests[0]
        return lambda row, context: any(test(row, context) for test in tests)

    def _conjunction(self) -> Test:
        """Terms with AND, or nothing, between them."""
        tests = [self._negation()]
        while True:
            said = self._take(Sign.AND)
            token = self.peek()
            if said is None and (token is None or token.sign in (Sign.OR, Sign.CLOSE)):
                break
            tests.append(self._negation())
        if len(tests) == 1:
            return tests[0]
        return lambda row, context: all(test(row, context) for test in tests)

    def _negation(self) -> Test:
        is_negated = False
        while self._take(Sign.NOT):
            is_negated = not is_negated
        test = self._atom()
        return (lambda row, context: not test(row, context)) if is_negated else test

    def _atom(self) -> Test:
        before = self._pieces[self._at - 1] if self._at else None
        opening = self._take(Sign.OPEN)
        if opening is not None:
            return self._group(opening)
        token = self._take(Sign.TEXT)
        if token is not None:
            return test_of(token)
        wrong = self.peek() or before
        if wrong is None:  # there is at least one token
            raise FilterError("there is nothing to look for", 0, len(self._text))
        raise FilterError("a term is missing here", wrong.start, wrong.end)

    def _group(self, opening: Token) -> Test:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterError("parentheses are nested too deeply", opening.start, opening.end)
        test = self.alternatives()
        if self._take(Sign.CLOSE) is None:
            raise FilterError("this parenthesis is not closed", opening.start, opening.end)
        self._depth -= 1
        return test
