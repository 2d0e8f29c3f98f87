"""Where a key stands in a TOML text: ``tomllib`` gives values without their lines, and without their place."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Where a key is: names of tables and positions in arrays of tables, ``("datasets", 0, "resolution")``."""

_DEEPEST = 8
"""Tables on the way to a key that get a line; no key of a dataset lies as deep, and a key of 50,000 parts would take
gigabytes."""
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r'[ \t]*("(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+)[ \t]*')
_VALUE_PART = re.compile(
    r'''
      """(?:\\.|[^\\])*?"{3,5}      # multi-line strings: up to two quotes may stand before the closing three
    | \'\'\'.*?'{3,5}
    | "(?:\\.|[^"\\\n])*"
    | '[^'\n]*'
    | \#[^\n]*
    | [\[\]{}\n]
    | [^"'\#\[\]{}\n]+
    ''',
    re.VERBOSE | re.DOTALL,
)


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


def statements(text: str) -> tuple[Statement, ...]:
    """Every header and assignment of `text`, in order.

    Args:
        text: valid TOML, with any line endings.
    """
    scanner = _Scanner(text)
    scanner.scan()
    return tuple(scanner.statements)


def key_lines(text: str) -> KeyLines:
    """Find the line of each key and header of `text`.

    Keys within inline tables have no line of their own: `KeyLines.find` gives the line of the key around them.

    Args:
        text: valid TOML, with any line endings; of text that is not TOML some lines may be missing.
    """
    return KeyLines(_Scanner(text.replace("\r\n", "\n")).scan())


class _Scanner:
    """Walks over a TOML text statement by statement."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[KeyPath, int] = {}
        self.array_lengths: dict[KeyPath, int] = {}
        """How many elements each array of tables has so far."""
        self.statements: list[Statement] = []

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        line, counted_to = 1, 0
        while True:
            self._skip_blank()
            if self.position >= len(self.text):
                return self.lines
            start = self.position
            line += self.text.count("\n", counted_to, start)
            counted_to = start
            if self.text[start] == "[":
                table = self._header()
                self.lines.setdefault(table, line)
                self.statements.append(Statement(table, start, None, self._line_end()))
            else:
                where, value = self._assignment(table, line)
                self.statements.append(Statement(where, start, value, self._line_end()))
            if self.position == start:  # not TOML: no statement starts here
                return self.lines

    def _skip_blank(self) -> None:
        blank = _BLANK.match(self.text, self.position)
        if blank is not None:
            self.position = blank.end()

    def _header(self) -> KeyPath:
        is_array = self.text.startswith("[[", self.position)
        self.position += 2 if is_array else 1
        names = self._names()
        self._skip_line()
        path: KeyPath = ()
        for name in names[:-1]:
            path = self._inside((*path, name))
        if not names:
            return path
        path = (*path, names[-1])
        if is_array:
            self.array_lengths[path] = self.array_lengths.get(path, 0) + 1
        return self._inside(path)

    def _inside(self, path: KeyPath) -> KeyPath:
        """`path`, or its last element where it is an array of tables."""
        length = self.array_lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _line_end(self) -> int:
        """Behind the line end that is next, or the end of the text."""
        end = self.text.find("\n", self.position)
        return len(self.text) if end < 0 else end + 1

    def _assignment(self, table: KeyPath, line: int) -> tuple[KeyPath, tuple[int, int]]:
        """Go behind an assignment; answers with its key, and with where its value stands."""
        names = self._names()
        for length in range(1, min(len(names), _DEEPEST) + 1):  # a dotted key names the tables on its way
            self.lines.setdefault((*table, *names[:length]), line)
        return (*table, *names), self._value()

    def _names(self) -> tuple[str, ...]:
        names: list[str] = []
        while (part := _KEY_PART.match(self.text, self.position)) is not None:
            self.position = part.end()
            names.append(_unquoted(part.group(1)))
            if not self.text.startswith(".", self.position):
                break
            self.position += 1
        return tuple(names)

    def _value(self) -> tuple[int, int]:
        """Go behind a value and the comment in its last line; answers with where the value alone stands."""
        depth = 0
        if self.text.startswith("=", self.position):
            self.position += 1
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

    def _skip_line(self) -> None:
        end = self.text.find("\n", self.position)
        self.position = len(self.text) if end < 0 else end


def _unquoted(part: str) -> str:
    if part[0] not in "\"'":
        return part
    try:
        return str(tomllib.loads(f"key = {part}")["key"])
    except tomllib.TOMLDecodeError:
        return part[1:-1]
