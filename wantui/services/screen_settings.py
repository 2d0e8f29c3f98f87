"""What the screen needs before its first frame: keys and theme; and the theme that a person has chosen on it.

``[screen] theme`` and ``[keys]`` are a workspace's. A theme that is chosen on the screen is this user's, for every
workspace that names none: it is kept in ``screen.json`` of the state folder (`wantui.paths.state_folders`), since
what a program remembers by itself is state and no setting (XDG base directories).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.access import explain
from wantui.errors import WantuiError
from wantui.paths import settings_folder, state_folders

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.config.schema import KeyChoice
    from wantui.paths import Workspace

CHOSEN = "screen.json"
LONGEST_BYTES = 1 << 20
"""Of a ``wantui.toml``, or of `CHOSEN`; what is longer is not looked at."""


@dataclass(frozen=True, slots=True)
class StartSettings:
    """How the screen begins."""

    theme: str | None = None
    """What ``[screen] theme`` says; None: nothing."""
    theme_source: str = ""
    """Where it says so: ``wantui.toml:12``."""
    chosen: str | None = None
    """The theme that was chosen on the screen last."""
    keys: tuple[KeyChoice, ...] = ()
    """``[keys]``."""
    themes: Path | None = None
    """The folder of this user's theme files, which need not exist."""


class ScreenSettings:
    """Keys and theme of a workspace's screen."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def at_start(self) -> StartSettings:
        """Read them; of a ``wantui.toml`` that is broken nothing is taken: the dataset pane says what is wrong.

        The configuration is imported where the file has such a setting alone: that takes longer than all the rest.
        """
        home = settings_folder()
        themes = None if home is None else home / "themes"
        chosen = self._chosen()
        if not self._names_any():
            return StartSettings(chosen=chosen, themes=themes)
        from wantui import config as configuration  # noqa: PLC0415  see the docstring

        try:
            config = configuration.load(self._workspace)
        except WantuiError:
            return StartSettings(chosen=chosen, themes=themes)
        source = config.sources.get("screen.theme", "")
        return StartSettings(config.screen.theme, source, chosen, config.keys, themes)

    def _names_any(self) -> bool:
        try:
            text = reading.read_bytes(self._workspace.config_file, LONGEST_BYTES)
        except OSError:
            return False
        return b"theme" in text or b"keys" in text

    def _chosen(self) -> str | None:
        for folder in state_folders():
            with suppress(OSError, ValueError):
                document = reading.read_json(folder / CHOSEN, LONGEST_BYTES)
                if isinstance(document, dict) and isinstance(document.get("theme"), str):
                    return str(document["theme"])
        return None

    def keep_theme(self, name: str) -> None:
        """Keep a theme for the next start.

        Raises:
            WantuiError: it cannot be written anywhere.
        """
        trouble = "no folder of your own was found"
        for folder in state_folders():
            try:
                atomic.write_json(folder / CHOSEN, {"theme": name})
            except OSError as error:
                trouble = explain(error)
                continue
            return
        raise WantuiError(
            f"The theme is not kept after you leave: {trouble}; set WANTUI_STATE_DIR to a folder of your own"
        )
