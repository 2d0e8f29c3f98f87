"""Tags with their counts, and which are probably the same."""

from __future__ import annotations

from wantui.captions.tag_counts import count_tags


def test_each_caption_counts_once_and_case_and_space_do_not_matter() -> None:
    found = count_tags(["dog, Dog, cat", "a dog\ndog", "DOG,  film  grain"])
    assert [(each.tag, each.count) for each in found] == [
        ("dog", 3), ("a dog", 1), ("cat", 1), ("film  grain", 1),
    ]  # fmt: skip
    assert set(found[0].also_written) == {"Dog", "DOG"}


def test_tags_of_the_others_are_there_with_a_count_of_nothing() -> None:
    dog, cat, bird = count_tags(["dog"], ["dog, cat", "cat, bird"])
    assert (dog.key, dog.count, dog.elsewhere, dog.is_rare) == ("dog", 1, 1, False)
    assert (cat.key, cat.count, cat.elsewhere, cat.is_rare) == ("cat", 0, 2, False)
    assert (bird.key, bird.count, bird.is_rare) == ("bird", 0, True)


def test_nearly_equal_spellings_name_the_one_that_is_meant() -> None:
    captions = ["close-up, portrait"] * 12 + ["close up, portrat", "close_up, landscape"]
    near = {each.key: each.near for each in count_tags(captions)}
    assert near == {
        "close-up": None, "portrait": None, "landscape": None,
        "close up": "close-up", "close_up": "close-up", "portrat": "portrait",
    }  # fmt: skip


def test_signs_alone_are_not_taken_for_one_another() -> None:
    assert [each.near for each in count_tags(["!!, ??", "!!"])] == [None, None]
