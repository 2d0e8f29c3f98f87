"""What the screen asks for around named presets: which there are, what one means, and to have settings kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.paths import Workspace
    from wantui.services.values import RunWish


FIELDS = ("task", "experts", "epochs", "save_every", "memory")
"""Of the run form, what a preset decides."""


def loaded(workspace: Workspace, name: str | None) -> Config:
    """The configuration, with a preset on top where one is named.

    Raises:
        ConfigError: either cannot be used.
    """
    from wantui.config.named import load_preset  # noqa: PLC0415  when it is asked for

    config = configuration.load(workspace)
    return config if name is None else load_preset(workspace, name).under(config)


class Presets:
    """Presets in the workspace's folder."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def names(self) -> tuple[str, ...]:
        """Those that there are, sorted."""
        from wantui.config.named import names  # noqa: PLC0415  when it is asked for

        with explained():
            return names(self._workspace)

    def values(self, name: str) -> dict[str, object]:
        """What the fields of the run form are with a preset on top of ``wantui.toml``; empty: without one."""
        with explained():
            run = loaded(self._workspace, name or None).run
        return {field: getattr(run, field) for field in FIELDS}

    def save_wish(self, name: str, wish: RunWish) -> str:
        """Keep what the form says, with the flags that it would train with; where it lies."""
        from wantui.config.named import NamedPreset, save_preset  # noqa: PLC0415  when it is asked for

        with explained():
            config = loaded(self._workspace, wish.loaded or None)
            run = replace(config.run, **{field: getattr(wish, field) for field in FIELDS})
            preset = NamedPreset.of(name, replace(config, run=run))
            return str(save_preset(self._workspace, preset, origin="the run form"))

    def save_run(self, name: str, run: int) -> str:
        """Keep the settings of a run; where they lie."""
        from wantui.config.named import save_preset  # noqa: PLC0415  when it is asked for
        from wantui.runs.kept_runs import preset_of_run  # noqa: PLC0415  the same

        with explained():
            preset = preset_of_run(self._workspace, run, name)
            return str(save_preset(self._workspace, preset, origin=f"run {run}"))
