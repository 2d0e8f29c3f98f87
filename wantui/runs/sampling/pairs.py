"""Pairs of checkpoints, one of each expert: what they are, and which are asked for pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from wantui.runs.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.jobs.fields import Fields

Member: TypeAlias = int | str
"""A checkpoint of an expert: its epoch, or the name of an average of several, ``ema-10-40``."""
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """A checkpoint of each expert; pairs are in the order of their epochs, those with averages behind."""

    high: Member
    low: Member

    def __str__(self) -> str:
        return f"high {self.high} + low {self.low}"

    def of(self, expert: str) -> Member:
        """The checkpoint of ``high`` or of ``low``."""
        return {"high": self.high, "low": self.low}[expert]

    @property
    def brief(self) -> str:
        """As above without the names of the experts: ``40 + ema-10-40``."""
        return f"{self.high} + {self.low}"

    def __lt__(self, other: Pair) -> bool:
        return self._place < other._place

    @property
    def _place(self) -> tuple[tuple[bool, int, str], ...]:
        return tuple(
            (False, each, "") if isinstance(each, int) else (True, 0, each) for each in (self.high, self.low)
        )

    def to_document(self) -> dict[str, Member]:
        """As JSON."""
        return {"high": self.high, "low": self.low}

    @classmethod
    def from_fields(cls, fields: Fields) -> Pair:
        """From JSON.

        Raises:
            FieldError: it is none.
        """
        return cls(fields.integer_or_text("high"), fields.integer_or_text("low"))


def diagonal(high: Sequence[Member], low: Sequence[Member]) -> tuple[Pair, ...]:
    """The pairs of one epoch, or of averages of one name, for each that both experts have."""
    return tuple(sorted(Pair(each, each) for each in {*high} & {*low}))


def asked_for(
    high: Sequence[Member],
    low: Sequence[Member],
    asked_high: Sequence[Member] | None,
    asked_low: Sequence[Member] | None,
) -> tuple[Pair, ...]:
    """The pairs that a person means: each of one with each of the other; where one is named alone, the same of both.

    Averages are meant only where they are named.

    Args:
        high: what there is.
        low: the same.
        asked_high: what is named; empty: all epochs; None: none is named.
        asked_low: the same.

    Raises:
        PlanError: there is no such checkpoint.
    """
    highs, lows = _named("high", high, asked_high), _named("low", low, asked_low)
    if highs is not None and lows is not None:
        return tuple(Pair(one, other) for one in highs for other in lows)
    if highs is None and lows is None:
        return diagonal(_epochs(high), _epochs(low))
    alone = highs if highs is not None else lows or ()
    other, known = ("low", low) if highs is not None else ("high", high)
    return tuple(Pair(each, each) for each in _named(other, known, alone) or ())


def _named(expert: str, known: Sequence[Member], asked: Sequence[Member] | None) -> tuple[Member, ...] | None:
    if asked is None:
        return None
    missing = [each for each in asked if each not in known]
    if missing:
        there = ", ".join(map(str, known[:_MOST_TOLD])) or "none"
        what = f"checkpoint of epoch {missing[0]}" if isinstance(missing[0], int) else str(missing[0])
        raise PlanError(f"{expert} has no {what}; there are {there}")
    return tuple(dict.fromkeys(asked)) or _epochs(known)


def _epochs(members: Sequence[Member]) -> tuple[Member, ...]:
    return tuple(each for each in members if isinstance(each, int))
