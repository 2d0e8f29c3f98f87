"""``dataset.toml`` changed key by key: what is not touched stays byte for byte, and nothing invalid is written.

A `DatasetFile` is a value: each change answers with another one, checked by the trainer's rules when it is asked for
its `trouble`. `wantui.services.dataset_settings` writes it through the journal, so that it can be undone like every
other change.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import tomlkit

from wantui import reading
from wantui.dataset import blueprint
from wantui.dataset.keys import GENERAL, IMAGE, IMAGE_SOURCES, VIDEO, VIDEO_SOURCES
from wantui.dataset.model import DatasetError
from wantui.toml_positions import Statement, statements

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wantui.dataset.keys import Kind
    from wantui.dataset.model import DatasetConfig
    from wantui.toml_positions import KeyPath

Value = str | int | float | bool | list[int]
Section = int | None
"""The position of a ``[[datasets]]`` from 0; None: ``[general]``."""

BY_HAND = "change it in an editor"


class DatasetFileError(DatasetError):
    """A change of ``dataset.toml`` that cannot be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """The text of a ``dataset.toml``, and the changes that can be made to it."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> DatasetFile:
        """Read a file.

        Raises:
            DatasetError: it is missing or cannot be read, or it is no TOML.
        """
        found = cls(path.absolute(), blueprint.read_text(path))
        if path.suffix.lower() != ".toml":
            raise DatasetFileError(f"{path}: only .toml is changed here; {BY_HAND}")
        _ = found.document
        return found

    @property
    def document(self) -> dict[str, Any]:
        """What the text says, unchecked.

        Raises:
            DatasetFileError: it is no TOML.
        """
        try:
            return reading.parse_toml(self.text)
        except tomllib.TOMLDecodeError as error:
            raise DatasetFileError(f"{self.path}: not valid TOML: {error}; {BY_HAND}") from error

    @property
    def general(self) -> dict[str, Any]:
        """The keys of ``[general]``."""
        return _table(self.document.get("general", {}))

    @property
    def sections(self) -> tuple[dict[str, Any], ...]:
        """The keys of each ``[[datasets]]``."""
        found = self.document.get("datasets", [])
        return tuple(map(_table, found)) if isinstance(found, list) else ()

    @property
    def config(self) -> DatasetConfig:
        """The settings as the trainer reads them.

        Raises:
            DatasetError: it would refuse them.
        """
        return blueprint.parse(self.path, self.text)

    @property
    def trouble(self) -> DatasetError | None:
        """What the trainer would refuse."""
        try:
            _ = self.config
        except DatasetError as error:
            return error
        return None

    def kinds(self, section: Section) -> dict[str, Kind]:
        """The keys that a section may have, and what each takes."""
        if section is None:
            return GENERAL
        return VIDEO if is_video(self._own(section)) else IMAGE

    def set(self, section: Section, key: str, value: Value) -> DatasetFile:
        """Give a key a value; where it has one, only that is replaced.

        Raises:
            DatasetFileError: there is no such section, or the file is written in a way that only a person can change.
        """
        wanted = self._own(section) | {key: value}
        own = self._statement((*_where(section), key))
        if own is not None and own.value is not None:
            start, end = own.value
            changed = self._spliced(start, end, written(value))
        elif section is None and self._header(section) is None:
            changed = self._with_general(key, value)
        else:
            changed = self._with_line(section, f"{key} = {written(value)}")
        return self._proved(changed, section, wanted)

    def unset(self, section: Section, key: str) -> DatasetFile:
        """Remove a key with its line.

        Raises:
            DatasetFileError: it is not there, or only a person can remove it.
        """
        wanted = self._own(section)
        own = self._statement((*_where(section), key))
        if own is None or wanted.pop(key, None) is None:
            raise DatasetFileError(f"{self.path}: {said(section)} has no {key}")
        return self._proved(self._spliced(self._line_start(own.start), own.end, ""), section, wanted)

    def add(self, values: Mapping[str, Value]) -> DatasetFile:
        """Add a ``[[datasets]]`` at the end.

        Raises:
            DatasetFileError: the file is written in a way that only a person can add to.
        """
        end = self._newline
        lines = ["[[datasets]]", *(f"{key} = {written(value)}" for key, value in values.items()), ""]
        is_apart = not self.text or self.text.endswith(("\n\n", "\n\r\n"))
        gap = "" if is_apart else end if self.text.endswith("\n") else end * 2
        changed = replace(self, text=self.text + gap + end.join(lines))
        return self._proved(changed, len(self.sections), dict(values))

    def remove(self, section: int) -> DatasetFile:
        """Remove a ``[[datasets]]`` with its keys; comments above it and below it stay.

        Raises:
            DatasetFileError: there is no such section, or only a person can remove it.
        """
        self._own(section)
        sections = [own for index, own in enumerate(self.sections) if index != section]
        mine = [each for each in statements(self.text) if each.where[:2] == _where(section)]
        changed = self._spliced(self._line_start(mine[0].start), mine[-1].end, "") if mine else self
        if list(changed.sections) != sections or changed.general != self.general:
            raise DatasetFileError(f"{self.path}: {said(section)} cannot be removed here; {BY_HAND}")
        return changed

    def _own(self, section: Section) -> dict[str, Any]:
        if section is None:
            return dict(self.general)
        if not 0 <= section < len(self.sections):
            raise DatasetFileError(f"{self.path}: there is no {said(section)}; it has {len(self.sections)} of them")
        return dict(self.sections[section])

    def _proved(self, changed: DatasetFile, section: Section, wanted: dict[str, Any]) -> DatasetFile:
        """The changed file, once it says what was wanted and everything else as before."""
        sections = list(self.sections)
        general = self.general
        if section is None:
            general = wanted
        elif section < len(sections):
            sections[section] = wanted
        else:
            sections.append(wanted)
        try:
            is_right = changed.general == general and list(changed.sections) == sections
        except DatasetFileError:
            is_right = False
        if not is_right:
            raise DatasetFileError(
                f"{self.path}: {said(section)} is written in a way that is not changed here; {BY_HAND}"
            )
        return changed

    def _statement(self, where: KeyPath) -> Statement | None:
        return next((each for each in statements(self.text) if each.where == where and not each.is_header), None)

    def _header(self, section: Section) -> Statement | None:
        return next(
            (each for each in statements(self.text) if each.where == _where(section) and each.is_header), None
        )

    def _with_line(self, section: Section, line: str) -> DatasetFile:
        """With another line behind the last one of a section, indented as that one is."""
        where = _where(section)
        mine = [each for each in statements(self.text) if each.where[: len(where)] == where]
        if not mine:
            raise DatasetFileError(f"{self.path}: {said(section)} has no header of its own; {BY_HAND}")
        last = mine[-1]
        indent = self.text[self._line_start(last.start) : last.start]
        gap = "" if self.text[: last.end].endswith("\n") else self._newline
        return self._spliced(last.end, last.end, f"{gap}{indent}{line}{self._newline}")

    def _with_general(self, key: str, value: Value) -> DatasetFile:
        """With a ``[general]`` above the first section."""
        found = statements(self.text)
        at = self._line_start(found[0].start) if found else len(self.text)
        end = self._newline
        gap = "" if not at or self.text[:at].endswith("\n") else end
        return self._spliced(at, at, f"{gap}[general]{end}{key} = {written(value)}{end}{end}")

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def _line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1

    def _spliced(self, start: int, end: int, text: str) -> DatasetFile:
        return replace(self, text=self.text[:start] + text + self.text[end:])


def written(value: Value) -> str:
    """A value as TOML."""
    return tomlkit.item(value).as_string()


def value_of(kind: Kind, text: str) -> Value:
    """The value that a person means who types `text` for a key.

    Sizes may be typed ``960x544``, lists without brackets, texts without quotes. What does not fit is handed on as
    the text that it is: the trainer's rules say then what is wanted.
    """
    typed = text.strip()
    if kind.accepts(text):
        return text
    for candidate in (typed, f"[{typed}]", f"[{typed.lower().replace('x', ',')}]", f"{typed}.0"):
        try:
            value = tomllib.loads(f"value = {candidate}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
        if kind.accepts(value):
            meant: Value = value
            return meant
    return typed


def is_video(section: Mapping[str, Any]) -> bool:
    """Whether a ``[[datasets]]`` is one of videos."""
    return any(key in section for key in VIDEO_SOURCES) and not any(key in section for key in IMAGE_SOURCES)


def said(section: Section) -> str:
    """A section as a person reads it: ``[[datasets]] number 1``."""
    return "[general]" if section is None else f"[[datasets]] number {section + 1}"


def diff(before: DatasetFile | None, after: DatasetFile) -> str:
    """What changes, as a unified diff.

    Args:
        before: the file as it is; None: there is none.
        after: as it would be.
    """
    old = "" if before is None else before.text
    name = after.path.name
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), after.text.splitlines(keepends=True), f"{name} (now)", f"{name} (then)"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _where(section: Section) -> KeyPath:
    return ("general",) if section is None else ("datasets", section)


def _table(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
