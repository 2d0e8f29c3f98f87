"""The configuration as it is now, for a process that lives longer than an edit of ``wantui.toml``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wantui import config as configuration

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.paths import Workspace


class Configured:
    """The configuration of a workspace, read again when its file has changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stamp: tuple[int, int] | None = None
        self.config: Config | None = None
        """The latest that could be read; None: none could so far."""
        self.trouble: str | None = None
        """Why the configuration of now is not in force; None: it is."""

    def follow(self) -> bool:
        """Take a changed ``wantui.toml`` up, and return whether it has changed; a broken one changes nothing more."""
        try:
            stat = os.stat(self._workspace.config_file)  # noqa: PTH116
            stamp = (stat.st_mtime_ns, stat.st_ino)
        except FileNotFoundError:
            stamp = (0, 0)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self.config = configuration.load(self._workspace)
            self.trouble = None
        except configuration.ConfigError as error:
            self.trouble = str(error)
        return True
