"""``dataset.toml`` changed key by key: the rest stays byte for byte, and nothing invalid comes of it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.dataset.dataset_file import DatasetFile, DatasetFileError, Value, diff, value_of
from wantui.dataset.keys import FLAG, FLOAT, SIZE, TEXT, WHOLE, WHOLES, Kind

PATH = Path("/data/dataset.toml")
TEXT_WITH_COMMENTS = """\
# my dataset

[general]   # for all
resolution = [960 , 960]   # as the workflow has it
caption_extension = '.txt'

# the pictures
[[datasets]]
  image_directory = "images"  # of Anna
  cache_directory = "cache"
  # num_repeats = 3

# the clips
[[datasets]]
video_directory = "clips"
cache_directory = "cache_clips"
target_frames = [
  1,   # a picture
  25,
]"""


def file(text: str = TEXT_WITH_COMMENTS) -> DatasetFile:
    return DatasetFile(PATH, text)


def test_only_the_value_is_replaced() -> None:
    changed = file().set(None, "resolution", [960, 544])
    assert changed.text == TEXT_WITH_COMMENTS.replace("[960 , 960]", "[960, 544]")
    assert changed.set(1, "target_frames", [1, 45]).text.endswith('"cache_clips"\ntarget_frames = [1, 45]')


def test_a_new_key_stands_behind_the_last_one_of_its_section_as_that_is_indented() -> None:
    changed = file().set(0, "num_repeats", 2)
    assert changed.text == TEXT_WITH_COMMENTS.replace(
        '  cache_directory = "cache"\n', '  cache_directory = "cache"\n  num_repeats = 2\n'
    )
    assert file().set(1, "max_frames", 81).text == f"{TEXT_WITH_COMMENTS}\nmax_frames = 81\n"


def test_a_key_goes_with_its_line_and_nothing_else() -> None:
    line = "resolution = [960 , 960]   # as the workflow has it\n"
    assert file().unset(None, "resolution").text == TEXT_WITH_COMMENTS.replace(line, "")
    with pytest.raises(DatasetFileError, match="number 1 has no num_repeats"):
        file().unset(0, "num_repeats")


def test_a_section_comes_and_goes() -> None:
    values: dict[str, Value] = {"image_directory": "more", "cache_directory": "cache_more"}
    changed = file().add(values)
    assert changed.text.startswith(f"{TEXT_WITH_COMMENTS}\n\n[[datasets]]\nimage_directory")
    assert changed.trouble is None
    assert changed.remove(2).sections == file().sections
    without = file().remove(0)
    assert "# the pictures\n" in without.text
    assert "# the clips\n" in without.text
    assert [section["cache_directory"] for section in without.sections] == ["cache_clips"]
    with pytest.raises(DatasetFileError, match="number 3; it has 2"):
        file().remove(2)


def test_general_is_made_where_there_is_none() -> None:
    alone = '# mine\n[[datasets]]\nimage_directory = "a"\r\n'
    changed = file(alone).set(None, "caption_extension", ".txt")
    assert (
        changed.text
        == '# mine\n[general]\r\ncaption_extension = ".txt"\r\n\r\n[[datasets]]\nimage_directory = "a"\r\n'
    )
    assert file("").set(None, "batch_size", 2).text == "[general]\nbatch_size = 2\n\n"


@pytest.mark.parametrize("text", ["general = { batch_size = 1 }\n", 'datasets = [{ image_directory = "a" }]\n'])
def test_what_is_written_in_one_line_is_left_to_an_editor(text: str) -> None:
    with pytest.raises(DatasetFileError, match="editor"):
        file(text).set(0 if "datasets" in text else None, "num_repeats", 3)


def test_what_the_trainer_refuses_is_told_with_its_key() -> None:
    trouble = file().set(None, "resolution", [960, 8]).trouble
    assert "line 4: resolution 960x8 is too small" in str(trouble)
    assert getattr(trouble, "where", None) == ("general", "resolution")
    assert "frame_extraction" in str(file().set(1, "frame_extraction", "heda").trouble)
    assert "unknown key nun_repeats; did you mean num_repeats?" in str(file().set(0, "nun_repeats", 2).trouble)


def test_a_diff_names_both() -> None:
    assert diff(file(), file().set(0, "cache_directory", "c")).splitlines()[:2] == [
        "--- dataset.toml (now)", "+++ dataset.toml (then)"
    ]  # fmt: skip
    assert diff(None, file("a = 1")).endswith("+a = 1\n")


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (SIZE, "960x544", [960, 544]), (SIZE, "960, 544", [960, 544]), (SIZE, "[960, 544]", [960, 544]),
        (SIZE, "960", 960), (SIZE, "big", "big"), (WHOLES, "1, 25", [1, 25]), (WHOLES, "25", [25]),
        (WHOLE, " 3 ", 3), (WHOLE, "3.5", "3.5"), (FLAG, "true", True), (FLAG, "yes", "yes"),
        (FLOAT, "30", 30.0), (FLOAT, "29.97", 29.97), (TEXT, "a b", "a b"), (TEXT, "1", "1"),
    ],
)  # fmt: skip
def test_what_is_typed_is_taken_as_it_is_meant(kind: Kind, typed: str, value: Value) -> None:
    found = value_of(kind, typed)
    assert (found, type(found)) == (value, type(value))


COMMENTS = st.sampled_from(["", "\n", "# a = 1\n", "  # [[datasets]]\n", "\t\n", '# \u00e9\u2028 """\n'])
TAILS = st.sampled_from(["", " ", "  # why", '\t# "quoted" [x]'])
VALUES = st.sampled_from(
    [
        '"x"',
        "'it is # this'",
        "12",
        "true",
        "[1, 2]",
        "[\n 1, # one ]\n 2,\n]",
        '"""\na = 1\n[[datasets]]"""',
        '"a\\"#b"',
    ]
)
KEYS = ("caption_extension", "batch_size", "num_repeats", "resolution", "image_directory")


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A general section and a few others, with comments and blanks wherever they may be."""
    text = draw(COMMENTS)
    for header in ["[general]", *["[[ datasets ]]"] * draw(st.integers(1, 3))]:
        text += f"{draw(st.sampled_from(['', '  ']))}{header}{draw(TAILS)}\n"
        for key in draw(st.lists(st.sampled_from(KEYS), unique=True)):
            text += f"{draw(COMMENTS)}{key} = {draw(VALUES)}{draw(TAILS)}\n"
        text += draw(COMMENTS)
    if draw(st.booleans()):
        text = text.rstrip("\n")
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@given(
    text=documents(),
    key=st.sampled_from(KEYS),
    value=st.sampled_from([1, True, "a\n#\"'", [960, 544]]),
    data=st.data(),
)
def test_a_change_leaves_every_other_byte_alone(text: str, key: str, value: Value, data: st.DataObject) -> None:
    before = file(text)
    section = data.draw(st.sampled_from([None, *range(len(before.sections))]))
    after = before.set(section, key, value)
    own = after.general if section is None else after.sections[section]
    assert own[key] == value
    had = before.general if section is None else before.sections[section]
    if key in had:
        restored = after.set(section, key, had[key]).document
        assert restored == before.document
        start, end = _frame(before.text, after.text)
        assert before.text.startswith(after.text[:start])
        assert before.text.endswith(after.text[len(after.text) - end :])
    else:
        bare = after.unset(section, key).text
        assert bare in (before.text, f"{before.text}\n", f"{before.text}\r\n")
    assert before.text == text


def _frame(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts share at their beginnings, and behind that at their ends."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return start, end


@given(text=documents(), data=st.data())
def test_removing_a_section_keeps_every_line_that_is_not_its_own(text: str, data: st.DataObject) -> None:
    before = file(text)
    section = data.draw(st.integers(0, len(before.sections) - 1))
    after = before.remove(section)
    assert after.sections == tuple(own for index, own in enumerate(before.sections) if index != section)
    assert after.general == before.general
    start, end = _frame(before.text, after.text)
    assert start + end == len(after.text), "one piece is cut out and nothing is added"


def test_a_file_that_is_no_toml_is_left_to_an_editor(tmp_path: Path) -> None:
    path = tmp_path / "dataset.toml"
    path.write_text("[general\n")
    with pytest.raises(DatasetFileError, match="editor"):
        DatasetFile.read(path)
    path.write_text(TEXT_WITH_COMMENTS)
    assert tomllib.loads(DatasetFile.read(path).text) == DatasetFile.read(path).document
