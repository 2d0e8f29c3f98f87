"""Reads the dataset for the screen: the items first, then what the caches and lint say of them.

The first rows wait for as few imports as can be: what judges caches and lints is imported when the items are told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.dataset.errors import SettingsError
from wantui.dataset.frame_counts import FrameCounts
from wantui.dataset.scan import scan
from wantui.errors import WantuiError
from wantui.services.first_run import has_trainer, is_first_run
from wantui.services.values import DatasetView, Defaults
from wantui.trainer import media

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.config import Config
    from wantui.dataset.model import DatasetConfig
    from wantui.dataset.scan import Found
    from wantui.paths import Workspace
    from wantui.services.partial_rescan import PartialRescan


class WorkspaceReading:
    """Looks at the whole dataset of a workspace, and at a few files of it after an edit."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._last: DatasetView | None = None
        self._partial: PartialRescan | None = None

    def defaults(self) -> Defaults:
        """What ``wantui.toml`` says."""
        with explained():
            config = configuration.load(self._workspace)
        run = config.run
        return Defaults(
            trainer_kind=config.trainer.kind, dataset=run.dataset, suffix=run.suffix, author=run.author,
            task=run.task, experts=run.experts, epochs=run.epochs, save_every=run.save_every,
            memory=run.memory, has_trainer=has_trainer(config), preview=config.screen.preview,
            bell=config.screen.bell, curves=config.screen.curves, is_first_run=is_first_run(self._workspace, config),
        )  # fmt: skip

    def dataset(self, found: Found | None = None) -> DatasetView:
        """Read, lint and examine the dataset.

        Args:
            found: told of items before all are known.
        """
        with explained():
            config = configuration.load(self._workspace)
            if not config.run.dataset.exists():
                raise WantuiError(_no_dataset(config))
            try:
                dataset = scan(_settings(config), found, FrameCounts.of(self._workspace))
            except SettingsError as error:
                raise WantuiError(f"{error}\n\nPress o to change the settings, or p to see what is wrong.") from error

            from wantui.jobs.model import RunKind  # noqa: PLC0415  the items come first
            from wantui.runs.dataset_report import look_over  # noqa: PLC0415  the same
            from wantui.runs.request import RunRequest, settings_for  # noqa: PLC0415  the same

            look = look_over(dataset, self._workspace, settings_for(config, RunRequest(RunKind.TRAIN)))
        view = DatasetView(dataset.config.path, dataset.items, look.problems, look.caches, look.held_out)
        self.adopt(view)
        return view

    def adopt(self, view: DatasetView) -> None:
        """Compare with this at the next partial_rescan, whoever has read it."""
        self._last, self._partial = view, None

    def partial_rescan(self, changed: Iterable[Path]) -> DatasetView:
        """Look at the items of these files alone."""
        from wantui.runs.dataset_report import open_records  # noqa: PLC0415  after the first look
        from wantui.services.partial_rescan import PartialRescan  # noqa: PLC0415  the same

        last = self._last
        if last is None or last.report is None:
            return DatasetView(self._workspace.root, ())
        with explained():
            if self._partial is None:
                known = media.load(last.path, *_trainer_of(configuration.load(self._workspace)))
                self._partial = PartialRescan(known, last.items, last.report)
            found = self._partial.at(changed, open_records(self._workspace))
            return replace(found, held_out=last.held_out)


def _settings(config: Config) -> DatasetConfig:
    return media.load(config.run.dataset, *_trainer_of(config))


def _trainer_of(config: Config) -> tuple[str, Path]:
    return config.trainer.kind, config.trainer.root


def _no_dataset(config: Config) -> str:
    return (
        f"No dataset yet: {config.run.dataset} does not exist.\n"
        f"Press o: it makes one from a folder of images or clips. 0 shows every first step.\n"
        f'Or name another in {config.file.name}: [run] dataset = "PATH". Then press R.'
    )
