"""Orders, misspelt tags and completions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.made import row
from wantui.captions.english import is_english, words_in
from wantui.captions.spelling import misspelt
from wantui.captions.vocabulary import Vocabulary
from wantui.listing.order import SortKey, natural, ordered
from wantui.listing.rows import ItemStatus

ROWS = (
    row("img_10", "a long caption", ItemStatus.CURRENT, width=10, height=10, media_mtime_ns=3),
    row("img_2", "short", ItemStatus.PROBLEM, width=30, height=10, media_mtime_ns=1),
    row("img_1", None, ItemStatus.STALE, width=20, height=10, media_mtime_ns=2),
)


@pytest.mark.parametrize(
    ("key", "order"),
    [
        (SortKey.DATASET, [0, 1, 2]),
        (SortKey.NAME, [2, 1, 0]),
        (SortKey.STATUS, [1, 2, 0]),
        (SortKey.LENGTH, [2, 1, 0]),
        (SortKey.SIZE, [0, 2, 1]),
        (SortKey.TIME, [1, 2, 0]),
    ],
)
def test_items_are_listed_in_the_order_asked_for(key: SortKey, order: list[int]) -> None:
    assert ordered(ROWS, [0, 1, 2], key) == order
    assert ordered(ROWS, [0, 1, 2], key, is_reversed=True) == order[::-1]


def test_those_that_are_equal_keep_the_datasets_order() -> None:
    same = (ROWS[0], ROWS[0], ROWS[0])
    assert ordered(same, [0, 2], SortKey.LENGTH) == [0, 2]


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    assert sorted(sorted(names, key=natural)) == sorted(names)


def test_rows_of_digits_of_any_length_can_be_sorted() -> None:
    assert sorted(["a" + "9" * 5000, "a10", "a9", "b1"], key=natural)[:2] == ["a9", "a10"]


def captions(**counts: int) -> list[str]:
    return [tag.replace("_", " ") for tag, count in counts.items() for _ in range(count)]


@pytest.mark.parametrize(
    ("rare", "frequent"),
    [("portrat", "portrait"), ("portriat", "portrait"), ("portraitt", "portrait"), ("portreit", "portrait")],
)
def test_a_slip_from_a_frequent_tag_is_found(rare: str, frequent: str) -> None:
    (found,) = misspelt(captions(**{rare: 1, frequent: 120}))
    assert (found.tag, found.count, found.suggestion, found.suggestion_count) == (rare, 1, frequent, 120)


@pytest.mark.parametrize(
    ("one", "other"),
    [("flower", "flowers"), ("1_girls", "2_girls"), ("cat", "car"), ("portrait", "landscape"), ("dress", "dresses"),
     ("women", "woman"), ("red_flowers_in_hair", "red_flower_in_hair")],
)  # fmt: skip
def test_other_words_are_no_slips(one: str, other: str) -> None:
    assert misspelt(captions(**{one: 1, other: 120})) == ()


def test_a_tag_whose_other_word_is_used_elsewhere_too_is_no_slip() -> None:
    shirts = captions(white_shirt=120, white_skirt=1)
    assert misspelt(shirts) == (), "skirt is a word"
    assert misspelt([*shirts, *captions(blue_skirt=4)]) == ()
    bokeh = captions(soft_light_bukeh=1, soft_light_bokeh=120)
    assert misspelt(bokeh) == (), "neither is in a dictionary"
    assert [slip.tag for slip in misspelt(captions(whte_shirt=1, white_shirt=120, blue_shirt=50))] == ["whte shirt"]
    assert misspelt(captions(whte_shirt=1, white_shirt=120, whte_hat=4)) == ()


@pytest.mark.parametrize(
    ("rare", "frequent"),
    [("bench", "beach"), ("night", "light"), ("glass", "grass"), ("books", "boots"), ("horse", "house"),
     ("brush", "blush"), ("high_light", "highlight"), ("bokah", "bokeh"), ("nachts", "nachtz"),
     ("woman's_hat", "woman_hat")],
)  # fmt: skip
def test_that_two_tags_are_a_letter_apart_is_no_misspelling(rare: str, frequent: str) -> None:
    """Words of their own, or words that no dictionary here has."""
    assert misspelt(captions(**{rare: 1, frequent: 120})) == ()


@pytest.mark.parametrize(
    ("rare", "frequent"), [("long_hiar", "long_hair"), ("portraitphoto", "portrait_photo"), ("Portrat", "portrait")]
)
def test_what_no_dictionary_has_is_one(rare: str, frequent: str) -> None:
    assert [slip.tag for slip in misspelt(captions(**{rare: 1, frequent: 120}))] == [rare.replace("_", " ")]


@given(st.text(max_size=12))
def test_any_text_may_be_asked_about(text: str) -> None:
    assert all(isinstance(is_english(word), bool) for word in (text, *words_in(text)))


letters = st.text(alphabet="abc d", max_size=7)


@given(letters, letters)
def test_a_slip_is_found_wherever_it_is_in_a_word(begins: str, ends: str) -> None:
    meant = f"{begins} portrait {ends}".strip()
    rare = f"{begins} portrat {ends}".strip()
    assert [slip.suggestion for slip in misspelt([rare, *[meant] * 20])] == [meant]


def test_what_is_used_often_enough_is_meant() -> None:
    assert misspelt(captions(portrat=3, portrait=120)) == ()
    assert misspelt(captions(portrat=2, portrait=9)) == ()


def test_completions_are_the_datasets_own_the_most_frequent_first() -> None:
    known = Vocabulary(["film grain, soft light", "film grain, Filmic", "soft dog"])
    assert known.completions("fil") == ("film", "film grain", "Filmic")
    assert known.completions("soft l") == ("soft light",)
    assert known.completions("film grain") == ()
    assert known.completions("") == ()


def test_a_changed_caption_changes_what_is_proposed() -> None:
    known = Vocabulary(["red dress"])
    known.change("red dress", "blue dress")
    assert known.completions("re") == ()
    assert known.completions("bl") == ("blue", "blue dress")


def test_a_word_that_comes_again_is_proposed_as_it_is_written_now() -> None:
    known = Vocabulary(["Red dress"])
    known.change("Red dress", "")
    known.change("", "red dress")
    assert known.completions("re") == ("red", "red dress")


texts = st.lists(st.sampled_from(["dog", "Dog", "red dog", ", ", " ", "\n", "dots"]), max_size=6).map("".join)


@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_changes_come_to_what_counting_anew_comes_to(changes: list[tuple[str, str]]) -> None:
    known = Vocabulary([before for before, _ in changes])
    for before, after in changes:
        known.change(before, after)
    anew = Vocabulary([after for _, after in changes])
    for prefix in ("d", "do", "r", "red d"):
        assert [each.casefold() for each in known.completions(prefix)] == [
            each.casefold() for each in anew.completions(prefix)
        ]


@pytest.mark.parametrize(
    ("before", "behind", "expected"),
    [
        ("ohwx, fi", "", (("film", "film grain"), "fi")),
        ("film gr", "", (("film grain",), "film gr")),
        ("a walk in so", "", (("soft", "soft light"), "so")),
        ("f", "", ((), "")),
        ("fi", "lm", ((), "")),
        ("fi", ", dog", (("film", "film grain"), "fi")),
        ("xyz", "", ((), "")),
    ],
)
def test_the_tag_that_is_being_typed_is_completed_or_else_its_last_word(
    before: str, behind: str, expected: tuple[tuple[str, ...], str]
) -> None:
    known = Vocabulary(["film grain, soft light", "film grain, soft light"])
    assert known.proposals(before, behind) == expected
