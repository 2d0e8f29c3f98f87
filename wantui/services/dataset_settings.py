"""The settings in ``dataset.toml``: the file, what an edit of it would lead to, and to have it written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.services.settings import dataset_path

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.dataset_file import DatasetFile
    from wantui.journal.changes import Step
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

    def __init__(self, workspace: Workspace, dataset: Path | None = None) -> None:
        """Make it; `dataset` is another ``dataset.toml`` than that of ``[run]``."""
        self._workspace = workspace
        self._dataset = dataset

    def path(self) -> Path:
        """Where the file is, or would be."""
        with explained():
            return dataset_path(self._workspace, self._dataset)

    def read(self) -> DatasetFile | None:
        """The file; None where there is none yet."""
        return self.file() if self.path().exists() else None

    def file(self) -> DatasetFile:
        """The file.

        Raises:
            DatasetError: it cannot be read; there is none, say.
        """
        from wantui.dataset.dataset_file import DatasetFile  # noqa: PLC0415  when the form is opened

        path = self.path()
        with explained():
            return DatasetFile.read(path)

    def proposed(self, folder: Path) -> DatasetFile:
        """A file for the media of a folder; nothing is written."""
        from wantui.journal.new_dataset import proposed  # noqa: PLC0415  when it is asked for

        path = self.path()
        with explained():
            return proposed(path, folder)

    def with_folder(self, file: DatasetFile, folder: Path, *, video: bool | None = None) -> DatasetFile:
        """A file with a section for another folder; nothing is written.

        Args:
            file: that the section is added to.
            folder: of images or clips.
            video: take its clips alone; None: what there is.
        """
        from wantui.journal.new_dataset import with_folder  # noqa: PLC0415  when it is asked for

        with explained():
            return with_folder(file, folder, video=video)

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
        self.write(before, after)

    def write(self, before: DatasetFile | None, after: DatasetFile) -> Step | None:
        """Write the file, as a step that can be undone; None where nothing changes.

        Args:
            before: the file that the changes began with; None: there was none.
            after: as it is to be.

        Raises:
            DatasetError: the trainer would refuse it; nothing was written.
            ConflictError: the file is not what `before` says any more; nothing was written.
            JournalError: it cannot be written.
        """
        from wantui.journal.journal import FileChange, Journal  # noqa: PLC0415  when it is asked for

        with explained():
            self._workspace.create_state()
            if (trouble := after.trouble) is not None:
                raise trouble
            if before is not None and before.text == after.text:
                return None
            after.path.parent.mkdir(parents=True, exist_ok=True)
            content = None if before is None else before.text.encode()
            what = f"{'make' if before is None else 'change'} {after.path.name}"
            return Journal(self._workspace).do(what, [FileChange(after.path, content, after.text.encode())])
