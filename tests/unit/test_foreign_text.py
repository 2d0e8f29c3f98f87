"""Nothing that somebody else wrote is obeyed by a terminal."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.terminal.foreign_text import CleanStream, clean, clean_lines, escape_json, go_to_line_start, guard_streams

ATTACKS = {
    "clipboard": "a\x1b]52;c;ZXZpbA==\x07b",
    "title": "a\x1b]0;owned\x1b\\b",
    "device string": "a\x1bP$qm\x1b\\b",
    "colours": "a\x1b[2J\x1b[31mb",
    "reset": "a\x1bcb",
}
OBEYED = {
    *range(32),
    *range(0x7F, 0xA0),
    0x200E,
    0x200F,
    0x2028,
    0x2029,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS.keys())
def test_sequences_are_left_out_whole(text: str) -> None:
    assert clean(text) == "ab"


def test_what_is_no_sequence_becomes_a_space_or_nothing() -> None:
    assert clean("a\x9b31mb\u202ec\x1b") == "a 31mbc "
    assert clean_lines("a\nb\x07") == "a\nb "


@given(st.text())
def test_nothing_that_is_obeyed_is_left(text: str) -> None:
    assert OBEYED.isdisjoint(map(ord, clean(text)))
    out = io.StringIO()
    CleanStream(out).write(text)
    assert {*map(ord, out.getvalue())} & OBEYED <= {9, 10}


@given(st.lists(st.text(max_size=5)))
def test_a_sequence_in_pieces_is_no_sequence_either(pieces: list[str]) -> None:
    out = io.StringIO()
    stream = CleanStream(out)
    for piece in pieces:
        stream.write(piece)
    assert "\x1b" not in out.getvalue()


@given(st.text())
def test_json_says_the_same_and_is_obeyed_by_nobody(text: str) -> None:
    document = escape_json(json.dumps({"caption": text}, ensure_ascii=False))
    assert OBEYED.isdisjoint(map(ord, document))
    assert json.loads(document) == {"caption": text}


def test_a_line_that_changes_can_still_be_drawn() -> None:
    out = io.StringIO()
    stream = CleanStream(out)
    stream.write("10%")
    go_to_line_start(stream)  # type: ignore[arg-type]  # what it is where streams are guarded
    stream.write("20%")
    assert out.getvalue() == "10%\r20%"


def test_both_streams_are_guarded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    out, errors = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", errors)
    guard_streams()
    guard_streams()
    print("a\x1b[31mb")
    print("c\x9bd", file=sys.stderr)
    assert (out.getvalue(), errors.getvalue()) == ("ab\n", "c d\n")
