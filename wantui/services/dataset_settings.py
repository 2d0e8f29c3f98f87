"""What the form of ``dataset.toml`` asks for: the file, what an edit of it would lead to, and to have it written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.journal.dataset_file import DatasetFile
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class Consequence:
    """What the trainer would make of settings."""

    items: int
    buckets: int
    batches: int
    """An epoch's, which are its steps without gradient accumulation."""
    without_caption: int
    problem: str | None = None
    """What is wrong with a folder or a list of it."""


class DatasetSettings:
    """The ``dataset.toml`` that a workspace's ``wantui.toml`` names."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def path(self) -> Path:
        """Where the file is, or would be."""
        with explained():
            return configuration.load(self._workspace).run.dataset

    def read(self) -> DatasetFile | None:
        """The file; None where there is none yet."""
        from wantui.journal.dataset_file import DatasetFile  # noqa: PLC0415  when the form is opened

        path = self.path()
        with explained():
            return DatasetFile.read(path) if path.exists() else None

    def proposed(self, folder: Path) -> DatasetFile:
        """A file for the media of a folder; nothing is written."""
        from wantui.journal.new_dataset import proposed  # noqa: PLC0415  when it is asked for

        path = self.path()
        with explained():
            return proposed(path, folder)

    def with_folder(self, file: DatasetFile, folder: Path) -> DatasetFile:
        """A file with a section for another folder; nothing is written."""
        from wantui.journal.new_dataset import with_folder  # noqa: PLC0415  when it is asked for

        with explained():
            return with_folder(file, folder)

    def consequence(self, file: DatasetFile) -> Consequence:
        """What the trainer would make of it."""
        from wantui.dataset.scan import scan  # noqa: PLC0415  when the form is opened
        from wantui.dataset.steps import plan  # noqa: PLC0415  the same
        from wantui.trainer.media import with_rules  # noqa: PLC0415  the same

        with explained():
            trainer = configuration.load(self._workspace).trainer
            dataset = scan(with_rules(file.config, trainer.kind, trainer.root))
        steps = plan(dataset, epochs=1)
        return Consequence(
            items=len(dataset.items),
            buckets=len(steps.buckets),
            batches=steps.batches_per_epoch,
            without_caption=sum(1 for item in dataset.items if item.caption is None),
            problem=dataset.problems[0].message if dataset.problems else None,
        )

    def save(self, before: DatasetFile | None, after: DatasetFile) -> None:
        """Write the file, where it is still what `before` says."""
        from wantui.journal.dataset_file import save  # noqa: PLC0415  when it is asked for
        from wantui.journal.journal import Journal  # noqa: PLC0415  the same

        with explained():
            save(Journal(self._workspace), before, after)
