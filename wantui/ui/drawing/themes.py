"""Two themes of our own, and the variables that every theme is given."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import Theme

DARK = Theme(
    name="wantui-dark",
    primary="#7aa2f7",
    secondary="#7aa2f7",
    accent="#7aa2f7",
    warning="#f0b95b",
    error="#f7768e",
    success="#8fd694",
    foreground="#d7dbe6",
    background="#0b0e14",
    surface="#0b0e14",
    panel="#141b28",
    dark=True,
    variables={
        "expert-high": "#c792ea",
        "expert-low": "#4fd6c3",
        "dim": "#a3adc0",
        "quiet": "#8792a8",
        "faint": "#2c3546",
        "cursor-row": "#1f2a42",
        "caution": "#f0b95b",
        "good": "#8fd694",
        "bad": "#f7768e",
        "border": "#7aa2f7",
        "scrollbar": "#2c3546",
        "scrollbar-hover": "#3d4961",
        "scrollbar-active": "#7aa2f7",
        "scrollbar-background": "#0b0e14",
        "scrollbar-background-hover": "#0b0e14",
        "scrollbar-background-active": "#0b0e14",
        "scrollbar-corner-color": "#0b0e14",
        "input-selection-background": "#2f4573",
    },
)

LIGHT = Theme(
    name="wantui-light",
    primary="#2a55bd",
    secondary="#2a55bd",
    accent="#2a55bd",
    warning="#805600",
    error="#b32a43",
    success="#27692b",
    foreground="#1f2430",
    background="#fbfbf9",
    surface="#fbfbf9",
    panel="#eceef3",
    dark=False,
    variables={
        "expert-high": "#7d30aa",
        "expert-low": "#086459",
        "dim": "#4a5160",
        "quiet": "#5c6372",
        "faint": "#c9cdd6",
        "cursor-row": "#dfe8fb",
        "caution": "#805600",
        "good": "#27692b",
        "bad": "#b32a43",
        "border": "#2a55bd",
        "scrollbar": "#c9cdd6",
        "scrollbar-hover": "#aab1bf",
        "scrollbar-active": "#2a55bd",
        "scrollbar-background": "#fbfbf9",
        "scrollbar-background-hover": "#fbfbf9",
        "scrollbar-background-active": "#fbfbf9",
        "scrollbar-corner-color": "#fbfbf9",
        "input-selection-background": "#bcd0f7",
    },
)

# The nearest of 256 colours to our dark blues is a teal: greys keep the calm.
_DARK_256 = {
    "panel": "#1c1c1c",
    "cursor-row": "#262626",
    "faint": "#3a3a3a",
    "dim": "#a8a8a8",
    "quiet": "#949494",
    "scrollbar": "#3a3a3a",
}
_LIGHT_256 = {
    "panel": "#eeeeee",
    "cursor-row": "#d7d7ff",
    "faint": "#bcbcbc",
    "dim": "#4e4e4e",
    "quiet": "#5f5f5f",
    "scrollbar": "#bcbcbc",
    "good": "#005f00",
    "success": "#005f00",
    "expert-low": "#005f5f",
    "caution": "#5f5f00",
    "warning": "#5f5f00",
}
# Exactly the sixteen as rich counts them, so that each arrives as itself.
_DARK_16 = {
    "primary": "#55ffff", "warning": "#ffff55", "error": "#ff5555", "success": "#55ff55", "foreground": "#ffffff",
    "background": "#000000", "surface": "#000000", "panel": "#000000", "expert-high": "#ff55ff",
    "expert-low": "#00aaaa", "dim": "#aaaaaa", "quiet": "#aaaaaa", "faint": "#555555", "cursor-row": "#0000aa",
    "caution": "#ffff55", "good": "#55ff55", "bad": "#ff5555", "border": "#55ffff", "scrollbar": "#555555",
}  # fmt: skip
_LIGHT_16 = {
    "primary": "#0000aa", "warning": "#aa5500", "error": "#aa0000", "success": "#00aa00", "foreground": "#000000",
    "background": "#ffffff", "surface": "#ffffff", "panel": "#ffffff", "expert-high": "#aa00aa",
    "expert-low": "#00aaaa", "dim": "#555555", "quiet": "#555555", "faint": "#aaaaaa", "cursor-row": "#55ffff",
    "caution": "#aa5500", "good": "#00aa00", "bad": "#aa0000", "border": "#0000aa", "scrollbar": "#aaaaaa",
}  # fmt: skip

SHORT_NAMES = {"dark": DARK.name, "light": LIGHT.name}
"""How ``[screen] theme`` may call our own."""

SIXTEEN = ("standard", "windows")
"""Colour systems, as rich names them, of terminals with sixteen colours."""


def themes_for(color_system: str | None) -> tuple[Theme, Theme]:
    """The dark and the light theme in colours that the terminal has.

    Args:
        color_system: as rich names it: ``standard``, ``256``, ``truecolor``; None where it draws no colours.
    """
    match color_system:
        case system if system in SIXTEEN:
            return _with(DARK, _DARK_16), _with(LIGHT, _LIGHT_16)
        case "256":
            return _with(DARK, _DARK_256), _with(LIGHT, _LIGHT_256)
        case _:
            return DARK, LIGHT


def _with(theme: Theme, colours: dict[str, str]) -> Theme:
    variables = {name: colours.get(name, value) for name, value in theme.variables.items()}
    if "background" in colours:
        grounds = ("scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active")
        variables |= dict.fromkeys((*grounds, "scrollbar-corner-color"), colours["background"])
    own = {name: value for name, value in colours.items() if name not in theme.variables}
    return replace(theme, variables=variables, **own)  # type: ignore[arg-type]  # every colour is text


OWN_VARIABLES = ("expert-high", "expert-low", "dim", "quiet", "faint", "cursor-row", "caution", "good", "bad")
"""The variables that the style sheets use on top of Textual's."""


def own_variables(*, dark: bool) -> dict[str, str]:
    """What a theme that knows nothing of wantui is given for wantui's own variables."""
    source = DARK if dark else LIGHT
    return {name: source.variables[name] for name in OWN_VARIABLES}
