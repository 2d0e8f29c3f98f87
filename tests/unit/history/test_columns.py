"""Steps as columns: reduced to places of a chart without losing the least or the greatest."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.history import columns as module
from wantui.history.columns import Figure, StepColumns, StepRow, XAxis

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, width=32)), max_size=700)


def row(step: int, loss: float | None = 0.5, *, epoch: int | None = 1, time: float | None = None) -> StepRow:
    return step, epoch, float(step if time is None else time), loss, loss, 1e-4, None


def made(*rows: StepRow) -> StepColumns:
    columns = StepColumns()
    columns.append(rows)
    return columns


@given(values=VALUES, places=st.integers(1, 30), part=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_what_is_reduced_has_the_least_and_the_greatest(
    values: list[float | None], places: int, part: tuple[float, float]
) -> None:
    figure = Figure()
    figure.append(values)
    low, high = sorted(round(each * len(values)) for each in part)
    edges = [low + (high - low) * at // places for at in range(places + 1)]
    spans = figure.spans(edges)
    known = [value for value in values[low:high] if value is not None]
    assert len(spans.low) == len(spans.high) == len(spans.mean) == places
    assert min((each for each in spans.low if each is not None), default=None) == min(known, default=None)
    assert max((each for each in spans.high if each is not None), default=None) == max(known, default=None)
    for lowest, mean, highest in zip(spans.low, spans.mean, spans.high, strict=True):
        assert (lowest is None) == (mean is None) == (highest is None)
        if lowest is not None and mean is not None and highest is not None:
            assert lowest - 1 <= mean <= highest + 1


@given(values=VALUES, places=st.integers(1, 12))
def test_levels_answer_as_the_numbers_themselves_where_places_begin_with_blocks(
    values: list[float | None], places: int
) -> None:
    block = module.FACTOR * module.FEWEST
    values = (values * (1 + places * block // max(1, len(values))))[: places * block]
    figure, plain = Figure(), Figure()
    figure.append(values)
    plain.append(values)
    plain._levels.clear()
    edges = [at * len(values) // places for at in range(places + 1)]
    assert figure.spans(edges).low == plain.spans(edges).low
    assert figure.spans(edges).high == plain.spans(edges).high
    for one, other in zip(figure.spans(edges).mean, plain.spans(edges).mean, strict=True):
        assert (one is None) == (other is None)
        assert one is None or one == pytest.approx(other, rel=1e-6, abs=1e-3)


def test_a_million_numbers_are_not_all_looked_at() -> None:
    figure = Figure()
    for _ in range(10):
        figure.append([0.5] * 100_000)
    figure.values = array("f", [math.nan]) * 1_000_000  # what is answered now comes from the levels alone
    edges = [at * 1_000_000 // 400 for at in range(401)]
    assert figure.spans(edges).mean[:-1] == [0.5] * 399


@given(VALUES, st.integers(0, 700), st.integers(1, 50))
def test_what_is_cut_and_added_again_is_as_if_it_had_been_there_at_once(
    losses: list[float | None], cut: int, at_once: int
) -> None:
    rows = [row(step, loss) for step, loss in enumerate(losses, 1)]
    whole, mended = made(*rows), made(*rows)
    mended.cut(cut)
    for begin in range(min(cut, len(rows)), len(rows), at_once):
        mended.append(rows[begin : begin + at_once])
    edges = [at * len(rows) // 7 for at in range(8)]
    assert mended.step == whole.step
    assert mended.without_number == whole.without_number
    assert mended.loss.spans(edges) == whole.loss.spans(edges)


@given(st.lists(st.one_of(st.none(), st.just(math.nan), st.just(0.5)), max_size=60))
def test_steps_without_a_number_are_counted(losses: list[float | None]) -> None:
    columns = made(*(row(step, loss) for step, loss in enumerate(losses, 1)))
    wrong = [at for at, loss in enumerate(losses) if loss is None or math.isnan(loss)]
    assert list(columns.without_number) == wrong
    for begin, end in ((0, len(losses)), (3, 20), (5, 5)):
        assert columns.count_without_number(begin, end) == sum(begin <= at < end for at in wrong)


def test_a_gap_is_far_longer_than_what_is_around_it() -> None:
    steps = [*range(1, 50), *range(400, 450), *range(480, 2000, 30)]
    columns = made(*(row(step) for step in steps))
    gaps = [columns.step[at] for at in range(len(columns) - 1) if columns.is_gap(at, XAxis.STEPS)]
    assert gaps == [49]  # what was thinned to every 30th step has none


def test_a_pause_is_a_gap_over_time_and_not_over_steps() -> None:
    columns = made(*(row(step, time=1000.0 + 2 * step + (3600 if step > 30 else 0)) for step in range(1, 61)))
    assert [at for at in range(59) if columns.is_gap(at, XAxis.TIME)] == [29]
    assert not any(columns.is_gap(at, XAxis.STEPS) for at in range(59))


def test_two_steps_have_no_gap_between_them() -> None:
    assert not made(row(1), row(2)).is_gap(0, XAxis.STEPS)


def test_where_steps_are() -> None:
    columns = made(*(row(step, epoch=(step - 1) // 10 + 1, time=500.0 + 2 * step) for step in range(1, 36)))
    assert columns.steps_an_epoch() == 10
    assert [columns.position(19, axis, unit) for axis, unit in AXES] == [20.0, 2.0, 540.0 - 502.0]
    assert [columns.row_at(x, axis, unit) for x, (axis, unit) in zip((20, 2.0, 38.0), AXES, strict=True)] == [19] * 3
    assert columns.row_at(99, XAxis.STEPS, 1.0) == 35
    assert columns.row_of_epoch(2) == 19
    assert columns.row_of_epoch(9) is None
    assert columns.edges(0, 30, 3, XAxis.STEPS, 1.0) == [0, 9, 19, 34]


AXES = ((XAxis.STEPS, 1.0), (XAxis.EPOCHS, 10.0), (XAxis.TIME, 502.0))


def test_a_clock_that_is_set_back_moves_no_step_back() -> None:
    columns = made(row(1, time=10.0), row(2, time=5.0), row(3, time=12.0))
    columns.append([row(4, time=1.0)])
    assert list(columns.time) == [10.0, 10.0, 12.0, 12.0]


def test_the_epoch_of_a_step_that_does_not_say_it_is_that_of_the_step_before() -> None:
    columns = made(row(1, epoch=None), row(2, epoch=3), row(3, epoch=None))
    assert list(columns.epoch) == [0, 3, 3]
    assert made(row(1, epoch=None)).steps_an_epoch(24.0) == 24.0
