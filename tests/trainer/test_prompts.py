"""Lines of prompts, as the trainer takes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wantui.trainer.prompts import Prompt, from_document, parse
from wantui.trainer.samples import batches

HERE = Path("/w")


def only(line: str) -> Prompt:
    ((number, prompt),), problems = parse(line, HERE)
    assert (number, problems) == (1, ())
    return prompt


def wrong(line: str) -> list[str]:
    found, problems = parse(line, HERE)
    assert not found
    return [problem.message for problem in problems]


def test_options_stand_behind_the_text() -> None:
    line = "a cat, on a mat --w 64 --h 128 --f 5 --d 7 --s 4 --g 3.5 --fs 12 --n blurred, low quality"
    found = only(line)
    assert found == Prompt("a cat, on a mat", 64, 128, 5, 7, 4, 3.5, 12.0, "blurred, low quality")
    assert only(found.line()) == found


def test_what_is_not_given_is_fixed() -> None:
    assert only("a cat") == Prompt("a cat", 832, 480, 1, 42, 20)
    assert only("a cat").line() == "a cat --w 832 --h 480 --f 1 --d 42 --s 20"
    assert only("a cat --l 2") == only("a cat --g 2")


def test_comments_and_empty_lines_are_passed_over_and_lines_counted() -> None:
    found, problems = parse("\ufeff# prompts\r\n\r\n  a cat  \n# --w 3\nb --d 1\n", HERE)
    assert [(line, prompt.text) for line, prompt in found] == [(3, "a cat"), (5, "b")]
    assert not problems


def test_the_same_twice_is_one() -> None:
    found, problems = parse("a cat\na cat --d 42\n", HERE)
    assert len(found) == 1
    assert [(each.line, each.message, each.is_error) for each in problems] == [(2, "the same as line 1", False)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--w 64", "options without a prompt"),
        (" --w 64", "options without a prompt"),
        ("a --w 100", "in steps of 16, such as 96"),
        ("a --w 0", "a whole number from 16"),
        ("a --h x", "--h x: a whole number"),
        ("a --f 4", "in steps of 4, such as 1"),
        ("a --d -1", "a whole number from 0 to 4294967295"),
        ("a --d 4294967296", "a whole number from 0 to 4294967295"),
        ("a --s 0", "a whole number from 1 to 1000"),
        ("a --g nan", "a number is wanted"),
        ("a --fs", "a number is wanted"),
        ("a --n", "some words"),
        ("a --x 3", "--x is no option of a prompt; there are --w, --h"),
        ("a --w 64 --w 32", "--w is given twice"),
        ("a --i none.png", "/w/none.png is not there"),
        ("a --i ~nobody-of-this-name/a.png", "a.png is not there"),
        (f"a --i {'n' * 300}.png", "is not there"),
        ("a --i /dev/zero", "/dev/zero is not there, or is no file"),
        ("a --ei /tmp", "/tmp is not there, or is no file"),
        (f"a --d {'9' * 5000}", "--d 99999999999999999999999999999999999999…: a whole number from 0 to 4294967295"),
        ("a\0b", "a NUL"),
        ("-cat", "options without a prompt"),
        ("a --n -b", "some words that do not begin with -"),
    ],
)
def test_bad_options_are_told(line: str, says: str) -> None:
    (told,) = wrong(line)
    assert says in told


def test_a_path_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "first.png").touch()
    (_, found), *_ = parse("a --i first.png", tmp_path)[0]
    assert found.image == tmp_path / "first.png"
    assert from_document(found.to_document()) == found


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"text": 3},
        *({"text": "a"} | wrong for wrong in ({"what": 1}, {"width": "9"}, {"height": 15}, {"frames": 0})),
        *({"text": "a"} | wrong for wrong in ({"steps": 0}, {"guidance": "x"}, {"negative": [1]})),
    ],
)
def test_a_record_of_something_else_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="prompt"):
        from_document(document)


def test_pictures_are_made_together_and_clips_alone() -> None:
    one, other, clip = Prompt("a"), Prompt("b"), Prompt("c", frames=5)
    assert batches((one, clip, other)) == [(one, other), (clip,)]
    assert batches((Prompt("a", image=HERE), Prompt("b", image=HERE))) == [
        (Prompt("a", image=HERE),),
        (Prompt("b", image=HERE),),
    ]


def test_a_text_is_once_in_a_group_since_the_trainer_tells_them_apart_by_it() -> None:
    one, other = Prompt("a", negative="x"), Prompt("a", negative="y")
    assert batches((one, other, Prompt("b"))) == [(one, Prompt("b")), (other,)]


def test_work_grows_with_steps_size_and_latent_frames() -> None:
    small = Prompt("a", 64, 64, steps=4)
    assert small.work == 4 * 16
    assert Prompt("a", 128, 64, steps=4).work == 2 * small.work
    assert Prompt("a", 64, 64, 5, steps=4).work == 2 * small.work
