"""In which line each key of a TOML document stands, which `tomllib` does not tell.

The walk trusts that `tomllib` has accepted the text: it looks for the ends of keys and values only, and judges
nothing. It knows everything that could fool a search by pattern: quoted and dotted keys, inline tables, arrays of
tables, and brackets, quotes and number signs inside of strings and comments.
"""

from __future__ import annotations

import re
import tomllib
from typing import TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys, and positions (from 0) within arrays: ``("datasets", 0, "batch_size")``."""

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]*")


def locate(text: str) -> dict[Place, int]:
    """Map every key, table and array element of a TOML document to its line, from 1.

    A table that dotted keys or sub-sections create has the line that first names it.

    Args:
        text: what `tomllib.loads` has accepted.
    """
    return _Walk(text).document()


class _Walk:
    """One pass over a document, from its start to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._lines: dict[Place, int] = {}
        self._sections: dict[Place, int] = {}
        """How many ``[[x]]`` there have been so far, by the place of x."""

    def document(self) -> dict[Place, int]:
        """Go through all sections."""
        section: Place = ()
        while True:
            self._skip(_BLANK)
            if self._at == len(self._text):
                return self._lines
            if self._looking_at("[["):
                section = self._header(2)
            elif self._looking_at("["):
                section = self._header(1)
            else:
                self._pair(section)

    def _header(self, brackets: int) -> Place:
        """Pass ``[a.b]`` or ``[[a.b]]`` and answer with the table that it opens."""
        line = self._current_line()
        self._at += brackets
        keys = self._key()
        self._at += brackets
        place: Place = ()
        for key in keys[:-1]:
            place = self._newest((*place, key))
            self._note(place, line)
        place = (*place, keys[-1])
        if brackets == 1:
            self._note(place, line)
            return place
        position = self._sections.get(place, 0)
        self._sections[place] = position + 1
        self._note(place, line)
        self._note((*place, position), line)
        return (*place, position)

    def _newest(self, place: Place) -> Place:
        """The table meant by `place` in a header: of an array of tables its last one."""
        count = self._sections.get(place)
        return place if count is None else (*place, count - 1)

    def _pair(self, table: Place) -> None:
        """Pass ``key = value``."""
        line = self._current_line()
        place = table
        for key in self._key():
            place = (*place, key)
            self._note(place, line)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(place)

    def _key(self) -> list[str]:
        """Pass a key, dotted or not, with the space around it."""
        keys = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key_part())
            self._skip(_SPACE)
            if not self._looking_at("."):
                return keys
            self._at += 1

    def _key_part(self) -> str:
        start = self._at
        if self._text[start] not in "\"'":
            self._skip(_BARE_KEY)
            return self._text[start : self._at]
        self._skip(_STRING)
        quoted = self._text[start : self._at]
        return next(iter(tomllib.loads(f"{quoted} = 0")))

    def _value(self, place: Place) -> None:
        """Pass a value, and note what is in it."""
        match self._text[self._at]:
            case "[":
                self._array(place)
            case "{":
                self._inline_table(place)
            case '"' | "'":
                self._skip(_STRING)
            case _:
                self._skip(_BARE_VALUE)

    def _array(self, place: Place) -> None:
        self._at += 1
        position = 0
        while True:
            self._skip(_BLANK)
            if self._looking_at("]"):
                break
            self._note((*place, position), self._current_line())
            self._value((*place, position))
            position += 1
            self._skip(_BLANK)
            if self._looking_at(","):
                self._at += 1
        self._at += 1

    def _inline_table(self, place: Place) -> None:
        self._at += 1
        while True:
            self._skip(_BLANK)
            if self._looking_at("}"):
                break
            self._pair(place)
            self._skip(_BLANK)
            if self._looking_at(","):
                self._at += 1
        self._at += 1

    def _note(self, place: Place, line: int) -> None:
        self._lines.setdefault(place, line)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"line {self._current_line()}: the text is no TOML")
        self._at = found.end()

    def _looking_at(self, mark: str) -> bool:
        return self._text.startswith(mark, self._at)

    def _current_line(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
