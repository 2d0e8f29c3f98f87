"""Two versions of a caption put together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.captions.merging import merged


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "together"),
    [
        ("a dog", "a dog", "a dog", "a dog"),
        ("a dog", "a red dog", "a dog", "a red dog"),
        ("a dog", "a dog", "a cat", "a cat"),
        ("a dog on grass", "a red dog on grass", "a dog on grass, soft", "a red dog on grass, soft"),
        ("a dog", "a cat", "a cat", "a cat"),
        ("a dog", "a red dog", "a blue dog", None),
        ("a dog", "a cat", "a horse", None),
        ("", "one", "other", None),
        ("", "one", "", "one"),
        ("a, b, c", "b, c", "a, b, c, d", "b, c, d"),
    ],
)
def test_edits_of_different_places_hold_both(base: str, mine: str, theirs: str, together: str | None) -> None:
    assert merged(base, mine, theirs) == together


texts = st.lists(st.sampled_from(["a", "dog", " ", ",", "\n", "é", "red"]), max_size=12).map("".join)


@given(texts, texts)
def test_where_only_one_has_edited_that_one_holds(base: str, edited: str) -> None:
    assert merged(base, edited, base) == merged(base, base, edited) == merged(base, edited, edited) == edited


@given(texts, texts, texts)
def test_whose_version_is_whose_does_not_matter(base: str, one: str, other: str) -> None:
    assert merged(base, one, other) == merged(base, other, one)
