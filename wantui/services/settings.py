"""``wantui.toml``, as it is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.config import Config
    from wantui.config.schema import ConfigValue
    from wantui.paths import Workspace


def dataset_path(workspace: Workspace, dataset: Path | None) -> Path:
    """The ``dataset.toml`` that is meant: the one given, else that of ``[run]``; absolute.

    Raises:
        ConfigError: the configuration is needed for it, and cannot be used.
    """
    return (dataset or configuration.load(workspace).run.dataset).expanduser().absolute()


class Settings:
    """The configuration of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def config(self) -> Config:
        """All of it, read anew.

        Raises:
            ConfigError: it cannot be used.
        """
        with explained():
            return configuration.load(self._workspace)

    def in_force(self) -> Sequence[ConfigValue]:
        """Every value, with where it is from."""
        return configuration.effective(self.config())
