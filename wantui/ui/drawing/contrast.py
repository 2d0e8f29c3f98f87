"""How well text can be read on its ground, as the Web Content Accessibility Guidelines 2.2 compute it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.color import Color, ColorParseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEAST = 4.5
"""Contrast of text of normal size: success criterion 1.4.3, level AA."""
GROUNDS = ("background", "panel", "cursor-row")
"""What text stands on: a pane, the bars at top and bottom, the cursor's row."""
INKS = ("foreground", "primary", "dim", "quiet", "good", "caution", "bad", "expert-high", "expert-low")
"""What text is written in."""
STEPS = 40
"""In how many steps an ink goes to black or white."""


def luminance(colour: Color) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]  # noqa: PLR2004  sRGB's
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(ink: Color, grounds: Iterable[Color]) -> Color:
    """The colour nearest to `ink`, on its way to black or white, that can be read on all grounds.

    Where no colour can, the one of the two that is read best.
    """
    grounds = tuple(grounds)

    def worst(colour: Color) -> float:
        return min(contrast(colour, ground) for ground in grounds)

    end = max(Color(0, 0, 0), Color(255, 255, 255), key=worst)
    ways = (ink.blend(end, step / STEPS) for step in range(STEPS + 1))
    return next((colour for colour in ways if worst(colour) >= LEAST), end)


def with_readable_inks(variables: Mapping[str, str]) -> dict[str, str]:
    """A theme's variables with every ink readable on every ground; the terminal's own colours are left alone."""
    try:
        grounds = [Color.parse(variables[name]) for name in GROUNDS]
        inks = {name: Color.parse(variables[name]) for name in INKS}
    except (ColorParseError, KeyError):
        return dict(variables)
    if any(ground.ansi is not None for ground in grounds):
        return dict(variables)
    better = {name: readable(ink, grounds).hex for name, ink in inks.items() if ink.ansi is None}
    return {**variables, **better}
