"""Lists of media: a caption is changed, and no other byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wantui.dataset.jsonl import entry_of, read_jsonl, split_lines, with_captions, without_lines
from wantui.dataset.model import DatasetError

PATH = Path("list.jsonl")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
VALUES = st.one_of(TEXTS, st.none(), st.lists(st.integers(), max_size=2), st.dictionaries(TEXTS, TEXTS, max_size=2))
OBJECTS = st.dictionaries(st.one_of(TEXTS, st.sampled_from(["caption ", "Caption"])), VALUES, max_size=4)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A line with a caption somewhere in it, written in one of many ways."""
    content = [*draw(OBJECTS).items(), ("caption", draw(TEXTS)), ("image_path", "a.png")]
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")]))
    as_ascii = draw(st.booleans())
    text = json.dumps(dict(draw(st.permutations(content))), ensure_ascii=as_ascii, separators=separators)
    return draw(st.sampled_from(["", " "])).encode() + text.encode()


ENDED = st.lists(st.tuples(lines(), st.sampled_from([b"\n", b"\r\n", b"\r"])), min_size=1, max_size=4)


@given(content=ENDED, text=TEXTS, data=st.data())
@settings(max_examples=50)
def test_a_changed_caption_is_read_again_and_nothing_else_changes(
    content: list[tuple[bytes, bytes]], text: str, data: st.DataObject
) -> None:
    whole = b"".join(line + ending for line, ending in content)
    assert split_lines(whole) == content
    number = data.draw(st.integers(1, len(content)))
    after = split_lines(with_captions(PATH, whole, {number: text}))
    assert [each for index, each in enumerate(after, 1) if index != number] == [
        each for index, each in enumerate(content, 1) if index != number
    ]
    old, new = json.loads(content[number - 1][0]), json.loads(after[number - 1][0])
    assert new == {**old, "caption": text}
    assert list(new) == list(old)
    entry = entry_of(number, after[number - 1][0], is_video=False)
    assert entry is not None
    assert entry.caption == text
    back = with_captions(PATH, b"".join(line + ending for line, ending in after), {number: old["caption"]})
    assert json.loads(split_lines(back)[number - 1][0]) == old


@given(content=ENDED, data=st.data())
@settings(max_examples=50)
def test_lines_are_taken_out(content: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    whole = b"".join(line + ending for line, ending in content)
    gone = data.draw(st.sets(st.integers(1, len(content))))
    left = [each for number, each in enumerate(content, 1) if number not in gone]
    assert split_lines(without_lines(whole, gone)) == left


def test_the_last_of_two_captions_is_the_one_that_counts() -> None:
    line = b'{"caption": "one", "image_path": "a.png", "caption": "two"}'
    assert with_captions(PATH, line, {1: "new"}) == line.replace(b'"two"', b'"new"')


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[1]", "{ expected at character 1"),
        (b'{"image_path": "a.png"}', "it has no caption"),
        (b'{"caption" "a"}', ": expected at character 12"),
        (b'{"caption": "a" "b": 1}', ", expected at character 17"),
        (b'{"caption": "caf\xe9"}', "codec can't decode"),
        (b'{"caption": ', "Expecting value"),
    ],
)
def test_where_no_caption_can_be_written_is_said(line: bytes, why: str) -> None:
    with pytest.raises(DatasetError, match=r"list\.jsonl:2: no caption can be written there") as caught:
        with_captions(PATH, b"{}\n" + line, {2: "new"})
    assert why in str(caught.value)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(DatasetError, match="half a character"):
        with_captions(PATH, b'{"caption": "a"}', {1: "\ud800"})


def test_a_byte_order_mark_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text('\ufeff{"image_path": "a.png", "caption": "one"}\n', encoding="utf-8")
    entries, (problem,) = read_jsonl(path, is_video=False)
    assert [entry.media for entry in entries] == ["a.png"]
    assert (problem.code, problem.severity, problem.fix) == (
        "list-byte-order-mark", "error", "save it as UTF-8 without one",
    )  # fmt: skip
