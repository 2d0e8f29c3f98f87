"""Reading ``wantui.toml``: everything that is wrong with it is reported at once, each with its line."""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.config.checks import NotAllowedError
from wantui.config.defaults import build
from wantui.config.errors import ConfigError, ConfigProblem
from wantui.config.flags import check_flag_name, check_flag_value
from wantui.config.keys import COMMAND_KEYS, FREE_SECTIONS, RENAMED_KEYS, SECRET_KEYS, known_keys
from wantui.config.schema import KeyChoice
from wantui.formatting import as_toml
from wantui.toml_positions import locate

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.config.checks import Check
    from wantui.config.schema import Config, FlagValue
    from wantui.paths import Workspace
    from wantui.toml_positions import KeyPath

LARGEST_SETTINGS = 1 << 20
"""Bytes of a ``wantui.toml`` or of a preset; one with every key has 5 KiB."""
_TOML_ERROR = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)


def load(workspace: Workspace) -> Config:
    """The workspace's configuration; without a ``wantui.toml`` that of the defaults.

    Raises:
        ConfigError: the file cannot be read or is no TOML, or keys in it are unknown or have values that are not
            allowed.
    """
    file = workspace.config_file.absolute()
    return parse(file, read_text(file))


def parse(file: Path, text: str) -> Config:
    """What a ``wantui.toml`` with this text would mean.

    Args:
        file: where it lies, or would.
        text: its content, lines ended by newlines.

    Raises:
        ConfigError: as `load`.
    """
    reading = SettingsReading.of(file, text)
    if reading.problems:
        raise ConfigError(file, reading.problems)
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        reading.sources.setdefault("gpus.use", f"environment (CUDA_VISIBLE_DEVICES={allowed})")
    return build(file, reading.given, reading.flags, reading.sources, tuple(reading.keys.values()))


def read_text(file: Path) -> str:
    """The text of a file of settings, lines ended by newlines; empty where there is none.

    Raises:
        ConfigError: it cannot be read, or is no UTF-8.
    """
    try:
        data = reading.read_bytes(file, LARGEST_SETTINGS)
    except FileNotFoundError:
        return ""
    except reading.NotAFileError as error:
        raise ConfigError(file, [ConfigProblem(None, f"{error.strerror}; make it one or remove it")]) from error
    except OSError as error:
        message = f"cannot be read ({error.strerror}); make it a readable file or remove it"
        raise ConfigError(file, [ConfigProblem(None, message)]) from error
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(file, [ConfigProblem(line, "is not UTF-8; save the file in UTF-8")]) from error


def _syntax_problem(text: str, error: ValueError) -> ConfigProblem:
    """What `tomllib` found, with its line: until Python 3.14 only its message tells that."""
    found = _TOML_ERROR.fullmatch(str(error))
    if found is None:
        return ConfigProblem(None, f"is not valid TOML: {error}")
    last = text.count("\n") + (0 if text.endswith("\n") else 1)
    return ConfigProblem(int(found["line"] or max(last, 1)), f"is not valid TOML: {found['what']}")


