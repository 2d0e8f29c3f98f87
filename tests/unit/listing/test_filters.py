"""The filter language: what it finds, and how it says where it is wrong."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.made import row
from wantui import captions, dataset, fixes, journal, listing
from wantui.listing.filters import FilterError, parse
from wantui.listing.filters.statuses import PROBLEM_CODES
from wantui.listing.losses import ItemLosses, LearnedItem, Learning
from wantui.listing.order import SortKey
from wantui.listing.rows import ItemStatus
from wantui.listing.selection import Selection

ROWS = (
    row("anna_001", "ohwx woman, standing, film grain"),
    row("anna_002", "ohwx woman and dog, close-up", ItemStatus.STALE),
    row("anna_010", "", ItemStatus.PROBLEM, ("empty-caption",)),
    row("bob_1", None, ItemStatus.PROBLEM, ("missing-caption",), width=400, height=600, bucket=(544, 960)),
    row("clip", "it's a dog running / jumping", frame_count=81, media=Path("/set/clip.mp4")),
)


def found(text: str, **given: Any) -> list[str]:
    return [ROWS[index].item.name for index in parse(text).indexes(ROWS, **given)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["anna_001", "anna_002", "anna_010", "bob_1", "clip"]),
        ("dog", ["anna_002", "clip"]),
        ("DOG", ["anna_002", "clip"]),
        ("woman dog", ["anna_002"]),
        ("woman AND dog", ["anna_002"]),
        ("woman ' and '", ["anna_002"]),
        ("standing OR running", ["anna_001", "clip"]),
        ("woman -dog", ["anna_001"]),
        ("woman NOT dog", ["anna_001"]),
        ("NOT (woman OR dog)", ["anna_010", "bob_1"]),
        ("NOT NOT dog", ["anna_002", "clip"]),
        ("woman dog OR running", ["anna_002", "clip"]),
        ("woman (dog OR standing)", ["anna_001", "anna_002"]),
        ('"film grain"', ["anna_001"]),
        ("'woman and dog'", ["anna_002"]),
        ("it's", ["clip"]),
        ("close-up", ["anna_002"]),
        ("name:anna", ["anna_001", "anna_002", "anna_010"]),
        ("name:.mp4", ["clip"]),
        ("path:/set/b", ["bob_1"]),
        ("path:/set/anna_01", ["anna_010"]),
        ("path:/set", ["anna_001", "anna_002", "anna_010", "bob_1", "clip"]),
        ("path:/_0+1\\./", ["anna_001"]),
        ("'/ jump'", ["clip"]),
        ("caption:anna", []),
        ("name:anna_00?", ["anna_001", "anna_002"]),
        ("anna*1", ["anna_001", "anna_010"]),
        ("anna_0*gra?n", []),
        ("wom*d?g", ["anna_002"]),
        ("*", ["anna_001", "anna_002", "anna_010", "bob_1", "clip"]),
        ("a.n*", []),
        ("tag:standing", ["anna_001"]),
        ("tag:stand", []),
        ("tag:stand*", ["anna_001"]),
        ('tag:"Film  Grain"', ["anna_001"]),
        ("tag:*gr?in", ["anna_001"]),
        ("tag:*gr?", []),
        ("tag:/film .*/", ["anna_001"]),
        ("tag:/film/", []),
        ("/wom[ae]n, s/", ["anna_001"]),
        (r"caption:/running \/ j/", ["clip"]),
        ("name:/_0+1\\./", ["anna_001"]),
        ("status:stale", ["anna_002"]),
        ("status:s", ["anna_002"]),
        ("status:problem", ["anna_010", "bob_1"]),
        ("status:missing-caption", ["bob_1"]),
        ("status:empty", ["anna_010"]),
        ("status:uncaptioned", ["anna_010", "bob_1"]),
        ("status:captioned", ["anna_001", "anna_002", "clip"]),
        ("status:video", ["clip"]),
        ("status:image status:stale", ["anna_002"]),
        ("status:any", ["anna_001", "anna_002", "anna_010", "bob_1", "clip"]),
        ("width:<512", ["bob_1"]),
        ("width:1024 height:>=768 words:5", ["anna_001", "anna_002"]),
        ("words:4..5", ["anna_001", "anna_002"]),
        ("words:!=5 status:captioned", ["clip"]),
        ("tags:>2", ["anna_001"]),
        ("chars:0", ["anna_010", "bob_1"]),
        ("aspect:<1", ["bob_1"]),
        ("frames:>16", ["clip"]),
        ("bucket:544x960", ["bob_1"]),
        ("bucket:1168x*", ["anna_001", "anna_002", "anna_010", "clip"]),
        ("tokens:6", ["clip"]),
    ],
)
def test_what_is_asked_for_is_found(text: str, names: list[str]) -> None:
    assert found(text) == names


def test_marks_are_asked_for() -> None:
    marked = {ROWS[0].item.media}
    assert found("status:marked", marked=marked) == ["anna_001"]
    assert found("status:unmarked dog", marked=marked) == ["anna_002", "clip"]


def test_tokens_are_counted_as_the_text_encoder_does_where_it_is_at_hand() -> None:
    assert found("tokens:>20", tokens=len) == ["anna_001", "anna_002", "clip"]


def test_the_size_of_the_file_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    small.write_bytes(b"x" * 10)
    large.write_bytes(b"x" * 3000)
    rows = (row("small", media=small), row("large", media=large), row("gone", media=tmp_path / "gone.png"))
    assert parse("size:>2kb").indexes(rows) == [1]
    assert parse("size:<=2kib").indexes(rows) == [0]


@pytest.mark.parametrize(
    ("text", "wrong", "says"),
    [
        ("colour:red", "colour:", "there is no field"),
        ("captoin:x", "captoin:", "did you mean caption:"),
        ("status:stael", "status:stael", "did you mean stale"),
        ("tokens:many", "tokens:many", "wants a number"),
        ("width:2mb", "width:2mb", "wants a number"),
        ("dog (cat", "(", "not closed"),
        ("dog) cat", ")", "no opening parenthesis"),
        ("dog OR", "OR", "missing"),
        ("dog OR OR cat", "OR", "missing"),
        ("AND", "AND", "missing"),
        ("()", ")", "missing"),
        ("NOT", "NOT", "missing"),
        ("dog AND", "AND", "missing"),
        ("status:upscalled", "status:upscalled", "did you mean upscaled"),
        ("width:..5", "width:..5", "wants a number"),
        ("/(?a)(?u)x/", "/(?a)(?u)x/", "not a valid regular expression"),
        ("/((a{1000}){1000}){1000}/", "/((a{1000}){1000}){1000}/", "repeats too much"),
        ('"dog', '"dog', "not closed"),
        ("/dog", "/dog", "ends with /"),
        ("/dog/i cat", "i", "leave a space"),
        ("/(/", "/(/", "not a valid regular expression"),
        ("name:", "name:", "needs a value"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, wrong: str, says: str) -> None:
    with pytest.raises(FilterError, match=says) as told:
        parse(text)
    error = told.value
    assert text[error.start : error.end] == wrong


def test_an_expression_that_would_take_for_ever_is_given_up() -> None:
    endless = parse("/^(a|a|aa)+$/")
    with pytest.raises(FilterError, match="too long"):
        endless.indexes((row("x", "a" * 60 + "b"),))


def test_an_expression_that_is_slow_on_every_row_is_given_up_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wantui.listing.filters.language.PATIENCE_S", -1.0)
    with pytest.raises(FilterError, match="too long"):
        parse("/dog/").indexes(ROWS)
    assert found("dog") == ["anna_002", "clip"]  # words never take long


def test_an_expression_that_is_nested_too_deeply_is_told() -> None:
    with pytest.raises(FilterError, match="nested too deeply"):
        parse(f"/{'(' * 5000}{')' * 5000}/")


def test_held_out_items_are_found_by_their_status() -> None:
    rows = tuple(replace(each, is_held_out=each.item.name == "anna_002") for each in ROWS)
    assert [rows[index].item.name for index in parse("status:held-out").indexes(rows)] == ["anna_002"]
    assert [rows[index].item.name for index in parse("dog -status:held").indexes(rows)] == ["clip"]
    assert not parse("status:held-out").asks_for_status


def test_every_code_of_the_lint_is_a_status() -> None:
    told = re.compile(r"""\b(?:error|warning|problem)\(\s*"([a-z0-9]+(?:-[a-z0-9]+)*)",""")
    sources = [
        path for room in (captions, dataset, fixes, journal, listing) for path in Path(room.__path__[0]).rglob("*.py")
    ]
    codes = {code for path in sources for code in told.findall(path.read_text("utf-8"))}
    assert {"missing-caption", "upscaled", "misspelt-tag"} <= codes
    for code in codes | set(PROBLEM_CODES):
        rows = (row("has_it", codes=(code,)), row("has_it_not"))
        assert parse(f"status:{code}").indexes(rows) == [0]


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("STATUS:stale", True),
        ("dog OR -status:missing-caption", True),
        ("status:video status:Marked", False),
        ('"status:stale"', False),
        ("", False),
    ],
)
def test_whether_caches_and_problems_are_asked_for_is_known(text: str, *, asks: bool) -> None:
    assert parse(text).asks_for_status is asks


def test_many_parentheses_are_a_slip_and_no_crash() -> None:
    with pytest.raises(FilterError, match="nested too deeply"):
        parse("(" * 5000)
    assert found("(" * 40 + "dog" + ")" * 40) == ["anna_002", "clip"]


pieces = st.sampled_from(
    [*"()-/\"'*?:<>=.", "AND", "OR", "NOT", "dog", "tag:", "status:", "tokens:", ">5", " ", "name:", "é", "\\", "\n"]
)


@given(st.lists(pieces, max_size=12).map("".join) | st.text(max_size=30))
def test_any_text_is_understood_or_told_wrong_within_itself(text: str) -> None:
    told: FilterError | None = None
    try:
        parse(text).indexes(ROWS)
    except FilterError as error:
        told = error
    assert told is None or (0 <= told.start <= told.end <= len(text) and told.message)


words = st.sampled_from(["dog", "woman", "anna", "film", "status:stale", "tag:standing", "width:<512"])


@given(words, words)
def test_and_or_not_are_those_of_sets(one: str, other: str) -> None:
    everything, first, second = set(found("")), set(found(one)), set(found(other))
    assert set(found(f"{one} {other}")) == first & second
    assert set(found(f"{one} OR {other}")) == first | second
    assert set(found(f"-{one}")) == everything - first
    assert set(found(f"NOT ({one} OR {other})")) == everything - (first | second)


LOSSES = ItemLosses(7, {
    "0/anna_001": LearnedItem(0.09), "0/anna_002": LearnedItem(0.15, Learning.NOT_LEARNED),
    "0/clip": LearnedItem(0.12, Learning.BY_HEART), "0/bob_1": LearnedItem(math.nan),
})  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("loss:>0.1", ["anna_002", "clip"]),
        ("loss:0.09..0.12", ["anna_001", "clip"]),
        ("status:not-learned", ["anna_002"]),
        ("status:by-heart OR name:bob", ["bob_1", "clip"]),
    ],
)
def test_items_by_what_a_lora_has_made_of_them(text: str, names: list[str]) -> None:
    assert found(text, losses=lambda: LOSSES) == names
    assert not parse(text).asks_for_status


def test_losses_are_read_only_where_they_are_asked_for_and_said_to_be_unknown() -> None:
    assert found("dog", losses=lambda: pytest.fail("they are not asked for")) == ["anna_002", "clip"]
    for nothing in (None, lambda: None):
        with pytest.raises(FilterError, match="wantui probe"):
            found("loss:>0", losses=nothing)


def test_the_highest_loss_comes_first_and_what_is_not_known_last() -> None:
    for is_reversed, names in ((False, ["anna_002", "clip", "anna_001"]), (True, ["anna_001", "clip", "anna_002"])):
        selection = Selection(key=SortKey.LOSS, is_reversed=is_reversed)
        assert selection.takes_long, "a file is read"
        listed = [ROWS[index].item.name for index in selection.indexes(ROWS, losses=lambda: LOSSES)]
        assert listed == [*names, "anna_010", "bob_1"]
    with pytest.raises(FilterError, match="wantui probe"):
        Selection(key=SortKey.LOSS).indexes(ROWS)
