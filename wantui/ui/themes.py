"""Two themes of our own, and the variables that every theme is given."""

from __future__ import annotations

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
        "dim": "#66738a",
        "faint": "#2c3546",
        "cursor-row": "#24314d",
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
    primary="#2f5fd0",
    secondary="#2f5fd0",
    accent="#2f5fd0",
    warning="#9a6700",
    error="#c4314b",
    success="#2e7d32",
    foreground="#1f2430",
    background="#fbfbf9",
    surface="#fbfbf9",
    panel="#eceef3",
    dark=False,
    variables={
        "expert-high": "#8839b8",
        "expert-low": "#0b7d70",
        "dim": "#6b7280",
        "faint": "#c9cdd6",
        "cursor-row": "#dbe5fb",
        "caution": "#9a6700",
        "good": "#2e7d32",
        "bad": "#c4314b",
        "border": "#2f5fd0",
        "scrollbar": "#c9cdd6",
        "scrollbar-hover": "#aab1bf",
        "scrollbar-active": "#2f5fd0",
        "scrollbar-background": "#fbfbf9",
        "scrollbar-background-hover": "#fbfbf9",
        "scrollbar-background-active": "#fbfbf9",
        "scrollbar-corner-color": "#fbfbf9",
        "input-selection-background": "#bcd0f7",
    },
)

THEMES = (DARK, LIGHT)

OWN_VARIABLES = ("expert-high", "expert-low", "dim", "faint", "cursor-row", "caution", "good", "bad")
"""The variables that the style sheets use on top of Textual's."""


def own_variables(*, dark: bool) -> dict[str, str]:
    """What a theme that knows nothing of wantui is given for wantui's own variables."""
    source = DARK if dark else LIGHT
    return {name: source.variables[name] for name in OWN_VARIABLES}
