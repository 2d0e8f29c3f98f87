"""What is said of over-fitting: Student's t against tables, no rise by chance, none without two items."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.runs.probing.judging import CHANCE, EpochLosses, Rise, lowest, mean_and_error, over_fit, rise, upper_tail

LOSSES = st.lists(st.floats(0.01, 2.0), min_size=2, max_size=12)


def losses(epoch: int, *values: float) -> EpochLosses:
    return EpochLosses(epoch, {f"0/{at}": value for at, value in enumerate(values)})


@pytest.mark.parametrize(
    ("t", "freedom", "chance"),
    [  # the usual table of one-sided quantiles, as in Abramowitz and Stegun 26.10
        (6.314, 1, 0.05), (31.821, 1, 0.01), (2.920, 2, 0.05), (2.015, 5, 0.05), (3.365, 5, 0.01),
        (1.812, 10, 0.05), (2.764, 10, 0.01), (1.697, 30, 0.05), (3.646, 30, 0.0005), (1.658, 120, 0.05),
    ],
)  # fmt: skip
def test_the_tail_of_students_t(t: float, freedom: int, chance: float) -> None:
    assert upper_tail(t, freedom) == pytest.approx(chance, rel=2e-3)
    assert upper_tail(-t, freedom) == pytest.approx(1 - chance, rel=2e-3)


@given(st.floats(-50, 50), st.integers(1, 200))
def test_the_tail_is_a_chance_that_falls(t: float, freedom: int) -> None:
    chance = upper_tail(t, freedom)
    assert 0 <= chance <= 1
    assert upper_tail(t + 0.5, freedom) <= chance + 1e-12
    assert chance + upper_tail(-t, freedom) == pytest.approx(1.0, abs=1e-9)


def test_a_clear_rise_is_told_with_its_epoch() -> None:
    epochs = [
        losses(20, 0.090, 0.080, 0.085, 0.095, 0.088, 0.079),
        losses(40, 0.080, 0.071, 0.076, 0.084, 0.079, 0.070),
        losses(60, 0.090, 0.079, 0.087, 0.094, 0.088, 0.081),
    ]
    found = over_fit(epochs)
    assert found is not None
    assert (found.after, found.last) == (40, 60)
    assert str(found).startswith("over-fits after epoch 40: held out rises by more than its spread (+0.0098 ± 0.000")
    assert over_fit(epochs[:2]) is None
    assert over_fit(list(reversed(epochs))) == found


def test_a_rise_within_its_spread_is_not_told() -> None:
    assert over_fit([losses(1, 0.1, 0.2, 0.3, 0.4), losses(2, 0.2, 0.1, 0.5, 0.3)]) is None


@given(LOSSES, st.floats(0.001, 1.0))
def test_if_every_item_gets_worse_by_the_same_it_is_told(values: list[float], worse: float) -> None:
    found = over_fit([losses(1, *values), losses(2, *(value + worse for value in values))])
    assert found is not None
    assert found.rise.mean == pytest.approx(worse)


@given(LOSSES, st.floats(0, 1.0))
def test_if_every_item_gets_better_nothing_is_told(values: list[float], better: float) -> None:
    epochs = [losses(1, *(value + better for value in values)), losses(2, *values)]
    assert over_fit(epochs) is None


@given(st.floats(0, 1), st.floats(0, 1))
def test_one_item_tells_nothing(before: float, after: float) -> None:
    assert over_fit([losses(1, before), losses(2, after)]) is None
    assert Rise(1.0, 0.0, 1).chance == 1.0


@given(
    st.lists(LOSSES.map(lambda values: (values * 6)[:6]), min_size=1, max_size=8), st.floats(0.1, 10), st.randoms()
)
def test_neither_order_nor_scale_matters(table: list[list[float]], scale: float, shuffled: random.Random) -> None:
    epochs = [losses(epoch, *values) for epoch, values in enumerate(table, 1)]
    found = over_fit(epochs)
    scaled = [EpochLosses(each.epoch, {key: scale * loss for key, loss in each.items.items()}) for each in epochs]
    shuffled.shuffle(scaled)
    again = over_fit(scaled)
    best = lowest(epochs)
    assert best is not None
    either = found or again
    if found is not None and again is not None:
        assert (again.after, again.last) == (found.after, found.last)
        assert again.rise.mean == pytest.approx(scale * found.rise.mean)
    elif either is not None:  # at the very bound rounding may decide
        assert either.rise.chance == pytest.approx(CHANCE / (len(table) - 1), rel=1e-6)


def test_chance_alone_is_called_over_fitting_in_less_than_five_of_a_hundred_trainings() -> None:
    drawn, called = random.Random(4), 0
    trainings = 2000
    for _ in range(trainings):
        epochs = [losses(epoch, *(drawn.gauss(0.1, 0.01) for _ in range(6))) for epoch in range(1, 7)]
        called += over_fit(epochs) is not None
    assert called / trainings < CHANCE


def test_what_is_no_number_is_passed_over() -> None:
    epochs = [losses(1, 0.1, 0.2), losses(2, math.nan, 0.2), losses(3, 0.05, 0.1), losses(4, math.inf, 0.1)]
    best = lowest(epochs)
    assert best is not None
    assert best.epoch == 3
    assert over_fit(epochs) is None
    assert lowest([epochs[1]]) is None
    assert over_fit([]) is None


def test_different_items_are_not_compared() -> None:
    one, other = losses(1, 0.1, 0.2), losses(2, 0.1, 0.2, 0.3)
    with pytest.raises(ValueError, match="different items"):
        rise(one, other)
    assert rise(one, replace(one, epoch=2)) == Rise(0.0, 0.0, 2)
    assert mean_and_error([0.5]) == (0.5, math.inf)
