"""Where keys and values stand in a TOML text, which `tomllib` does not tell.

The walk is made for text that `tomllib` has accepted: it looks for the ends of keys and values only, and judges
nothing. It knows everything that could fool a search by pattern: quoted and dotted keys, inline tables, arrays of
tables, and brackets, quotes and number signs inside of strings and comments.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys, and positions (from 0) within arrays: ``("datasets", 0, "resolution")``."""

_DEEPEST = 8
"""Parts of a dotted key that `key_lines` knows: no key of a dataset has as many, and one of 50,000 would take
gigabytes."""
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY_PART = re.compile(r'[ \t]*("(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+)[ \t]*')
_STRING = r'''
      """(?:\\.|[^\\])*?"{3,5}      # multi-line strings: up to two quotes may stand before the closing three
    | \'\'\'.*?'{3,5}
    | "(?:\\.|[^"\\\n])*"
    | '[^'\n]*'
    '''
_VALUE_PART = re.compile(rf"{_STRING} | \#[^\n]* | [\[\]{{}}\n] | [^\"'\#\[\]{{}}\n]+", re.VERBOSE | re.DOTALL)
_PLAIN_VALUE = re.compile(rf"{_STRING} | [^,\]}}\#\r\n]*", re.VERBOSE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """A header or an assignment, and the characters that it takes."""

    where: KeyPath
    start: int
    """Its first character; what stands before it in its line is blank."""
    value: tuple[int, int] | None
    """Start and end of the value alone; None for a header."""
    end: int
    """Behind its line, the line end and a comment behind it included."""

    @property
    def is_header(self) -> bool:
        """Whether it begins a table."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class KeyLines:
    """The lines of the keys and table headers of one text."""

    lines: dict[KeyPath, int]
    """From 1."""

    def find(self, *where: str | int) -> int | None:
        """The line of `where`, else of the nearest table around it that has one, else None."""
        for length in range(len(where), 0, -1):
            line = self.lines.get(where[:length])
            if line is not None:
                return line
        return None


def statements(text: str) -> tuple[Statement, ...]:
    """Every header and assignment of `text`, in order.

    Args:
        text: valid TOML, with any line endings.
    """
    return tuple(_Statements(text).scan())


def key_lines(text: str) -> KeyLines:
    """Find the line of each key and header of `text`.

    Keys within inline tables have no line of their own: `KeyLines.find` gives the line of the key around them.

    Args:
        text: valid TOML, with any line endings; of text that is not TOML some lines may be missing.
    """
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, each in _numbered(text):
        if each.is_header:
            table = each.where
            lines.setdefault(table, line)
        for length in range(len(table) + 1, min(len(each.where), len(table) + _DEEPEST) + 1):
            lines.setdefault(each.where[:length], line)  # a dotted key names the tables on its way
    return KeyLines(lines)


def locate(text: str) -> dict[KeyPath, int]:
    """Map every key, table and array element of `text` to its line, from 1.

    A table that dotted keys or sub-sections create has the line that first names it.

    Args:
        text: what `tomllib.loads` has accepted.
    """
    lines: dict[KeyPath, int] = {}
    for line, each in _numbered(text):
        for length in range(1, len(each.where) + 1):
            lines.setdefault(each.where[:length], line)
        if each.value is not None:
            _Value(text, each.value[0], line, lines).walk(each.where)
    return lines


def _numbered(text: str) -> Iterator[tuple[int, Statement]]:
    """Each statement of `text` with the line in which it begins."""
    line, counted_to = 1, 0
    for each in statements(text):
        line += text.count("\n", counted_to, each.start)
        counted_to = each.start
        yield line, each


class _Cursor:
    """A position in a text, and what can be passed from there."""

    def __init__(self, text: str, position: int = 0) -> None:
        self.text = text
        self.position = position

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()

    def takes(self, mark: str) -> bool:
        """Whether `mark` is next; it is passed then."""
        is_next = self.text.startswith(mark, self.position)
        self.position += len(mark) if is_next else 0
        return is_next

    def names(self) -> tuple[str, ...]:
        """Pass a key, dotted or not, with the space around it."""
        names: list[str] = []
        while (part := _KEY_PART.match(self.text, self.position)) is not None:
            self.position = part.end()
            names.append(_unquoted(part.group(1)))
            if not self.takes("."):
                break
        return tuple(names)


class _Statements(_Cursor):
    """Walks over a TOML text statement by statement."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._array_lengths: dict[KeyPath, int] = {}
        """How many elements each array of tables has so far."""

    def scan(self) -> Iterator[Statement]:
        table: KeyPath = ()
        while True:
            self.skip(_BLANK)
            start = self.position
            if start >= len(self.text):
                return
            if self.text[start] == "[":
                table = self._header()
                yield Statement(table, start, None, self._behind_line_end())
            else:
                where = (*table, *self.names())
                yield Statement(where, start, self._value(), self._behind_line_end())
            if self.position == start:  # not TOML: no statement starts here
                return

    def _header(self) -> KeyPath:
        """Pass ``[a.b]`` or ``[[a.b]]``; answers with the table that it opens."""
        is_array = self.takes("[[")
        if not is_array:
            self.takes("[")
        names = self.names()
        self.position = self._line_end()
        path: KeyPath = ()
        for name in names[:-1]:
            path = self._inside((*path, name))
        if not names:
            return path
        path = (*path, names[-1])
        if is_array:
            self._array_lengths[path] = self._array_lengths.get(path, 0) + 1
        return self._inside(path)

    def _inside(self, path: KeyPath) -> KeyPath:
        """`path`, or its last element where it is an array of tables."""
        length = self._array_lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _value(self) -> tuple[int, int]:
        """Pass a value and the comment in its last line; answers with where the value alone stands."""
        depth = 0
        self.takes("=")
        start = end = self.position
        while (part := _VALUE_PART.match(self.text, self.position)) is not None:
            part_text = part.group()
            if part_text == "\n" and depth == 0:
                break
            self.position = part.end()
            if not part_text.startswith("#") and part_text.strip():
                end = part.start() + len(part_text.rstrip())
            if part_text in "[{":
                depth += 1
            elif part_text in "]}":
                depth -= 1
        return end - len(self.text[start:end].lstrip()), end

    def _line_end(self) -> int:
        """The line end that is next, or the end of the text."""
        end = self.text.find("\n", self.position)
        return len(self.text) if end < 0 else end

    def _behind_line_end(self) -> int:
        return min(self._line_end() + 1, len(self.text))


class _Value(_Cursor):
    """Walks through one value, and notes the lines of what is in it."""

    def __init__(self, text: str, position: int, line: int, lines: dict[KeyPath, int]) -> None:
        super().__init__(text, position)
        self._lines = lines
        self._line = line
        self._counted_to = position
        self._element = -1
        """Where the latest array element or pair begins."""

    def walk(self, place: KeyPath) -> None:
        if self.takes("["):
            self._array(place)
        elif self.takes("{"):
            self._inline_table(place)
        else:
            self.skip(_PLAIN_VALUE)

    def _array(self, place: KeyPath) -> None:
        position = 0
        while not self._ends("]"):
            self._note((*place, position))
            self.walk((*place, position))
            position += 1

    def _inline_table(self, table: KeyPath) -> None:
        while not self._ends("}"):
            place = table
            for name in self.names():
                place = (*place, name)
                self._note(place)
            self.takes("=")
            self.skip(_SPACE)
            self.walk(place)

    def _ends(self, bracket: str) -> bool:
        """Pass what is between two elements, and the closing bracket where that is next."""
        self.skip(_BLANK)
        if self.takes(","):
            self.skip(_BLANK)
        if self.takes(bracket):
            return True
        if self.position == self._element:
            raise ValueError("the text is not valid TOML: an array or table does not end")
        self._element = self.position
        return False

    def _note(self, place: KeyPath) -> None:
        self._line += self.text.count("\n", self._counted_to, self.position)
        self._counted_to = self.position
        self._lines.setdefault(place, self._line)


def _unquoted(part: str) -> str:
    if part[0] not in "\"'":
        return part
    try:
        return str(tomllib.loads(f"key = {part}")["key"])
    except tomllib.TOMLDecodeError:
        return part[1:-1]
