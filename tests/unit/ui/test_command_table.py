"""``[keys]``: which keys a command gets, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
from textual.keys import _character_to_key

from wantui.config.schema import KeyChoice
from wantui.ui.commands.catalogue import BY_ID, COMMANDS, Place
from wantui.ui.commands.command_table import BUILT_IN, table_with
from wantui.ui.commands.key_names import KeyNameError, is_text, key_of, shown, written


def chosen(**keys: str) -> tuple[KeyChoice, ...]:
    return tuple(
        KeyChoice(command.replace("__", "."), wanted, line) for line, (command, wanted) in enumerate(keys.items(), 1)
    )


def wrong(**keys: str) -> list[tuple[int, str]]:
    return [(each.line, each.message) for each in table_with(chosen(**keys))[1]]


def test_a_command_gets_other_keys_and_shows_the_first() -> None:
    table, problems = table_with(chosen(dataset__edit="i, ctrl+g", dataset__filter="F", zoom=""))
    assert not problems
    assert table.by_id["dataset.edit"].keys == "i,ctrl+g"
    assert (table.by_id["dataset.edit"].key, table.by_id["dataset.filter"].key) == ("i", "F")
    assert table.by_id["zoom"].key == ""
    assert table.keymap == {
        "dataset.edit": "i,ctrl+g",
        "dataset.filter": "F",
        "zoom": "no_key_for_zoom",
    }
    assert table.at(Place.EDITOR) == BUILT_IN.at(Place.EDITOR)


def test_the_keys_that_a_command_has_anyway_change_nothing() -> None:
    table, problems = table_with(chosen(dataset__mark_range="v", palette="ctrl+p"))
    assert (table.keymap, problems) == ({}, ())


def test_two_commands_may_change_places() -> None:
    table, problems = table_with(chosen(dataset__sort="n", dataset__next_problem="s"))
    assert not problems
    assert (table.by_id["dataset.sort"].key, table.by_id["dataset.next_problem"].key) == ("n", "s")


def test_an_unknown_command_is_refused_with_those_that_are_near() -> None:
    ((line, said),) = wrong(stop="X", datset__edit="i")
    assert line == 2
    assert "there is no command datset.edit; did you mean dataset.edit" in said
    assert "wantui config --keys" in said
    assert "did you mean dataset.jump" in wrong(jump="J")[0][1]


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ({"dataset__edit": "s"}, ("dataset.edit", "dataset.sort", "in the dataset")),
        ({"dataset__edit": "t"}, ("dataset.edit", "train", "everywhere")),
        ({"stop": "n"}, ("stop", "dataset.next_problem", "in the dataset")),
        ({"editor__save": "ctrl+l"}, ("editor.save", "draw_again", "everywhere")),
        ({"curves__dots": "h"}, ("curves.dots", "curves.pan_left", "in the curves")),
    ],
)
def test_a_clash_names_both_commands_and_where(keys: dict[str, str], names: tuple[str, ...]) -> None:
    said = " ".join(message for _, message in wrong(**keys))
    assert all(name in said for name in names)


def test_a_key_of_several_commands_is_one_problem() -> None:
    ((line, said),) = wrong(stop="j")
    assert line == 1
    assert said.startswith("keys.stop: j is the key of dataset.down in the dataset (")
    assert said.endswith(" and of preview.next, jobs.down, log.down; choose another, or give them another")


def test_a_key_that_another_command_has_given_up_is_free() -> None:
    assert wrong(dataset__edit="s", dataset__sort="") == []
    assert wrong(curves__dots="t") == []  # on that screen alone; `train` is not given there
    assert wrong(dataset__edit="e") == []  # `edit` does the same


def test_nothing_of_keys_is_taken_where_anything_is_wrong() -> None:
    table, problems = table_with(chosen(dataset__edit="i", stop="ctl+x"))
    assert table is BUILT_IN
    assert len(problems) == 1


def test_letters_are_text_in_the_caption_editor() -> None:
    assert "is text in the caption editor" in wrong(editor__save="s")[0][1]
    assert wrong(editor__save="f6,ctrl+e") == []


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("i", "i"), ("G", "G"), ("/", "slash"), ("slash", "slash"), ("?", "question_mark"), ("ctrl+D", "ctrl+d"),
        ("Esc", "escape"), ("pgdn", "pagedown"), ("F3", "f3"), ("shift+tab", "shift+tab"), ("+", "plus"),
        ("ctrl+shift+up", "ctrl+shift+up"), ("comma", "comma"), ("Return", "enter"), ("é", "é"),
    ],
)  # fmt: skip
def test_keys_by_the_names_that_people_give_them(name: str, key: str) -> None:
    assert key_of(name) == key


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ctl+x", "what can be held"), ("ctrl+i", "same as tab"), ("shift+a", "as the character itself: A"),
        ("entr", "did you mean enter"), ("ab", "is no key"), ("f30", "is no key"), ("ctrl+", "is no key"),
    ],
)  # fmt: skip
def test_what_is_no_key_says_why(name: str, why: str) -> None:
    with pytest.raises(KeyNameError, match=why):
        key_of(name)


def test_names_are_those_of_textual_and_lead_back() -> None:
    for code in range(33, 127):
        key = key_of(chr(code))
        assert key == _character_to_key(chr(code))
        assert (shown(key), is_text(key)) == (chr(code), True)
    for key in {key for command in COMMANDS for key in command.keys.split(",") if key}:
        assert key_of(key) == key_of(written(key)) == key


def test_no_key_of_the_catalogue_clashes_with_itself() -> None:
    everything = {command.replace(".", "__"): BY_ID[command].keys for command in BY_ID}
    assert wrong(**everything) == []


def test_the_table_needs_no_textual() -> None:
    code = "import sys, wantui.cli.inspect, wantui.cli.screen_settings; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
