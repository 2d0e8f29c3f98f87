"""Themes that a person has written: one TOML file each, with the colours that it changes (docs/keys.md)."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from wantui import reading
from wantui.access import explain
from wantui.toml_positions import key_lines
from wantui.ui.drawing.contrast import GROUNDS, INKS, LEAST, contrast
from wantui.ui.drawing.themes import DARK, LIGHT, OWN_VARIABLES, SHORT_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.toml_positions import KeyLines

LONGEST_BYTES = 1 << 16
"""Of a theme's file; one with every colour has 1 KiB."""
COLOURS = (
    *("primary", "secondary", "accent", "warning", "error", "success"),
    *("foreground", "background", "surface", "panel", "boost"),
)
"""What Textual takes for a theme."""
VARIABLES = "variables"
"""The section for variables of Textual's widgets, as ``scrollbar``."""
_FOLLOWS = {
    "good": "success", "bad": "error", "caution": "warning", "border": "primary", "accent": "primary",
    "secondary": "primary", "surface": "background", "scrollbar-active": "primary",
    "scrollbar-background": "background", "scrollbar-background-hover": "background",
    "scrollbar-background-active": "background", "scrollbar-corner-color": "background",
}  # fmt: skip
"""What a colour is where the file gives only this other one."""
_BLENDS = {"panel": 0.06, "cursor-row": 0.12, "faint": 0.2, "scrollbar": 0.2, "scrollbar-hover": 0.3}
"""What a colour is where the file gives the background alone: so much of the foreground on it."""
_NAME = re.compile(r"[\w.-]+")
MOST_PAIRS = 4
"""Pale pairs that are named before the rest is counted."""


