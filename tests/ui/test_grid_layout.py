"""Where the cells of a grid of pictures lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.ui.preview.grid_layout import WIDTHS, GridLayout, laid_out, usual_size

GRID = GridLayout(columns=4, rows=3, width=19, height=7)

rooms = st.tuples(st.integers(1, 400), st.integers(1, 120), st.integers(0, len(WIDTHS) - 1))


@given(rooms)
def test_the_cells_fill_the_room_and_no_more(room: tuple[int, int, int]) -> None:
    width, height, _ = room
    grid = laid_out(*room)
    assert grid.columns >= 1
    assert grid.rows >= 1
    assert grid.columns * grid.width <= max(width, 2)
    assert grid.rows * grid.height <= max(height, 2)
    assert width - grid.columns * grid.width < max(grid.columns, 2)
    assert min(grid.picture) >= 1


@pytest.mark.parametrize(("room", "columns", "rows"), [((77, 21), 4, 3), ((117, 37), 4, 3), ((197, 47), 8, 5)])
def test_usual_terminals_show_many(room: tuple[int, int], columns: int, rows: int) -> None:
    grid = laid_out(*room, usual_size(*room, 5000))
    assert (grid.columns, grid.rows) == (columns, rows)


def test_few_pictures_are_shown_as_large_as_they_all_fit() -> None:
    sizes = [usual_size(197, 48, count) for count in (1, 4, 15, 41, 5000)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == len(WIDTHS) - 1
    assert sizes[-1] == usual_size(197, 48, 10**9)
    for count, size in zip((1, 4, 15), sizes, strict=False):
        assert laid_out(197, 48, size).page >= count


@given(rooms, st.integers(1, 5000), st.data())
def test_what_is_under_the_cursor_is_in_sight_and_found_by_the_mouse(
    room: tuple[int, int, int], count: int, data: st.DataObject
) -> None:
    grid = laid_out(*room)
    index = data.draw(st.integers(0, count - 1))
    top = grid.top_for(index, data.draw(st.integers(0, 5000)), count)
    assert index in grid.in_sight(top, count)
    x, y = grid.place(index, top)
    assert grid.at(x, y, top, count) == index
    assert grid.at(x + grid.width - 1, y + grid.height - 1, top, count) == index
    assert grid.top_for(index, top, count) == top
    assert top == 0 or (top + grid.rows) * grid.columns - count < grid.columns  # no empty row at the end


def test_there_is_nothing_behind_the_last_cell() -> None:
    assert GRID.in_sight(1, 10) == range(4, 10)
    assert GRID.at(3 * 19, 2 * 7, 0, 10) is None
    assert GRID.at(76, 0, 0, 10) is None
    assert GRID.at(0, 21, 0, 100) is None
    assert GRID.in_sight(0, 0) == range(0)


@pytest.mark.parametrize(
    ("index", "rows", "target"),
    [
        (0, 1, 4), (5, 1, 9), (6, 1, 9), (7, 1, 9),  # the last row has two cells
        (8, 1, 8), (9, -1, 5), (2, -1, 2), (2, 50, 9), (9, -50, 1), (8, -1, 4),
    ],
)  # fmt: skip
def test_up_and_down_stay_in_the_column(index: int, rows: int, target: int) -> None:
    assert GRID.above(index, rows, 10) == target
