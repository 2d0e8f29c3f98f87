"""Scales end at round figures, labels do not touch, and windows stay where there is something to see."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wantui.axes import (
    ROUND_COUNTS,
    Scale,
    figure,
    figures,
    fitted,
    labels_in_line,
    round_seconds,
    round_step,
    time_label,
)
from wantui.ui.curves.view import CurveView
from wantui.ui.drawing.braille import Canvas

POSITIVE = st.floats(1e-6, 1e6)


@example(values=[999999.0], is_log=False, most=2)
@given(st.lists(POSITIVE, min_size=1, max_size=15), st.booleans(), st.integers(2, 9))
def test_a_scale_has_room_for_every_line_and_its_figures_differ(values: list[float], is_log: bool, most: int) -> None:
    scale = fitted(values, (), is_log=is_log, most=most)
    for value in values:
        part = scale.part(value)
        assert part is not None
        assert -1e-6 <= part <= 1 + 1e-6
    ticks = scale.ticks(most)
    assert 1 <= len(ticks) <= most + 1
    assert ticks == sorted(ticks)
    labels = figures(ticks)
    assert len(set(labels)) == len(labels)
    assert all(scale.row(tick, 20) is not None for tick in ticks)


@pytest.mark.parametrize(
    ("lines", "dots", "scale", "ticks"),
    [
        ([0.052, 0.118], [], (0.04, 0.12), ["0.04", "0.06", "0.08", "0.10", "0.12"]),
        ([2e-4, 0.0], [], (0.0, 2e-4), ["0", "5.0e-5", "1.0e-4", "1.5e-4", "2.0e-4"]),
        ([0.3], [], (0.0, 0.6), ["0.0", "0.2", "0.4", "0.6"]),
        ([], [], (0.0, 1.0), ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        ([0.1] * 40 + [50.0], [], (0.0, 0.2), ["0.00", "0.05", "0.10", "0.15", "0.20"]),
        ([0.1, 0.2], [0.15] * 300 + [99.0], (0.1, 0.2), ["0.100", "0.125", "0.150", "0.175", "0.200"]),
    ],
)
def test_round_figures(lines: list[float], dots: list[float], scale: tuple[float, float], ticks: list[str]) -> None:
    found = fitted(lines, dots, most=5)
    assert (found.low, found.high) == pytest.approx(scale)
    assert figures(found.ticks(5)) == ticks


def test_a_logarithmic_scale_leaves_out_what_is_not_above_nothing() -> None:
    scale = fitted([0.0, -1.0, 1e-5, 2e-4], (), is_log=True)
    assert (scale.low, scale.high) == pytest.approx((1e-5, 2e-4))
    assert scale.part(0.0) is None
    assert scale.part(float("nan")) is None
    assert figures(scale.ticks(4)) == ["1.0e-5", "3.0e-5", "1.0e-4"]


@given(width=st.floats(1e-5, 1e7), most=st.integers(1, 20))
def test_steps_of_an_axis(width: float, most: int) -> None:
    for step in (round_step(width, most), round_step(width, most, ROUND_COUNTS), round_seconds(width, most)):
        assert step * most >= width * (1 - 1e-6)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "\N{EN DASH}"),
        (0.0671, "0.0671"),
        (2e-4, "2.00e-4"),
        (12.44, "12.44"),
        (0.0, "0.0000"),
        (3e7, "3.00e7"),
    ],
)
def test_figures_of_a_legend(value: float | None, said: str) -> None:
    assert figure(value) == said


@pytest.mark.parametrize(
    ("seconds", "step", "said"),
    [
        (0, 60, "0"), (45, 15, "45 s"), (90, 30, "1:30 min"), (900, 300, "15 min"), (7200, 3600, "2 h"),
        (9000, 1800, "2:30 h"), (259200, 86400, "3 d"),
    ],
)  # fmt: skip
def test_labels_of_time(seconds: float, step: float, said: str) -> None:
    assert time_label(seconds, step) == said


@given(st.lists(st.tuples(st.integers(0, 60), st.text("0123456789", min_size=1, max_size=6))), st.integers(0, 60))
def test_labels_do_not_touch(marks: list[tuple[int, str]], width: int) -> None:
    line = labels_in_line(sorted(marks), width, "step 9")
    assert len(line) == width
    told = {label for _, label in marks}
    assert all(word in told for word in line.removesuffix("step 9").split()) or width < 8


def test_labels_leave_room_for_the_end() -> None:
    assert labels_in_line([(0, "0"), (6, "100"), (14, "200")], 20, "end") == "0    100         end"
    assert labels_in_line([(0, "0"), (6, "100"), (13, "200")], 20, "end") == "0    100    200  end"


@given(end=st.floats(0, 1e6), moves=st.lists(st.tuples(st.sampled_from("+-<>0c"), st.floats(0, 1)), max_size=30))
def test_a_window_stays_where_there_is_something(end: float, moves: list[tuple[str, float]]) -> None:
    view = CurveView()
    view.extend(end, end / 2)
    for key, part in moves:
        match key:
            case "+":
                view.zoom(2.0)
            case "-":
                view.zoom(0.5)
            case "<" | ">":
                view.pan(part if key == ">" else -part)
            case "0":
                view.show_all()
            case _:
                view.cursor = part * end
                view.show_cursor()
                low, high = view.window
                assert low - 1e-6 <= view.cursor <= high + 1e-6
        low, high = view.window
        assert 0 <= low < high <= max(end, view.narrowest) * (1 + 1e-9) + 1e-6
        assert high - low >= view.narrowest * (1 - 1e-6)


def test_zooming_in_leaves_the_cursor_where_it_is() -> None:
    view = CurveView(end=1000.0, newest=1000.0, cursor=250.0)
    view.zoom(2.0)
    assert view.window == (125.0, 625.0)
    view.zoom(0.5)
    assert view.is_whole


def test_a_window_at_the_latest_step_goes_with_it_and_another_one_does_not() -> None:
    view = CurveView()
    view.extend(1000.0, 500.0)
    follows = [view.follows]
    view.show(400.0, 500.0)
    follows.append(view.follows)
    view.extend(1000.0, 520.0)
    assert view.window == (420.0, 520.0)
    view.pan(-1.0)
    follows.append(view.follows)
    view.extend(1000.0, 560.0)
    assert view.window == (320.0, 420.0)
    view.show_all()
    follows.append(view.follows)
    assert follows == [True, True, False, True]


@given(at=st.integers(0, 9), part=st.floats(0, 1))
def test_what_lies_behind_is_not_seen_where_a_curve_passes(at: int, part: float) -> None:
    canvas = Canvas(5, 4)
    for x in range(10):
        for y in range(16):
            canvas.dot(x, y, 0, layer=1)
    canvas.path([(at, part)], 1)
    y = canvas.level(part) // 4
    owners = [owner for text, owner in canvas.line(y) for _ in text]
    signs = "".join(text for text, _ in canvas.line(y))
    assert owners.count(1) == 1
    assert signs[at // 2] in {chr(0x2800 + bit) for bit in (1, 2, 4, 8, 16, 32, 64, 128)}
    canvas.dot(at, canvas.level(part), 0, layer=1)
    assert [owner for text, owner in canvas.line(y) for _ in text] == owners


def test_a_line_is_interrupted_where_it_says_so() -> None:
    canvas = Canvas(6, 1)
    canvas.path([(0, 0.0), (3, 0.0), None, (8, 0.0), (11, 0.0)], 0)
    assert "".join(text for text, _ in canvas.line(0)) == "⣀⣀⠀⠀⣀⣀".replace("⠀", " ")


def test_scales_know_what_is_not_on_them() -> None:
    scale = Scale(0.0, 1.0)
    assert scale.row(2.0, 10) is None
    assert (scale.row(1.0, 10), scale.row(0.0, 10)) == (0, 9)
