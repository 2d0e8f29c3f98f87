"""Keys by their names: as a person writes them in ``[keys]``, as Textual names them, as the screen shows them."""

from __future__ import annotations

import difflib
import unicodedata

_NAMED = (
    *("enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"),
    *("up", "down", "left", "right"), *(f"f{number}" for number in range(1, 25)),
)  # fmt: skip
_OTHER_WORDS = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete"}
_SHOWN = {"escape": "esc", "pageup": "pgup", "pagedown": "pgdn"}
_MODIFIERS = ("ctrl", "alt", "shift")
_SENT_AS = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+h": "backspace"}
"""What a terminal sends for them cannot be told from the other key."""
_TEXTUAL_WORDS = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
    "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
"""Textual has shorter names for these than Unicode (``textual.keys.KEY_NAME_REPLACEMENTS``)."""


def _name_of(character: str) -> str:
    """A character as Textual names its key (``textual.keys._character_to_key``)."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return _TEXTUAL_WORDS.get(name, name)


_SIGNS = {_name_of(chr(code)): chr(code) for code in range(33, 127) if not chr(code).isalnum()}


class KeyNameError(ValueError):
    """A name that no key has; the message completes "KEY ..."."""


def key_of(written: str) -> str:
    """A key as Textual names it.

    Args:
        written: as a person writes it: ``i``, ``G``, ``?``, ``question_mark``, ``ctrl+e``, ``f3``.

    Raises:
        KeyNameError: no key that a terminal sends has this name.
    """
    *modifiers, base = written.split("+") if len(written) > 1 and not written.endswith("++") else [written]
    if written.endswith("++"):
        modifiers, base = written[:-2].split("+"), "+"
    words = [word.lower() for word in modifiers]
    if wrong := [word for word in words if word not in _MODIFIERS]:
        raise KeyNameError(f"has {wrong[0]}+, and what can be held is {', '.join(_MODIFIERS)}")
    base = base if len(base) == 1 else _OTHER_WORDS.get(base.lower(), base.lower())
    if len(base) == 1 and base.isprintable() and base != " ":
        base = _name_of(base)
    elif base not in _NAMED and base not in _SIGNS:
        near = difflib.get_close_matches(base, [*_NAMED, *_SIGNS, *_OTHER_WORDS], n=1)
        hint = f"did you mean {near[0]}?" if near else "write a character, f1 to f24, or such as enter, space, ctrl+e"
        raise KeyNameError(f"is no key; {hint}")
    if len(base) == 1 and "shift" in words:
        raise KeyNameError(f"is written as the character itself: {base.upper()}")
    if len(base) == 1 and "ctrl" in words:
        base = base.lower()
    key = "+".join([*(word for word in _MODIFIERS if word in words), base])
    if key in _SENT_AS:
        raise KeyNameError(f"is the same as {_SENT_AS[key]} to a terminal")
    return key


def shown(key: str) -> str:
    """A key, as Textual names it, as the screen shows it: ``/``, ``esc``, ``ctrl+d``."""
    *modifiers, base = key.split("+")
    return "+".join([*modifiers, _SIGNS.get(base) or _SHOWN.get(base, base)])


def written(key: str) -> str:
    """A key, as Textual names it, as ``[keys]`` has it: a comma and a plus sign by their names."""
    return key if key in ("comma", "plus") else "+".join(_SIGNS.get(part, part) for part in key.split("+"))


def is_text(key: str) -> bool:
    """Whether a key, as Textual names it, types a character where text is typed."""
    return len(key) == 1 or key in _SIGNS or key == "space"
