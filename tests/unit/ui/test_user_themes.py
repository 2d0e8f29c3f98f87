"""Theme files: what they come to, and what is said of those that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wantui.ui.drawing.contrast import LEAST
from wantui.ui.drawing.themes import DARK, LIGHT
from wantui.ui.drawing.user_themes import COLOURS, pale_pairs, pale_said, read_themes, why_unknown

if TYPE_CHECKING:
    from pathlib import Path

DUSK = """\
dark = true
foreground = "#e0def4"
background = "#191724"
primary = "#9ccfd8"
success = "teal"
expert-high = "rgb(235,111,146)"
cursor-row = "#26233a"

[variables]
scrollbar = "#403d52"
"""


def test_a_file_is_a_theme_with_our_own_colours_where_it_gives_none(tmp_path: Path) -> None:
    (tmp_path / "dusk.toml").write_text(DUSK)
    found = read_themes(tmp_path)
    (theme,) = found.themes
    assert (theme.name, theme.dark, found.problems) == ("dusk", True, {})
    assert (theme.background, theme.surface, theme.warning) == ("#191724", "#191724", DARK.warning)
    assert theme.variables["expert-high"] == "rgb(235,111,146)"
    assert theme.variables["expert-low"] == DARK.variables["expert-low"]
    assert (theme.variables["good"], theme.variables["border"]) == ("teal", "#9ccfd8")
    assert (theme.variables["scrollbar"], theme.variables["scrollbar-background"]) == ("#403d52", "#191724")
    assert theme.panel == "#242230"  # a little of the foreground on the background
    assert not set(COLOURS) & theme.variables.keys()


def test_a_light_one_begins_with_our_light_colours(tmp_path: Path) -> None:
    (tmp_path / "day.toml").write_text("dark = false\n")
    (theme,) = read_themes(tmp_path).themes
    assert (theme.background, theme.variables["dim"]) == (LIGHT.background, LIGHT.variables["dim"])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a", 'forground = "#fff"\n', "a.toml:1: unknown colour forground; did you mean foreground?"),
        ("a", '\nprimary = "#12"\n', "a.toml:2: primary = '#12' is no colour; write one as"),
        ("a", "primary = 3\n", "a.toml:1: primary = 3 is no colour"),
        ("a", 'primary = "auto"\n', "a.toml:1: primary = 'auto' is no colour"),
        ("a", 'expert_high = "#fff"\n', "a.toml:1: unknown colour expert_high; did you mean expert-high?"),
        ("a", "dark = 1\n", "a.toml:1: dark = 1: write true or false"),
        ("a", '[variables]\nborder = "bluish"\n', "a.toml:2: variables.border = 'bluish' is no colour"),
        ("a", "variables = 1\n", "a.toml:1: variables is a section"),
        ("a", "dark = \n", "a.toml: is not valid TOML: Invalid value (at line 1, column 8)"),
        ("nord", "", "nord.toml: there is a built-in theme nord; rename the file"),
        ("dark", "", "dark.toml: there is a built-in theme dark; rename the file"),
        ("my theme", "", "my theme.toml: the file's name is the theme's"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / f"{name}.toml").write_text(text)
    found = read_themes(tmp_path)
    assert not found.themes
    assert str(tmp_path / said) in found.said


def test_a_broken_file_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "dusk.toml").write_text(DUSK)
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    found = read_themes(tmp_path)
    assert [theme.name for theme in found.themes] == ["dusk"]
    assert "is not UTF-8" in found.said
    assert why_unknown("bad", found).startswith("the theme bad cannot be used: ")
    assert "did you mean dusk?" in why_unknown("dus", found)


def test_no_folder_is_no_theme(tmp_path: Path) -> None:
    assert read_themes(tmp_path / "none").themes == read_themes(None).themes == ()


def test_pale_text_is_named_the_worst_first(tmp_path: Path) -> None:
    (tmp_path / "pale.toml").write_text('background = "#808080"\nquiet = "#858585"\n')
    (theme,) = read_themes(tmp_path).themes
    pairs = pale_pairs(theme)
    assert pairs[0] == "quiet on panel (1.0:1)"
    said = pale_said(theme)
    assert said is not None
    assert f"less contrast than {LEAST}:1" in said
    assert f"and {len(pairs) - 4} more" in said


def test_a_theme_that_can_be_read_is_not_warned_of(tmp_path: Path) -> None:
    (tmp_path / "plain.toml").write_text("dark = true\n")
    (theme,) = read_themes(tmp_path).themes
    assert pale_said(theme) is None