@dataclass(frozen=True, slots=True)
class UserThemes:
    """What the files of a folder come to."""

    themes: tuple[Theme, ...] = ()
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By name of a theme that cannot be used: sentences with file, line and key."""

    @property
    def said(self) -> str:
        """Every problem, one a line."""
        return "\n".join(line for lines in self.problems.values() for line in lines)


def known_themes(own: UserThemes) -> tuple[str, ...]:
    """The names that ``[screen] theme`` takes."""
    return (*SHORT_NAMES, DARK.name, LIGHT.name, *(theme.name for theme in own.themes), *BUILTIN_THEMES)


def why_unknown(name: str, own: UserThemes) -> str:
    """What to say of a theme that there is not, or that cannot be used."""
    if name in own.problems:
        return f"the theme {name} cannot be used: {'; '.join(own.problems[name])}"
    known = known_themes(own)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"there is no theme {name}; {hint}there are {', '.join(known)}"


def read_themes(folder: Path | None) -> UserThemes:
    """The themes of a folder; a file that is wrong leaves the others as they are.

    Args:
        folder: with a file ``NAME.toml`` for each theme; None, or no such folder: there are none.
    """
    themes: list[Theme] = []
    problems: dict[str, tuple[str, ...]] = {}
    try:
        files = sorted(folder.glob("*.toml")) if folder is not None else []
    except OSError as error:
        return UserThemes(problems={"": (explain(error),)})
    for file in files:
        found = _Reading(file)
        theme = found.theme()
        if theme is None:
            problems[file.stem] = tuple(found.problems)
        else:
            themes.append(theme)
    return UserThemes(tuple(themes), problems)


def pale_pairs(theme: Theme) -> tuple[str, ...]:
    """Every ink that cannot be read well on a ground: ``dim on cursor-row (3.1:1)``, the worst first."""
    variables = {**theme.to_color_system().generate(), **theme.variables}
    found = []
    for ink, ground in product(INKS, GROUNDS):
        ratio = contrast(Color.parse(variables[ink]), Color.parse(variables[ground]))
        if ratio < LEAST:
            found.append((ratio, f"{ink} on {ground} ({ratio:.1f}:1)"))
    return tuple(said for _, said in sorted(found))


def pale_said(theme: Theme) -> str | None:
    """A warning about the pairs of a theme that cannot be read well; None: all can."""
    pairs = pale_pairs(theme)
    if not pairs:
        return None
    more = f" and {len(pairs) - MOST_PAIRS} more" if len(pairs) > MOST_PAIRS else ""
    named = ", ".join(pairs[:MOST_PAIRS])
    return f"Theme {theme.name}: {named}{more} have less contrast than {LEAST}:1; they are drawn lighter or darker."


class _Reading:
    """One file."""

    def __init__(self, file: Path) -> None:
        self.problems: list[str] = []
        self._file = file
        self._lines: KeyLines | None = None

    def theme(self) -> Theme | None:
        """The theme; None: it cannot be used, and `problems` says why."""
        document = self._document()
        name = self._file.stem
        if document is None:
            return None
        if not _NAME.fullmatch(name):
            self._problem("the file's name is the theme's: letters, digits, - and _ only; rename it")
        elif name in (*SHORT_NAMES, DARK.name, LIGHT.name, *BUILTIN_THEMES):
            self._problem(f"there is a built-in theme {name}; rename the file")
        dark = document.pop("dark", True)
        if not isinstance(dark, bool):
            self._problem(f"dark = {dark!r}: write true or false", "dark")
        given = self._colours(document)
        return None if self.problems else _complete(name, given, LIGHT if dark is False else DARK)

    def _document(self) -> dict[str, Any] | None:
        try:
            text = reading.read_bytes(self._file, LONGEST_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
            document = reading.parse_toml(text)
        except OSError as error:
            self._problem(f"cannot be read ({error.strerror}); correct its permissions or remove it")
        except UnicodeDecodeError:
            self._problem("is not UTF-8; save the file in UTF-8")
        except ValueError as error:
            self._problem(f"is not valid TOML: {error}")
        else:
            self._lines = key_lines(text)
            return document
        return None

    def _colours(self, document: dict[str, Any]) -> dict[str, str]:
        """Every colour that is given and is one, with those of ``[variables]``."""
        more = document.pop(VARIABLES, {})
        if not isinstance(more, dict):
            self._problem(f"{VARIABLES} is a section: write [{VARIABLES}] above its keys", VARIABLES)
            more = {}
        known = (*COLOURS, *OWN_VARIABLES)
        for key in document:
            if key not in known:
                near = difflib.get_close_matches(key.replace("_", "-"), known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are dark, {', '.join(known)}"
                self._problem(f"unknown colour {key}; {hint}", key)
        given = {key: self._colour(value, key) for key, value in document.items() if key in known}
        return given | {key: self._colour(value, VARIABLES, key) for key, value in more.items()}

    def _colour(self, value: object, *place: str) -> str:
        try:
            if isinstance(value, str) and value != "auto":
                Color.parse(value)
                return value
        except ColorParseError:
            pass
        said = f"{'.'.join(place)} = {value!r} is no colour"
        self._problem(f'{said}; write one as "#7aa2f7", "rgb(122,162,247)" or by a name such as "teal"', *place)
        return ""

    def _problem(self, said: str, *place: str) -> None:
        line = self._lines.find(*place) if self._lines is not None and place else None
        self.problems.append(f"{self._file}{'' if line is None else f':{line}'}: {said}")


def _complete(name: str, given: dict[str, str], like: Theme) -> Theme:
    """A theme with what is given; the rest is that of our own dark or light theme, or follows what is given."""
    colours = {key: getattr(like, key) for key in COLOURS} | like.variables
    for key, other in _FOLLOWS.items():
        if other in given:
            colours[key] = given[other]
    if "background" in given:
        ground, ink = Color.parse(given["background"]), Color.parse(given.get("foreground", colours["foreground"]))
        colours |= {key: ground.blend(ink, part).hex for key, part in _BLENDS.items()}
    colours |= given
    return Theme(
        name=name,
        dark=like.dark,
        variables={key: value for key, value in colours.items() if key not in COLOURS},
        **{key: colours[key] for key in COLOURS},
    )
