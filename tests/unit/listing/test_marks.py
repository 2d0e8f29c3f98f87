from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake import make_view, rows_in
from wantui.listing.marks import Marks

ROWS = rows_in(make_view(Path("set")))


def names(marks: Marks) -> list[str]:
    return [row.name.removesuffix(".mp4")[-3:] for row in marks.among(ROWS)]


def test_a_mark_is_made_and_taken_away() -> None:
    marks = Marks()
    assert not marks
    marks.toggle(ROWS[2])
    assert ROWS[2] in marks
    marks.toggle(ROWS[2])
    assert ROWS[2] not in marks
    assert not marks


def test_a_range_goes_from_the_last_mark_to_the_cursor_in_either_direction() -> None:
    marks = Marks()
    marks.toggle(ROWS[4])
    marks.mark_range(ROWS, 2)
    assert names(marks) == ["003", "004", "005"]
    marks.mark_range(ROWS, 0)
    assert names(marks) == ["001", "002", "003", "004", "005"]


def test_a_range_follows_the_order_that_is_seen() -> None:
    marks = Marks()
    marks.toggle(ROWS[0])
    marks.mark_range(ROWS[::-1], 20)
    assert names(marks) == ["001", "002", "003", "004"]


def test_without_a_mark_in_sight_the_range_is_the_item_alone() -> None:
    marks = Marks()
    marks.toggle(ROWS[0])
    marks.mark_range(ROWS[5:], 1)
    assert names(marks) == ["001", "007"]


def test_all_that_are_shown_are_marked_or_none() -> None:
    marks = Marks()
    marks.toggle(ROWS[20])
    marks.all_or_none(ROWS[:3])
    assert names(marks) == ["001", "002", "003", "021"]
    marks.all_or_none(ROWS[:3])
    assert names(marks) == ["021"]


@given(marked=st.sets(st.sampled_from(range(len(ROWS)))), shown=st.sets(st.sampled_from(range(len(ROWS)))))
def test_inverting_twice_changes_nothing(marked: set[int], shown: set[int]) -> None:
    marks = Marks()
    for at in marked:
        marks.toggle(ROWS[at])
    before = marks.media
    marks.invert(ROWS[at] for at in shown)
    assert marks.media == before ^ {ROWS[at].item.media for at in shown}
    marks.invert(ROWS[at] for at in shown)
    assert marks.media == before
