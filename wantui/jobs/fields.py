"""Taking a JSON document apart, field by field: each is of the type that is wanted, or a sentence says what is not.

Records lie in a folder that others can write to, and a crash of the machine leaves strange ones, so nothing that is
read is believed to have the form in which it was written.
"""

from __future__ import annotations

import math
from typing import Any

SHOWN = 40
"""Characters of a wrong value that a message quotes."""


class FieldError(ValueError):
    """A document of another form; the message says which field and what is wanted there."""


class Fields:
    """The fields of one JSON object; names that are not asked for are passed over. Methods raise `FieldError`."""

    def __init__(self, document: Any, where: str) -> None:
        """Take `document` apart; `where` names it in messages: ``run.json``, ``jobs[2].spec``."""
        if not isinstance(document, dict):
            raise FieldError(f"{where}: an object is wanted, not {_quoted(document)}")
        self._document: dict[str, Any] = document
        self._where = where

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        return name in self._document

    def text(self, name: str) -> str:
        """A text that a command line may have: no NUL in it."""
        return self._text(name, self._document.get(name))

    def text_or_none(self, name: str) -> str | None:
        """A text, or none."""
        value = self._document.get(name)
        return None if value is None else self._text(name, value)

    def number(self, name: str) -> float:
        """A finite number."""
        value = self._document.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
            raise self._wrong(name, "a number", value)
        return float(value)

    def number_or_none(self, name: str) -> float | None:
        """A finite number, or none."""
        return None if self._document.get(name) is None else self.number(name)

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number of at most 63 bits; `default` where there is none, if one is given."""
        value = self._document.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
            raise self._wrong(name, "a whole number", value)
        return value

    def integer_or_none(self, name: str) -> int | None:
        """A whole number, or none."""
        return None if self._document.get(name) is None else self.integer(name)

    def integer_or_text(self, name: str) -> int | str:
        """A whole number, or a text."""
        return self.text(name) if isinstance(self._document.get(name), str) else self.integer(name)

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers; none where there is no such field."""
        return tuple(Fields({name: each}, self._where).integer(name) for each in self.items(name))

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self._document.get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false", value)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; none where there is no such field."""
        return tuple(self._text(name, each) for each in self.items(name))

    def texts_or_none(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, or none."""
        return None if self._document.get(name) is None else self.texts(name)

    def environment(self, name: str) -> dict[str, str]:
        """Texts by names that an environment may have; none where there is no such field."""
        value = self.mapping(name) if name in self._document else {}
        for key in value:
            if not key or "=" in key or "\0" in key:
                raise self._wrong(name, "names of variables", key)
        return {key: self._text(f"{name}.{key}", each) for key, each in value.items()}

    def mapping(self, name: str) -> dict[str, Any]:
        """An object, of whatever is in it."""
        value = self._document.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "an object", value)
        return value

    def items(self, name: str) -> list[Any]:
        """A list, of whatever is in it; empty where there is no such field."""
        value = self._document.get(name, [])
        if not isinstance(value, list):
            raise self._wrong(name, "a list", value)
        return value

    def objects(self, name: str) -> list[Fields]:
        """A list of objects; empty where there is no such field."""
        return [Fields(each, f"{self._where}.{name}[{n}]") for n, each in enumerate(self.items(name))]

    def inner(self, name: str) -> Fields:
        """An object, to be taken apart as well."""
        return Fields(self._document.get(name), f"{self._where}.{name}")

    def inner_or_none(self, name: str) -> Fields | None:
        """An object, or none."""
        return None if self._document.get(name) is None else self.inner(name)

    def _text(self, name: str, value: object) -> str:
        if not isinstance(value, str) or "\0" in value:
            raise self._wrong(name, "a text", value)
        return value

    def _wrong(self, name: str, wanted: str, value: object) -> FieldError:
        return FieldError(f"{self._where}: {name}: {wanted} is wanted, not {_quoted(value)}")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _quoted(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    text = ascii(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
