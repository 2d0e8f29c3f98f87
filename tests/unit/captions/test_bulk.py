"""What each operation makes of a caption, and that it touches nothing else."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.made import item
from wantui import reading
from wantui.captions.bulk import preview, title
from wantui.captions.differences import DifferenceKind, difference
from wantui.captions.files import save_all
from wantui.captions.operations import (
    AddText,
    BulkError,
    DropDuplicateTags,
    FillEmpty,
    Operation,
    RemoveTag,
    RenameTag,
    Replace,
    SortTags,
)
from wantui.captions.tags import key_of, pieces, split_tags, with_texts
from wantui.journal.journal import Journal
from wantui.paths import Workspace


@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [
        (AddText("ohwx"), "a dog", "ohwx, a dog"),
        (AddText("ohwx"), "ohwx, a dog", "ohwx, a dog"),
        (AddText("ohwx"), "Ohwx woman", "Ohwx woman"),
        (AddText("oh"), "ohwx woman", "oh, ohwx woman"),
        (AddText("ohwx"), "", "ohwx"),
        (AddText("ohwx"), "a dog, OHWX", "a dog, OHWX"),
        (AddText("film grain", at_end=True), "film  grain, a dog", "film  grain, a dog"),
        (AddText("ohwx", separator=" "), "woman", "ohwx woman"),
        (AddText("film grain", at_end=True), "a dog,", "a dog, film grain"),
        (AddText("film grain", at_end=True), "a dog, film grain", "a dog, film grain"),
        (AddText("grain", at_end=True), "a dog, migrain", "a dog, migrain, grain"),
        (RemoveTag("dog"), "a, dog, b", "a, b"),
        (RemoveTag("dog"), "dog, b", "b"),
        (RemoveTag("dog"), "a, dog", "a"),
        (RemoveTag("dog"), "a, dog,", "a,"),
        (RemoveTag("dog"), "a,dog,b", "a,b"),
        (RemoveTag("Dog "), "a, DOG, hot dog", "a, hot dog"),
        (RemoveTag("dog"), "dog", ""),
        (RemoveTag("dog"), "a, dog\nb, c", "a\nb, c"),
        (RemoveTag("dog"), "dog, a\nb", "a\nb"),
        (RemoveTag("dog"), "a\ndog\nb", "a\nb"),
        (RemoveTag("dog"), "a,, b , c", "a,, b , c"),
        (RenameTag("dog", "puppy"), "a, dog, b", "a, puppy, b"),
        (RenameTag("dog", "puppy"), "puppy, dog, b", "puppy, b"),
        (RenameTag("dog", "puppy"), "cat, cat", "cat, cat"),
        (RenameTag("dog", "Dog"), "dog", "Dog"),
        (Replace("a.b", "x"), "a.b aXb", "x aXb"),
        (Replace("DOG", "cat", ignores_case=True), "a dog", "a cat"),
        (Replace("DOG", "cat"), "a dog", "a dog"),
        (Replace(r"(\w+) dog", r"\1 cat", is_regex=True), "big dog", "big cat"),
        (Replace("dog", r"\1"), "dog", r"\1"),
        (SortTags(), "ohwx, c, a,b", "ohwx, a, b,c"),
        (SortTags(keep_first=0), "b, a", "a, b"),
        (DropDuplicateTags(), "a, b, A, c,  b", "a, b, c"),
        (FillEmpty("ohwx"), " ", "ohwx"),
        (FillEmpty("ohwx"), "a dog", "a dog"),
    ],
)
def test_an_operation_does_what_it_says(operation: Operation, before: str, after: str) -> None:
    assert operation.apply(before) == after


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (AddText(" "), "nothing to add"),
        (RemoveTag("a, b"), "no tag"),
        (RenameTag("", "x"), "no tag"),
        (Replace("", "x"), "nothing to find"),
        (Replace("(", "x", is_regex=True), "not a valid regular expression"),
        (Replace("a", r"\2", is_regex=True), "group"),
        (Replace("a", r"\g<", is_regex=True), "no replacement"),
        (Replace("((a{1000}){1000}){1000}", "x", is_regex=True), "repeats too much"),
        (FillEmpty(""), "nothing to write"),
        (Replace("^(a|a|aa)+$", "x", is_regex=True), "too long"),
    ],
)
def test_what_cannot_be_done_is_told(operation: Operation, says: str) -> None:
    with pytest.raises(BulkError, match=says):
        operation.apply("a" * 60 + "b" if "too long" in says else "a dog")


captions = st.lists(
    st.sampled_from(["a", "dog", " ", ",", "\n", "Dog", "hot dog", ", ", "é", "ohwx"]), max_size=14
).map("".join)
operations = st.sampled_from(
    [
        AddText("ohwx"), AddText("ohwx", at_end=True), RemoveTag("dog"), RenameTag("dog", "cat"), SortTags(),
        SortTags(0), DropDuplicateTags(), FillEmpty("dog"),
    ]
)  # fmt: skip


@given(captions)
def test_the_pieces_are_the_caption(caption: str) -> None:
    assert "".join(map(str, pieces(caption))) == caption
    assert with_texts(caption, split_tags(caption)) == caption
    assert [piece.text for piece in pieces(caption) if piece.text] == split_tags(caption)


@given(captions, operations)
def test_a_second_time_changes_nothing(caption: str, operation: Operation) -> None:
    once = operation.apply(caption)
    assert operation.apply(once) == once


@given(captions, operations)
def test_other_tags_keep_their_text_and_number(caption: str, operation: Operation) -> None:
    """Removing, renaming and dropping touch the tags they name; sorting moves tags; adding adds."""
    before, after = map(sorted, (split_tags(caption), split_tags(operation.apply(caption))))
    match operation:
        case RemoveTag():
            assert after == [tag for tag in before if key_of(tag) != "dog"]
        case SortTags():
            assert after == before
        case DropDuplicateTags():
            assert {key_of(tag) for tag in after} == {key_of(tag) for tag in before}
            assert len(after) == len({key_of(tag) for tag in before})
        case RenameTag():
            named = {"dog", "cat"}
            assert [tag for tag in after if key_of(tag) not in named] == [
                tag for tag in before if key_of(tag) not in named
            ]
        case _:
            assert set(before) <= set(after)


@given(captions)
def test_a_tag_that_is_not_there_is_not_removed(caption: str) -> None:
    assert RemoveTag("no such tag").apply(caption) == caption
    assert RenameTag("no such tag", "x").apply(caption) == caption


def test_a_preview_counts_and_writes_nothing(tmp_path: Path) -> None:
    items = [item(name, folder=tmp_path) for name in ("one", "two", "none", "broken")]
    (tmp_path / "one.txt").write_text("a dog\n")
    (tmp_path / "two.txt").write_text("ohwx, a cat\n")
    (tmp_path / "broken.txt").write_bytes(b"\xff\xfe\xff")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    seen = preview(items, AddText("ohwx"))
    assert [(change.item.name, change.before, change.after) for change in seen.changes] == [
        ("one", "a dog", "ohwx, a dog"),
        ("none", None, "ohwx"),
    ]
    assert seen.unchanged == 1
    assert [each.name for each, _ in seen.unreadable] == ["broken"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_wrong_with_an_operation_is_told_without_captions_too() -> None:
    with pytest.raises(BulkError, match="no tag"):
        preview([], RemoveTag("a, b"))


def test_an_operation_that_takes_too_long_in_all_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wantui.captions.bulk.PATIENCE_IN_ALL_S", -1.0)
    with pytest.raises(BulkError, match="take fewer items"):
        preview([], SortTags())


def test_a_list_is_read_once_for_all_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jsonl = tmp_path / "list.jsonl"
    lines = [
        json.dumps({"image_path": f"{tmp_path}/{number}.png", "caption": f"dog {number}"}) for number in range(9)
    ]
    jsonl.write_text("\n".join(lines))
    items = [
        item(str(number), folder=tmp_path, caption_file=None, jsonl_file=jsonl, jsonl_line=number + 1)
        for number in range(9)
    ]
    opened: list[Path | str] = []
    read_bytes = reading.read_bytes

    def counted(path: Path | str, most: int) -> bytes:
        opened.append(path)
        return read_bytes(path, most)

    monkeypatch.setattr(reading, "read_bytes", counted)
    seen = preview(items, Replace("dog", "cat"))
    assert [change.after for change in seen.changes] == [f"cat {number}" for number in range(9)]
    assert opened == [jsonl]


patterns = st.lists(
    st.sampled_from([*"()[]{}?*+|^$\\abd,.", "(?", "{2}", "\\1", "\\g<", "(?P<n>", "dog"]), max_size=8
).map("".join)


@given(captions, patterns, patterns)
def test_any_expression_replaces_or_is_told(caption: str, find: str, by: str) -> None:
    told: BulkError | None = None
    after = caption
    try:
        after = Replace(find, by, is_regex=True).apply(caption)
    except BulkError as error:
        told = error
    assert str(told)
    assert find or (told and after == caption)


raw_captions = st.none() | captions.flatmap(
    lambda text: st.sampled_from([text, text.replace("\n", "\r\n"), f"\ufeff{text}\r\n", f"{text}\n\n"])
).map(str.encode)


@settings(max_examples=40, deadline=None)
@given(st.lists(raw_captions, min_size=3, max_size=3), st.lists(operations, min_size=1, max_size=3))
def test_only_what_changes_is_written_and_all_of_it_can_be_undone(
    contents: list[bytes | None], wanted: list[Operation]
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        items = [item(name, folder=folder) for name in ("a", "b", "c")]
        for each, content in zip(items, contents, strict=True):
            if content is not None and each.caption_file is not None:
                each.caption_file.write_bytes(content)
        history = [captions_in(folder)]
        journal = Journal(Workspace(folder))
        for operation in wanted:
            seen = preview(items, operation)
            saved = save_all(journal, title(seen), seen.changes)
            now = captions_in(folder)
            changed = {change.item.name for change in seen.changes}
            assert {name for name in "abc" if now.get(name) != history[-1].get(name)} <= changed
            assert not saved.conflicts
            if saved.step is not None:
                history.append(now)
        while len(history) > 1:
            assert captions_in(folder) == history.pop()
            assert journal.undo() is not None
        assert captions_in(folder) == history[0]


def captions_in(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in folder.glob("*.txt")}


@given(captions, captions)
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    parts = difference(before, after)
    assert "".join(part.text for part in parts if part.kind is not DifferenceKind.ADDED) == before
    assert "".join(part.text for part in parts if part.kind is not DifferenceKind.REMOVED) == after
