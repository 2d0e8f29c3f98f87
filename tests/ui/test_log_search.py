"""Expressions in a log: as `less` takes them, and in a time that is known."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wantui.ui.log import file, search
from wantui.ui.log.file import LogFile
from wantui.ui.log.search import Expression, ExpressionError

EXPRESSIONS = (
    "b", "^a", "a$", "^$", "a.b", "[^a]b", r"\bab", r"\Aa", r"b\Z", "(?<!a)b", "a*+b", "a{2}", "ü", "A", r"\s", "a|b",
    r"a\\$", "x", "(a)\\1",
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "line", "has_it"),
    [("error", "An ERROR", True), ("Error", "an error", False), ("Error", "Error", True), (r"\Serr", "xERR", True),
     ("loss=0\\.0[5-9]", "avr_loss=0.071]", True), ("ünder", "ÜNDER", True)],
)  # fmt: skip
def test_a_capital_counts_where_one_is_typed(typed: str, line: str, has_it: bool) -> None:
    assert Expression(typed).is_in(line.encode()) is has_it


@pytest.mark.parametrize("typed", ["(", "[", "*a", "a{1000}{1000}{1000}"])
def test_what_is_no_expression_says_why(typed: str) -> None:
    with pytest.raises(ExpressionError, match=r"\w"):
        Expression(typed)


@settings(max_examples=300, deadline=None)
@given(
    typed=st.sampled_from(EXPRESSIONS),
    lines=st.lists(st.text(st.sampled_from("abAüx \\"), max_size=5), max_size=12),
    step=st.sampled_from([1, -1]),
)
def test_a_search_by_blocks_finds_what_a_look_at_each_line_finds(typed: str, lines: list[str], step: int) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(file, "BLOCK", 8)
        path = Path(folder) / "log"
        path.write_text("".join(f"{line}\n" for line in lines))
        log, sought = LogFile(path), Expression(typed)
        log.look()
        has = [number for number, line in enumerate(lines) if sought.is_in(log.line(number))]
        start = 0 if step > 0 else max(0, len(lines) - 1)
        assert log.find(sought, start, step) == (None if not has else has[0] if step > 0 else has[-1])
        log.close()


def test_an_expression_that_runs_on_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("LINE_S", "BLOCK_S", "DRAWN_S"):
        monkeypatch.setattr(search, bound, 0.01)
    endless, text = Expression("(a|aa)+$"), "a" * 5000 + "c"
    assert endless.may_be_in(text.encode())
    assert endless.stretches(text) == []
    with pytest.raises(TimeoutError):
        endless.is_in(text.encode())


def test_matches_are_found_where_they_are_drawn() -> None:
    assert Expression("o.e").stretches("one, ONE, on") == [(0, 3), (5, 8)]
    assert Expression("x*").stretches("axxb") == [(1, 3)]
