"""Named presets: which there are, what one means, and to have settings kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui import config as configuration
from wantui.access import explained
from wantui.config.load import read_text
from wantui.config.named import (
    NamedPreset,
    check_name,
    differences,
    file_of,
    load_preset,
    names,
    read_preset,
    remove_preset,
    save_preset,
)
from wantui.runs.kept_runs import preset_of_run, under_run
from wantui.runs.request import preset_values

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.config import Config
    from wantui.paths import Workspace
    from wantui.runs.request import RunRequest


def loaded(workspace: Workspace, name: str | None, *, like: int | None = None) -> Config:
    """The configuration, with a run's settings on top, and on top of those a preset, where one is named.

    Raises:
        ConfigError: either cannot be used.
        JobError: there is no such run, or it has no settings of a training.
    """
    config = configuration.load(workspace)
    if like is not None:
        config = under_run(workspace, like, config)
    return config if name is None else load_preset(workspace, name).under(config)


def asked(workspace: Workspace, request: RunRequest) -> Config:
    """The configuration that a request counts on top of: its run, its preset, its flags; raises as `loaded`."""
    below = loaded(workspace, request.loaded, like=request.like)
    return configuration.apply_flags(below, request.training.items(), "the run form")


class Presets:
    """Presets in the workspace's folder."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def names(self) -> tuple[str, ...]:
        """Those that there are, sorted."""
        with explained():
            return names(self._workspace)

    def load(self, name: str) -> NamedPreset:
        """A preset.

        Raises:
            ConfigError: it cannot be used.
        """
        with explained():
            return load_preset(self._workspace, name)

    def text(self, name: str) -> str:
        """A preset, as its file has it.

        Raises:
            ConfigError: it cannot be used.
        """
        self.load(name)
        with explained():
            return read_text(file_of(self._workspace, name))

    def current(self, name: str) -> NamedPreset:
        """What ``wantui.toml`` says, under a name."""
        with explained():
            return NamedPreset.of(name, configuration.load(self._workspace))

    def of_run(self, run: int, name: str) -> NamedPreset:
        """The settings of a run, under a name."""
        with explained():
            return preset_of_run(self._workspace, run, name)

    def differences(self, one: NamedPreset, other: NamedPreset) -> dict[str, tuple[Any, Any]]:
        """What differs, value by value."""
        return differences(one.values(), other.values())

    def keep(self, preset: NamedPreset, origin: str, *, replaces: bool = False) -> Path:
        """Write a preset; where it lies.

        Args:
            preset: with its name.
            origin: what it was made of, for whoever reads the file.
            replaces: whether it may replace one of that name.
        """
        with explained():
            return save_preset(self._workspace, preset, origin=origin, replaces=replaces)

    def read(self, file: Path, name: str) -> NamedPreset:
        """A preset that somebody has given away, after a look at every line; nothing is written.

        Raises:
            ConfigError: it cannot be used, or the name is none.
        """
        with explained():
            return read_preset(file, check_name(name))

    def remove(self, name: str) -> Path:
        """Move a preset into wantui's trash; where it is then."""
        with explained():
            return remove_preset(self._workspace, name)

    def save_request(self, name: str, request: RunRequest) -> str:
        """Keep what the form says, with the flags that it would train with; where it lies."""
        with explained():
            preset = NamedPreset.of(name, asked(self._workspace, request))
            return str(self.keep(replace(preset, run=preset.run | preset_values(request)), "the run form"))

    def save_run(self, name: str, run: int) -> str:
        """Keep the settings of a run; where they lie."""
        return str(self.keep(self.of_run(run, name), f"run {run}"))
