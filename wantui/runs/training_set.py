"""What both experts of a run train on: one snapshot of the caches, taken when the last of them was proved.

The two experts of a LoRA belong together, so they see the same captions and pixels even where the second one starts
hours after the first. Since they read links of their own, the cache folders are free as soon as the snapshot is
taken: captions may be edited and encoded again while experts train, and nobody waits for anybody. Where the file
system cannot link, the experts read the cache folders themselves, and many readers or one writer it is.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.caches import snapshot
from wantui.caches.content import write_compact
from wantui.caches.held_out import HeldOut, without
from wantui.caches.items import ItemsDifference, Row, difference, read_rows, rows_of
from wantui.caches.model import CacheError
from wantui.jobs.model import JobKind, Run
from wantui.jobs.store import RunStore, job_files, run_folder
from wantui.runs.dataset_report import DatasetReport, open_records
from wantui.trainer.attempts import read_saved

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Dataset
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """The training set of one attempt at a run's caches."""

    folder: Path
    """The snapshot, where there is one."""

    @classmethod
    def of(cls, workspace: Workspace, run: Run) -> TrainingSet:
        """The training set that the run's cache jobs lead to, taken already or not."""
        text = run.job(JobKind.TEXT)
        attempt = 1 if text is None else text.attempt
        return cls(run_folder(workspace, run.number) / f"caches-{attempt}")

    @property
    def dataset(self) -> Path:
        """What the trainer's ``--dataset_config`` names."""
        return snapshot.Snapshot(self.folder).dataset

    @property
    def items(self) -> Path:
        """The items as they were, kept for good."""
        return self.folder.with_name(f"{self.folder.name}-items.json")

    @property
    def has_begun(self) -> bool:
        """Whether an expert trains, or has trained, on it."""
        return self._begun.exists()

    @property
    def _begun(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}-begun")

    def take(self, look: DatasetReport) -> bool:
        """Take the snapshot; False where training has to read the cache folders themselves.

        Raises:
            CacheError: a cache is not current (any more).
        """
        self.note_items(look)
        return snapshot.take(look.trained, look.caches, self.folder, look.records) is not None

    def note_items(self, look: DatasetReport) -> None:
        """Keep the list of items, held-out ones left out."""
        write_compact(self.items, rows_of(look.trained, look.records))

    def begin(self) -> None:
        """From here on it stays as it is, whatever becomes of the captions."""
        self._begun.touch()

    def broken(self) -> list[str]:
        """Files of the snapshot that are not what they were; one of them can hang the trainer for ever."""
        return snapshot.whole(self.folder)

    def rows(self) -> list[Row]:
        """The items as they were.

        Raises:
            CacheError: they were never noted, or the list is broken.
        """
        return read_rows(self.items)

    def changed_since(self, workspace: Workspace, dataset: Dataset) -> ItemsDifference | None:
        """How the dataset differs now, as it would be trained on; None where that cannot be told."""
        try:
            trained = without(dataset, HeldOut(workspace).among(dataset.items))
            return difference(self.rows(), rows_of(trained, open_records(workspace)))
        except CacheError:
            return None

    def release(self) -> None:
        """Give the links back: the run has ended, and a retry takes a snapshot of its own."""
        shutil.rmtree(self.folder, ignore_errors=True)


def release_ended(workspace: Workspace) -> None:
    """Give back the links of every run that has ended, and has left no state that it could go on from."""
    for run in RunStore(workspace).runs():
        if run.has_ended and not any(read_saved(job_files(workspace, job).saved).states for job in run.jobs):
            for folder in run_folder(workspace, run.number).glob("caches-*[0-9]"):
                TrainingSet(folder).release()
