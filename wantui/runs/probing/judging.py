"""Whether a training over-fits: a pure function of the losses of its checkpoints on held-out items.

Two checkpoints are compared item by item. They were asked the same questions (noise, timesteps), so what an item's
loss differs by, averaged over its draws, is free of what makes the losses themselves so uneven. These differences,
one for each item, have a mean and a spread; the mean divided by its standard error is Student's t with as many
degrees of freedom as there are items, less one. A rise is told only where chance alone would make one like it in
less than `CHANCE` of all trainings. The epoch with the lowest loss was picked after the fact, among all that were
asked, so the chance is divided by the number of comparisons that this pick stands for (Bonferroni).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHANCE = 0.05
"""How often a training that does not over-fit may be said to."""
FEWEST = 2
"""Items that a spread can be told from."""
_TINY = 1e-300
_STEPS = 300
_EXACT = 1e-14


@dataclass(frozen=True, slots=True)
class EpochLosses:
    """What the checkpoint of an epoch was found to have."""

    epoch: int
    items: Mapping[str, float]
    """The loss of each item, averaged over its draws."""

    @property
    def mean(self) -> float:
        """Over the items."""
        return math.fsum(self.items.values()) / len(self.items)


@dataclass(frozen=True, slots=True)
class Rise:
    """By how much the loss of one checkpoint is above that of another, item by item."""

    mean: float
    error: float
    """Standard error of `mean`."""
    items: int

    @property
    def chance(self) -> float:
        """How likely chance alone makes a rise like this one or a greater one, 0..1."""
        if self.items < FEWEST or self.mean <= 0:
            return 1.0
        return 0.0 if self.error == 0 else upper_tail(self.mean / self.error, self.items - 1)


@dataclass(frozen=True, slots=True)
class OverFit:
    """A training that goes on past the epoch where what it learns is of use to what it has not seen."""

    after: int
    """The epoch with the lowest loss."""
    last: int
    """The last epoch that was asked."""
    rise: Rise

    def __str__(self) -> str:
        return (
            f"over-fits after epoch {self.after}: held out rises by more than its spread "
            f"(+{self.rise.mean:.2g} ± {self.rise.error:.1g} at epoch {self.last})"
        )


def lowest(epochs: Sequence[EpochLosses]) -> EpochLosses | None:
    """The epoch with the lowest mean loss, the first of several; None where none has a number."""
    return min(_numbers(epochs), key=lambda each: (each.mean, each.epoch), default=None)


def over_fit(epochs: Sequence[EpochLosses]) -> OverFit | None:
    """Whether the last epoch is worse on the items than the lowest one by more than chance makes it.

    Args:
        epochs: asked about the same items with the same draws, in any order; those with a loss that is no number are
            passed over.

    Raises:
        ValueError: they were asked about different items.
    """
    known = sorted(_numbers(epochs), key=lambda each: each.epoch)
    best = lowest(known)
    if best is None or best.epoch == known[-1].epoch:
        return None
    found = rise(best, known[-1])
    return OverFit(best.epoch, known[-1].epoch, found) if found.chance < CHANCE / (len(known) - 1) else None


def rise(before: EpochLosses, after: EpochLosses) -> Rise:
    """How `after` differs from `before`, item by item.

    Raises:
        ValueError: they were asked about different items.
    """
    if before.items.keys() != after.items.keys() or not before.items:
        raise ValueError("losses on different items cannot be compared")
    mean, error = mean_and_error([after.items[item] - loss for item, loss in before.items.items()])
    return Rise(mean, error, len(before.items))


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and its standard error; the latter is infinite for a single value."""
    count = len(values)
    mean = math.fsum(values) / count
    if count < FEWEST:
        return mean, math.inf
    spread = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    return mean, math.sqrt(spread / count)


def upper_tail(t: float, freedom: int) -> float:
    """How likely Student's t is above `t` with so many degrees of freedom.

    By the regularized incomplete beta function: half of I_x(freedom / 2, 1/2) with x = freedom / (freedom + t²)
    (Abramowitz and Stegun 26.7.1 and 26.5.27).
    """
    half = _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
    return half if t > 0 else 1 - half


def _numbers(epochs: Sequence[EpochLosses]) -> list[EpochLosses]:
    return [each for each in epochs if each.items and all(map(math.isfinite, each.items.values()))]


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function I_x(a, b), for 0 <= x <= 1."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # where its fraction converges fast
        return 1 - _incomplete_beta(b, a, 1 - x)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz's method."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _EXACT:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
