"""Which pairs of checkpoints are asked for pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.runs.errors import PlanError
from wantui.runs.sampling.pictures import Pair

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_TOLD = 20


def diagonal(high: Sequence[int], low: Sequence[int]) -> tuple[Pair, ...]:
    """The pairs of one epoch, for each that both experts have."""
    return tuple(Pair(epoch, epoch) for epoch in sorted(set(high) & set(low)))


def asked_for(
    high: Sequence[int], low: Sequence[int], asked_high: Sequence[int] | None, asked_low: Sequence[int] | None
) -> tuple[Pair, ...]:
    """The pairs that a person means: each of one with each of the other; where one is named alone, the same of both.

    Args:
        high: epochs that there are.
        low: the same.
        asked_high: epochs that are named; empty: all of them; None: none is named.
        asked_low: the same.

    Raises:
        PlanError: there is no such checkpoint.
    """
    highs, lows = _named("high", high, asked_high), _named("low", low, asked_low)
    if highs is not None and lows is not None:
        return tuple(Pair(one, other) for one in highs for other in lows)
    if highs is None and lows is None:
        return diagonal(high, low)
    alone = highs if highs is not None else lows or ()
    other, known = ("low", low) if highs is not None else ("high", high)
    return tuple(Pair(each, each) for each in _named(other, known, alone) or ())


def _named(expert: str, known: Sequence[int], asked: Sequence[int] | None) -> tuple[int, ...] | None:
    if asked is None:
        return None
    missing = [each for each in asked if each not in known]
    if missing:
        there = ", ".join(map(str, known[:_MOST_TOLD])) or "none"
        raise PlanError(f"{expert} has no checkpoint of epoch {missing[0]}; there are {there}")
    return tuple(dict.fromkeys(asked)) or tuple(known)
