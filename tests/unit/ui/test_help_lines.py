"""The list of keys: found by words, in one column or two, nothing cut."""

from __future__ import annotations

import pytest

from wantui.ui.commands.catalogue import Place
from wantui.ui.commands.command_table import BUILT_IN
from wantui.ui.dialogs.help import HelpEntry, HelpSection, help_lines
from wantui.ui.drawing.styles import TextStyles, cells
from wantui.ui.drawing.themes import DARK
from wantui.ui.work.help import place_sections

STYLES = TextStyles.from_variables({**DARK.to_color_system().generate(), **DARK.variables})


def text_of(sections: tuple[HelpSection, ...], width: int) -> list[str]:
    return ["".join(text for text, _ in parts) for parts in help_lines(sections, width, STYLES)]


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("width", [66, 104, 180])
def test_every_word_of_every_command_is_there_and_fits(place: Place, width: int) -> None:
    sections = place_sections(place, BUILT_IN, STYLES)
    lines = help_lines(sections, width, STYLES)
    assert max(map(cells, lines)) <= width
    words = "\n".join(text_of(sections, width)).split()
    for section in sections:
        for entry in section.entries:
            assert set(entry.says.split()) <= set(words)


def test_two_columns_take_half_the_lines() -> None:
    sections = place_sections(Place.DATASET, BUILT_IN, STYLES)
    one, two = text_of(sections, 104), text_of(sections, 180)
    assert len(two) < 0.6 * len(one)
    assert "In the dataset pane" in two[0]


def test_keys_that_are_too_long_get_a_line_of_their_own() -> None:
    sections = (HelpSection("Here", (HelpEntry("ctrl+shift+right", "Go far"),)),)
    assert text_of(sections, 60) == ["Here", "  ctrl+shift+right", " " * 16 + "Go far"]


def test_an_entry_is_found_by_words_by_keys_and_by_other_words() -> None:
    entry = HelpEntry("q ctrl+q", "Leave; jobs go on", more="leave quit exit")
    assert entry.fits(["quit"])
    assert entry.fits(["q"])
    assert entry.fits(["jobs", "leav"])
    assert entry.fits([])
    assert not entry.fits(["n"])  # no key of it, though the letter is in its words
    assert not entry.fits(["quit", "train"])
