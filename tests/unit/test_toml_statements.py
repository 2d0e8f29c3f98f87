"""Lines of keys in TOML, on texts made so that the lines are known."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.toml_positions import KeyPath, key_lines

VALUES = [
    "1",
    '"a # \\" [b"',
    "'c:\\[d'",
    '"""\n[x]\ny = 1 \\"""\n""""',
    "'''\n# [z]\n'''",
    "[\n  1, # ]\n  2,\n]",
    "{ a = 1, b = [2, 3] }",
    "2024-01-01T00:00:00Z",
    '["[", "]"]',
]
NAMES = st.sampled_from(["a", "resolution", "x-y", "b_1", '"q.r"', "'s t'", "caf_e", "1"])
FILLERS = st.sampled_from(["", "# [[datasets]]", "   ", "# a = 1", "\t# \u00e9"])


@given(
    sections=st.lists(
        st.tuples(
            st.sampled_from(["[general{}]", "[[datasets]]", '[ "datasets{}" ]', "[[ datasets ]] # x"]),
            st.lists(st.tuples(NAMES, st.sampled_from(VALUES), FILLERS), unique_by=lambda entry: entry[0]),
        ),
        max_size=6,
    ),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_every_key_is_found_where_it_was_put(
    sections: list[tuple[str, list[tuple[str, str, str]]]], newline: str
) -> None:
    lines: list[str] = []
    expected: dict[KeyPath, int] = {}
    arrays = 0
    for number, (form, entries) in enumerate(sections):
        header = form.format(number)
        if header.startswith("[["):
            table: KeyPath = ("datasets", arrays)
            arrays += 1
        else:
            table = (header.strip("[] ").strip('"'),)
        lines.append(header)
        expected[table] = len(lines)
        for name, value, filler in entries:
            lines.append(filler)
            lines.append(f"  {name} = {value} # end")
            expected[(*table, name.strip("\"'"))] = len(lines)
            lines = "\n".join(lines).split("\n")  # a value may have several lines
    text = "\n".join(lines).replace("\n", newline)
    tomllib.loads(text)
    assert key_lines(text).lines == expected


@given(st.text(alphabet="ab.=[]{}\"'\\#\n ,1", max_size=40))
def test_any_text_ends(text: str) -> None:
    assert all(line >= 1 for line in key_lines(text).lines.values())


@pytest.mark.parametrize(
    ("text", "where", "line"),
    [
        ("a.b.c = 1", ("a", "b", "c"), 1),
        ("\n[a.b]\nc = 1", ("a", "b", "c"), 3),
        ("[[a]]\n[[a]]\n[a.b]\nc = 1", ("a", 1, "b", "c"), 4),
        ('"\\u0061" = 1', ("a",), 1),
        ("\na = { b = 1 }", ("a", "b"), 2),  # an inline table's keys have no line of their own
        ("a = 1", ("b",), None),
        ("", (), None),
    ],
)
def test_find(text: str, where: KeyPath, line: int | None) -> None:
    assert key_lines(text).find(*where) == line
