"""Named presets: settings of a run under a name, in ``presets/NAME.toml`` beside ``wantui.toml``.

A preset has the keys of ``wantui.toml`` that make a training what it is, and none that only this machine knows, so
that it can be given away. Of ``[run]`` it replaces what it names. ``[training]`` and ``[caching]`` it replaces whole:
a run that was saved is the same run again, whatever ``wantui.toml`` says of the flags by then.
"""

from __future__ import annotations

import difflib
import errno
import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from wantui import atomic, locks, reading
from wantui.config.errors import ConfigError, ConfigProblem
from wantui.config.keys import COMMAND_KEYS
from wantui.config.load import LARGEST_SETTINGS, SettingsReading, read_text
from wantui.config.schema import CachingConfig, TrainingConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wantui.config.schema import Config
    from wantui.paths import Workspace

FOLDER = "presets"
RUN_KEYS = ("task", "experts", "epochs", "save_every", "memory", "author", "suffix")
"""What a preset may have of ``[run]``; the rest are paths of this machine."""
SAVED_KEYS = RUN_KEYS[:5]
"""What is saved of it: whose the LoRA is and what it is called is asked for each time."""
SECTIONS = ("run", "training", "caching")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,63}")
"""A file name anywhere, and nothing that could be taken for an option or a hidden file."""


@dataclass(frozen=True, slots=True)
class NamedPreset:
    """A preset."""

    name: str
    run: dict[str, Any] = field(default_factory=dict)
    """Of `RUN_KEYS`, what it has."""
    training: TrainingConfig | None = None
    """None: as ``wantui.toml`` has it."""
    caching: CachingConfig | None = None
    sources: dict[str, str] = field(default_factory=dict, compare=False)
    """Where each value is from, by dotted key."""

    @classmethod
    def of(cls, name: str, config: Config) -> NamedPreset:
        """What a configuration would be as a preset."""
        run = {key: getattr(config.run, key) for key in SAVED_KEYS}
        return cls(name, run, config.training, config.caching)

    def under(self, config: Config) -> Config:
        """A configuration with this preset on top."""
        changes: dict[str, Any] = {"run": replace(config.run, **self.run)}
        if self.training is not None:
            changes["training"] = self.training
        if self.caching is not None:
            changes["caching"] = self.caching
        gone = tuple(f"{section}." for section in ("training", "caching") if section in changes)
        kept = {key: where for key, where in config.sources.items() if not key.startswith(gone)} if gone else {}
        return replace(config, **changes, sources=(kept or dict(config.sources)) | self.sources)

    def values(self) -> dict[str, Any]:
        """Every value by its dotted key: ``run.epochs``, ``training.network_dim``, ``training.low.learning_rate``."""
        found = {f"run.{key}": value for key, value in self.run.items()}
        if self.training is not None:
            parts = (("", self.training.flags), ("high.", self.training.high), ("low.", self.training.low))
            found |= {f"training.{part}{key}": value for part, flags in parts for key, value in flags.items()}
        if self.caching is not None:  # what holds for both scripts is told for each, however it is written
            scripts = (("latents", self.caching.latents), ("text", self.caching.text))
            for script, flags in scripts:
                found |= {f"caching.{script}.{key}": value for key, value in (self.caching.flags | flags).items()}
        return found

    def to_toml(self, comment: str = "") -> str:
        """As a file."""
        import tomlkit  # noqa: PLC0415  only writing needs it

        document = tomlkit.document()
        for line in comment.splitlines():
            document.add(tomlkit.comment(line))
        document.add("run", tomlkit.item({key: value for key, value in self.run.items() if value is not None}))
        for section, record in (("training", self.training), ("caching", self.caching)):
            if record is not None:
                table = {key: _plain(value) for key, value in record.flags.items()}
                parts = {each.name: getattr(record, each.name) for each in fields(record) if each.name != "flags"}
                subsections = {name: _plain(part) for name, part in parts.items() if part}
                document.add(section, tomlkit.item(table | subsections))
        return tomlkit.dumps(document)


def check_name(name: str) -> str:
    """The name, where it can be one.

    Raises:
        ConfigError: it cannot.
    """
    if NAME.fullmatch(name) and not name.isdecimal() and name == name.strip() and not name.endswith("."):
        return name
    why = "a preset's name has letters, digits, spaces and . _ + -, 64 at most, begins with a letter or digit"
    raise ConfigError(ascii(name), [ConfigProblem(None, f"is no name: {why}, and is no number")])


def file_of(workspace: Workspace, name: str) -> Path:
    """Where the preset of that name lies, or would.

    Raises:
        ConfigError: it is no name.
    """
    return workspace.root / FOLDER / f"{check_name(name)}.toml"


def names(workspace: Workspace) -> tuple[str, ...]:
    """The presets of a workspace, sorted; what is no file, or a link to none, is not among them."""
    try:
        files = [path for path in (workspace.root / FOLDER).iterdir() if path.suffix == ".toml"]
        found = [path.stem for path in files if reading.is_file(path)]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise _cannot(workspace.root / FOLDER, "be listed", error) from error
    return tuple(sorted((name for name in found if NAME.fullmatch(name) and not name.isdecimal()), key=str.casefold))


