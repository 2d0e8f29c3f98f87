"""``wantui.toml``, as it is in force."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.config.schema import ConfigValue, TrainingConfig
from wantui.jobs.model import RunKind
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.config import Config
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
        """Every value, with where it is from; of the trainer's flags those that are set, and the usual ones."""
        from wantui.runs.request import RunRequest, settings_for  # noqa: PLC0415  when it is asked for
        from wantui.runs.setting_words import MAIN_FLAGS  # noqa: PLC0415  the same
        from wantui.trainer.catalogue import trainer  # noqa: PLC0415  the same

        config = self.config()
        values = configuration.effective(config)
        bare = replace(config, training=TrainingConfig())
        flags = trainer(config.trainer.kind).training_flags(
            settings_for(bare, RunRequest(RunKind.TRAIN)), Expert.HIGH
        )
        usual = [
            ConfigValue(f"training.{key}", flags[key], "default")
            for key in MAIN_FLAGS
            if key not in config.training.flags
        ]
        at = next(at for at, each in enumerate(values) if each.key.startswith(("training.", "caching.", "gpus.")))
        return [*values[:at], *usual, *values[at:]]
