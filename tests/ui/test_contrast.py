"""Text can be read in every theme: contrasts computed over themes, inks and grounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from tests.ui.driving import ready, settled
from wantui.paths import Workspace
from wantui.services.workspace import Services
from wantui.ui.app import WantuiApp
from wantui.ui.drawing.contrast import GROUNDS, INKS, LEAST, contrast, readable
from wantui.ui.drawing.styles import TextStyles
from wantui.ui.drawing.themes import themes_for
from wantui.ui.log.lines import log_parts

if TYPE_CHECKING:
    from pathlib import Path

    from textual.screen import Screen
    from textual.theme import Theme

    from tests.ui.fake import FakeServices

LEVELS = ("foreground", "dim", "quiet")
"""What matters, what explains, what is only there."""
IS_TEXT = ("plain", "dim", "faint", "accent", "good", "caution", "bad", "high", "low")
"""Styles that words are written in."""
OWN = [(system, theme) for system in ("truecolor", "256") for theme in themes_for(system)]
IS_READ = re.compile(r"[\w✓●◐○!✗▶…■]")
"""What is no line of a border, of a bar or of a picture."""
OUR_NAMES = ("wantui-dark", "wantui-light")
ANSI = ("ansi-dark", "ansi-light")
"""Themes of the terminal's own colours, which nobody here knows."""


def variables_of(name: str, folder: Path) -> dict[str, str]:

    app = WantuiApp(Services(Workspace(folder)))
    app.theme = name
    return app.get_css_variables()


def test_the_formula_is_that_of_the_guidelines() -> None:
    black, white = Color(0, 0, 0), Color(255, 255, 255)
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(white, white) == pytest.approx(1)
    assert contrast(Color.parse("#767676"), white) == pytest.approx(4.54, abs=0.01)
    assert contrast(Color.parse("#777777"), white) == pytest.approx(4.48, abs=0.01)


def test_an_ink_moves_only_as_far_as_it_must() -> None:
    ground = Color.parse("#202020")
    assert readable(Color.parse("#ffffff"), [ground]).hex == "#FFFFFF"
    moved = readable(Color.parse("#3040a0"), [ground])
    assert LEAST <= contrast(moved, ground) < LEAST + 0.6


@pytest.mark.parametrize(("system", "theme"), OWN, ids=[f"{theme.name}-{system}" for system, theme in OWN])
@pytest.mark.parametrize("ground", GROUNDS)
def test_our_own_themes_need_no_help(system: str, theme: Theme, ground: str) -> None:
    variables = {**theme.to_color_system().generate(), **theme.variables}
    for ink in INKS:
        found = contrast(Color.parse(variables[ink]), Color.parse(variables[ground]))
        assert found >= LEAST, f"{ink} on {ground} in {system}: {found:.2f}"


@pytest.mark.parametrize("theme", themes_for("standard"), ids=lambda theme: theme.name)
def test_with_sixteen_colours_the_three_levels_of_text_can_be_read(theme: Theme) -> None:
    """Colours of states are the terminal's: beside them a sign tells the state."""
    variables = {**theme.to_color_system().generate(), **theme.variables}
    for ink in LEVELS:
        for ground in GROUNDS:
            assert contrast(Color.parse(variables[ink]), Color.parse(variables[ground])) >= LEAST, (ink, ground)


@pytest.mark.parametrize("name", [*(name for name in BUILTIN_THEMES if name not in ANSI), *OUR_NAMES])
def test_every_style_can_be_read_in_every_theme_on_every_ground(name: str, tmp_path: Path) -> None:
    variables = variables_of(name, tmp_path)
    styles = TextStyles.from_variables(variables)
    for ground in GROUNDS:
        for style in IS_TEXT:
            colour = getattr(styles, style).color or styles.base.color
            found = contrast(Color.from_rich_color(colour), Color.parse(variables[ground]))
            assert found >= LEAST - 0.02, f"{style} on {ground} in {name}: {found:.2f}"


@pytest.mark.parametrize("name", OUR_NAMES)
def test_the_three_levels_differ(name: str, tmp_path: Path) -> None:
    variables = variables_of(name, tmp_path)
    ground = Color.parse(variables["background"])
    loud, explains, only_there = (contrast(Color.parse(variables[level]), ground) for level in LEVELS)
    assert loud > explains * 1.2
    assert explains > only_there * 1.2


@pytest.mark.parametrize("name", OUR_NAMES)
@pytest.mark.parametrize("on", ["background", "cursor-row"])
def test_levels_of_log_lines_can_be_read(name: str, on: str, tmp_path: Path) -> None:
    """Also where they are marked, or have been found."""
    variables = variables_of(name, tmp_path)
    styles = TextStyles.from_variables(variables)
    ground = Color.parse(variables[on])
    lines = ("INFO:a:b", "WARNING:a:b", "ERROR:a:b", "DEBUG:a:b", "12:00:00 epoch 1/2", "steps:  3%|#| 1/2")
    for line in lines:
        for text, style in log_parts(line, styles, styles.high):
            colour = (styles.base + style).color
            assert colour is not None
            assert contrast(Color.from_rich_color(colour), ground) >= LEAST, (line, text)


def text_on(screen: Screen[object]) -> set[tuple[str, str]]:
    """Ink and ground, as hex, of everything on a screen that is read."""
    found = set()
    for strip in screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            if style is None or style.color is None or style.bgcolor is None or not IS_READ.search(segment.text):
                continue
            colours = (Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))
            ink, ground = reversed(colours) if style.reverse else colours
            found.add((ink.hex, ground.hex))
    return found


@pytest.mark.parametrize("name", [*OUR_NAMES, "nord", "solarized-light", "textual-light"])
@pytest.mark.parametrize(("size", "keys"), [((200, 50), "4"), ((120, 40), "Z"), ((80, 24), "4"), ((80, 24), "5")])
async def test_the_main_screen_has_three_levels_of_text_and_all_can_be_read(
    services: FakeServices, name: str, size: tuple[int, int], keys: str
) -> None:
    app = WantuiApp(services)
    app.theme = name
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press(keys)
        await settled(pilot)
        variables = app.get_css_variables()
        found = text_on(pilot.app.screen)
    allowed = {Color.parse(variables[ink]).hex for ink in INKS}
    assert {ink for ink, _ in found} <= allowed
    assert {Color.parse(variables[level]).hex for level in LEVELS} <= {ink for ink, _ in found}
    worst = min(contrast(Color.parse(ink), Color.parse(ground)) for ink, ground in found)
    assert worst >= LEAST - 0.02