def load_preset(workspace: Workspace, name: str) -> NamedPreset:
    """Read a preset.

    Raises:
        ConfigError: there is none of that name, or it is no preset; everything that is wrong is said, with its line.
    """
    file = file_of(workspace, name)
    _refuse_other_than_files(file)
    if not file.is_file():
        there = names(workspace)
        near = difflib.get_close_matches(name, there, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(there)}" if there else "there are none"
        raise ConfigError(file, [ConfigProblem(None, f"there is no preset {name}; {hint}")])
    return read_preset(file, name)


def read_preset(file: Path, name: str) -> NamedPreset:
    """Read a file as a preset.

    Raises:
        ConfigError: it is none.
    """
    reading = SettingsReading.of(file, read_text(file))
    problems = list(reading.problems)
    for section, keys in reading.given.items():
        for key in keys:
            if section != "run" or key not in RUN_KEYS:
                message = f"{section}.{key} is of this machine alone; it belongs into wantui.toml, not into a preset"
                problems.append(ConfigProblem(reading.line_of(section, key), message))
    for choice in reading.keys.values():
        message = f"{COMMAND_KEYS}.{choice.command} is of this screen alone; it belongs into wantui.toml"
        problems.append(ConfigProblem(choice.line, message))
    if problems:
        raise ConfigError(file, problems)
    return NamedPreset(
        name,
        reading.given.get("run", {}),
        TrainingConfig(**reading.flags.get("training", {})) if "training" in reading.sections else None,
        CachingConfig(**reading.flags.get("caching", {})) if "caching" in reading.sections else None,
        {key: f"{FOLDER}/{where}" for key, where in reading.sources.items()},
    )


def save_preset(workspace: Workspace, preset: NamedPreset, *, origin: str = "", replaces: bool = False) -> Path:
    """Write a preset.

    Args:
        workspace: that gets it.
        preset: with its name.
        origin: what it was saved from, in words.
        replaces: whether another of that name goes into the trash.

    Raises:
        ConfigError: it cannot be a name, there is one of that name, or it cannot be written.
    """
    file = file_of(workspace, preset.name)
    when = time.strftime("%Y-%m-%d %H:%M")
    text = preset.to_toml(f"{preset.name}: saved {when}{f' from {origin}' if origin else ''}")
    try:
        with _alone(workspace):
            _refuse_another(file, replaces=replaces)
            if file.is_file():
                _keep(workspace, file)
            file.parent.mkdir(exist_ok=True)
            atomic.write_text(file, text)
    except OSError as error:
        raise _cannot(file, "be written", error) from error
    return file


def remove_preset(workspace: Workspace, name: str) -> Path:
    """Move a preset into wantui's own folder, out of sight; where it lies then.

    Raises:
        ConfigError: there is none of that name, or it cannot be moved.
    """
    file = file_of(workspace, name)
    _refuse_other_than_files(file)
    try:
        with _alone(workspace):
            target = _keep(workspace, file)
            file.unlink()
    except FileNotFoundError:
        raise ConfigError(file, [ConfigProblem(None, f"there is no preset {name}")]) from None
    except OSError as error:
        raise _cannot(file, "be moved away", error) from error
    return target


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Keep other processes and threads from saving and removing: what is there is looked at before it is replaced.

    Raises:
        OSError: the runtime folder cannot be written.
    """
    with locks.held(workspace.runtime / "presets"):
        yield


def _refuse_another(file: Path, *, replaces: bool) -> None:
    """Raise where something that must stay has the preset's name."""
    if os.path.lexists(file) and not replaces:
        raise ConfigError(file, [ConfigProblem(None, "already exists; give another name, or replace it")])
    _refuse_other_than_files(file)


def _refuse_other_than_files(file: Path) -> None:
    """Raise where a folder, a pipe or a link to nothing has the preset's name: reading a pipe would wait for ever."""
    if os.path.lexists(file) and not reading.is_file(file):
        raise ConfigError(file, [ConfigProblem(None, "is not a regular file; make it one or remove it")])


def _keep(workspace: Workspace, file: Path) -> Path:
    """Copy a preset that goes into the trash; where it lies there."""
    data = reading.read_bytes(file, LARGEST_SETTINGS)
    workspace.create_state()
    folder = workspace.state / "trash" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target = next(each for each in _free_names(folder, file.stem) if not os.path.lexists(each))
    atomic.write_bytes(target, data)
    return target


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs between two sets of values, by dotted key; None where a side has no value."""
    keys = dict.fromkeys((*one, *other))
    return {key: (one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)}


def _free_names(folder: Path, name: str) -> Iterator[Path]:
    number = 1
    while True:
        yield folder / (f"{name}.toml" if number == 1 else f"{name}.{number}.toml")
        number += 1


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _cannot(path: Path, what: str, error: OSError) -> ConfigError:
    mend = "make room on its disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "correct its permissions"
    return ConfigError(path, [ConfigProblem(None, f"cannot {what} ({error.strerror}); {mend}")])