class SettingsReading:
    """One pass over a document; collects values, where they are from, and problems."""

    @classmethod
    def of(cls, file: Path, text: str) -> SettingsReading:
        """Read a text.

        Args:
            file: where it lies, or would.
            text: its content, lines ended by newlines.

        Raises:
            ConfigError: it is no TOML; what is wrong with keys and values is collected instead.
        """
        try:
            document = reading.parse_toml(text)
            lines = locate(text)
        except ValueError as error:
            raise ConfigError(file, [_syntax_problem(text, error)]) from error
        found = cls(file, lines)
        found.read(document)
        return found

    def __init__(self, file: Path, lines: dict[KeyPath, int]) -> None:
        self.sections: frozenset[str] = frozenset()
        """Those that the document has, however little is in them."""
        self.given: dict[str, dict[str, Any]] = {}
        self.flags: dict[str, dict[str, dict[str, FlagValue]]] = {}
        self.keys: dict[str, KeyChoice] = {}
        """What ``[keys]`` says, by the name of the command."""
        self.sources: dict[str, str] = {}
        self.problems: list[ConfigProblem] = []
        self._file = file
        self._lines = lines
        self._known = known_keys(file.parent)

    def read(self, document: dict[str, Any]) -> None:
        """Take every section."""
        self.sections = frozenset(document)
        for section, content in document.items():
            is_known = (section in self._known and "." not in section) or section in (*FREE_SECTIONS, COMMAND_KEYS)
            if not is_known:
                self._unknown_section(section, content)
            elif not isinstance(content, dict):
                self._problem((section,), f"{section} is a section: write [{section}] above its keys")
            elif section in FREE_SECTIONS:
                self._read_flags(section, content)
            elif section == COMMAND_KEYS:
                self._read_keys(content)
            else:
                self._read_section(section, content)

    def line_of(self, *place: str) -> int:
        """The line of a key, from 1."""
        return self._lines[place]

    def _read_section(self, section: str, content: dict[str, Any]) -> None:
        known = self._known[section]
        for written, value in content.items():
            key = RENAMED_KEYS.get((section, written), written)
            inner = f"{section}.{written}"
            if inner in self._known and isinstance(value, dict):
                self._read_section(inner, value)
            elif inner in self._known:
                self._problem((section, written), f"{inner} is a section: write [{inner}] above its keys")
            elif key != written and key in content:
                self._problem((section, written), f"{inner} is the old name of {key}; remove it")
            elif key in known:
                self._take(section, key, value, known[key], written)
            else:
                self._problem((*section.split("."), key), self._unknown_key(section, key))

    def _take(self, section: str, key: str, value: object, check: Check, written: str) -> None:
        try:
            checked = check(value)
        except NotAllowedError as error:
            shown = "(not shown)" if (section, key) in SECRET_KEYS else as_toml(value)
            place = (*section.split("."), written)
            self._problem(place, f"{section}.{written} = {shown} is not allowed; allowed: {error}")
            return
        self.given.setdefault(section, {})[key] = checked
        if isinstance(checked, dict):
            for name in checked:
                self._note((section, key, name), (section, written, name))
        else:
            self._note((*section.split("."), key), (*section.split("."), written))

    def _read_keys(self, content: dict[str, Any], *around: str) -> None:
        """Take the keys of commands; a dotted name may be written with quotes around it or without."""
        for written, value in content.items():
            place, command = (COMMAND_KEYS, *around, written), ".".join((*around, written))
            if isinstance(value, dict):
                self._read_keys(value, *around, written)
            elif not isinstance(value, str) or not value.isprintable():
                allowed = 'keys in quotes, such as "i" or "ctrl+e,f3"; "" for none'
                self._problem(
                    place, f"{COMMAND_KEYS}.{command} = {as_toml(value)} is not allowed; allowed: {allowed}"
                )
            elif command in self.keys:
                self._problem(place, f"{command} has keys already, in line {self.keys[command].line}; remove one")
            else:
                self.keys[command] = KeyChoice(command, value, self._lines[place])
                self._note((COMMAND_KEYS, command), place)

    def _read_flags(self, section: str, content: dict[str, Any]) -> None:
        parts = FREE_SECTIONS[section]
        for key, value in content.items():
            if key in parts:
                self._read_part(section, key, value)
            elif isinstance(value, dict):
                hint = _nearest(key, [f"{section}.{part}" for part in parts], f"{section}.{key}")
                self._problem((section, key), f"unknown section [{section}.{key}]; {hint}")
            else:
                self._take_flag((section, key), "flags", value)

    def _read_part(self, section: str, part: str, content: object) -> None:
        if not isinstance(content, dict):
            self._problem((section, part), f"{section}.{part} is a section: write [{section}.{part}] above its keys")
            return
        for key, value in content.items():
            self._take_flag((section, part, key), part, value)

    def _take_flag(self, place: tuple[str, ...], part: str, value: object) -> None:
        wrong = check_flag_name(place[-1])
        if wrong:
            self._problem(place, f"{'.'.join(place)}: {wrong}")
            return
        try:
            checked = check_flag_value(value)
        except NotAllowedError as error:
            self._problem(place, f"{'.'.join(place)} = {as_toml(value)} is not allowed; allowed: {error}")
            return
        self.flags.setdefault(place[0], {}).setdefault(part, {})[place[-1]] = checked
        self._note(place)

    def _unknown_section(self, name: str, content: object) -> None:
        sections = [*self._known, *FREE_SECTIONS, COMMAND_KEYS]
        if isinstance(content, dict):
            hint = _nearest(name, sections, name)
            self._problem((name,), f"unknown section [{name}]; {hint}")
        else:
            self._problem((name,), self._unknown_key(None, name))

    def _unknown_key(self, section: str | None, key: str) -> str:
        """A sentence on a key that does not exist, with the nearest that does."""
        dotted = f"{section}.{key}" if section else key
        homes = [other for other, keys in self._known.items() if key in keys]
        if homes:
            return f"unknown key {dotted}; {key} belongs into [{homes[0]}]"
        if section is None:
            return f"unknown key {dotted}; {_nearest(key, [*self._known, *FREE_SECTIONS, COMMAND_KEYS], key)}"
        known = [f"{section}.{name}" for name in self._known[section]]
        return f"unknown key {dotted}; {_nearest(key, known, dotted)}"

    def _problem(self, place: tuple[str, ...], message: str) -> None:
        self.problems.append(ConfigProblem(self._lines[place], message))

    def _note(self, place: tuple[str, ...], written: tuple[str, ...] | None = None) -> None:
        self.sources[".".join(place)] = f"{self._file.name}:{self._lines[written or place]}"


def _nearest(word: str, known: list[str], dotted: str) -> str:
    """The known name that somebody meant, or all of them."""
    ends = {name.rpartition(".")[2]: name for name in known}
    close = difflib.get_close_matches(word.lower().replace("-", "_"), ends, n=1, cutoff=0.5)
    if close:
        return f"did you mean {ends[close[0]]}?"
    return f"known are {', '.join(name for name in known if name != dotted)}"
