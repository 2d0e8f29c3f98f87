"""Lines as rows: whatever is wrapped, each cell is drawn once, and moving by rows goes over all of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from wantui.ui.copying import MOST_BYTES
from wantui.ui.log.copying import copied
from wantui.ui.log.rows import Spot, in_sight, last_top, moved, row_edges
from wantui.ui.log.typing import place_of

ROWS = st.lists(st.integers(1, 5), min_size=1, max_size=30)


@given(text=st.text(st.sampled_from("ab 世é"), max_size=60), width=st.integers(2, 20))
def test_no_row_is_too_wide_and_no_cell_is_lost(text: str, width: int) -> None:
    edges = row_edges(text, width)
    assert edges[0] == 0
    assert edges[-1] == cell_len(text)
    assert len(edges) >= 2
    assert all(end - start <= width for start, end in pairwise(edges))
    starts = {cell_len(text[:at]) for at in range(len(text) + 1)}
    assert set(edges) <= starts


@given(rows=ROWS, start=st.integers(0, 200), by=st.integers(-200, 200))
def test_moving_is_moving_in_a_list_of_all_rows(rows: list[int], start: int, by: int) -> None:
    every = [Spot(line, row) for line, count in enumerate(rows) for row in range(count)]
    at = min(start, len(every) - 1)
    assert moved(every[at], by, rows.__getitem__, len(rows)) == every[max(0, min(len(every) - 1, at + by))]


@given(rows=ROWS, height=st.integers(1, 40))
def test_the_last_page_ends_with_the_last_row(rows: list[int], height: int) -> None:
    every = [Spot(line, row) for line, count in enumerate(rows) for row in range(count)]
    top = last_top(len(rows), height, rows.__getitem__)
    assert in_sight(top, height, rows.__getitem__, len(rows)) == every[-height:]


def test_only_lines_in_sight_are_measured() -> None:
    asked: list[int] = []

    def rows_of(line: int) -> int:
        asked.append(line)
        return 3

    top = last_top(10_000_000, 40, rows_of)
    in_sight(moved(top, -40, rows_of, 10_000_000), 40, rows_of, 10_000_000)
    assert len(asked) < 100


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1", 0), ("120", 119), ("9999", 999), ("0", 0), ("50%", 500), ("100%", 999), (" 7 % ", 70), ("x", None),
     ("", None), ("-1", None), ("1.5", None), ("9" * 400, None)],
)  # fmt: skip
def test_a_place_is_a_number_or_a_part(typed: str, number: int | None) -> None:
    assert place_of(typed, 1000) == number


def test_a_copy_is_cut_where_terminals_take_no_more_and_says_so() -> None:
    lines = ["x" * 1000] * 200
    text, said = copied(lines.__getitem__, 0, 199)
    assert len(text.encode()) <= MOST_BYTES
    assert len(text.splitlines()) == MOST_BYTES // 1001
    assert said.startswith("73 of 200 lines are copied")
    assert copied(lines.__getitem__, 3, 4) == ("\n".join(lines[3:5]), "2 lines are copied.")
    assert copied(lines.__getitem__, 3, 3)[1] == "The line is copied."
