"""Paths kept as text in records of which there are very many.

A `Path` takes four times the memory of its text, and an item has four of them: with 50,000 items that is the
difference between 60 and 150 MB. A record that is decorated with `paths_as_text` is used as if it held paths; each
time one is asked for it is made anew, in about two microseconds. Who compares thousands asks for the text, `as_text`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

Record = TypeVar("Record")


def paths_as_text(*names: str) -> Callable[[type[Record]], type[Record]]:
    """Keep these fields of a slotted dataclass as text; each holds a path, None, or a tuple of paths."""

    def decorate(record: type[Record]) -> type[Record]:
        for name in names:
            setattr(record, name, _PathSlot(record.__dict__[name]))
        fields = tuple(record.__dict__["__dataclass_fields__"])
        made: Any = record
        made.__getstate__ = lambda self: [as_text(self, name) for name in fields]
        made.__setstate__ = _restore
        return record

    return decorate


def as_text(record: object, name: str) -> Any:
    """The field as it is kept: the text of its path or paths, or the value of any other field."""
    slot = type(record).__dict__[name]
    return slot.kept.__get__(record) if isinstance(slot, _PathSlot) else slot.__get__(record)


def unparsed(text: str) -> Path:
    """The text of a path, for a field that is kept as text: what reads thousands of names makes no path for each."""
    return cast("Path", text)


class _PathSlot:
    """Stands before a slot: takes paths, keeps text, gives paths."""

    __slots__ = ("kept",)

    def __init__(self, kept: Any) -> None:
        self.kept = kept

    def __get__(self, record: object, _type: type | None = None) -> Any:
        if record is None:
            return self
        value = self.kept.__get__(record)
        if value is None:
            return None
        return tuple(map(Path, value)) if isinstance(value, tuple) else Path(value)

    def __set__(self, record: object, value: Any) -> None:
        if value is not None:
            value = tuple(map(os.fspath, value)) if isinstance(value, tuple) else os.fspath(value)
        self.kept.__set__(record, value)


def _restore(record: object, state: list[Any]) -> None:
    for name, value in zip(type(record).__dict__["__dataclass_fields__"], state, strict=True):
        object.__setattr__(record, name, value)
