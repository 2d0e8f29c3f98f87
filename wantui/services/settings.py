"""``wantui.toml``, as it is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.config import Config
    from wantui.config.schema import ConfigValue
    from wantui.paths import Workspace


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
