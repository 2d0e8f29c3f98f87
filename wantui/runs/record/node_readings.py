"""Readings of the GPUs of nodes, which the jobs there write down beside their logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.history.model import ReadUpTo
from wantui.jobs.store import job_files
from wantui.runs.record.readings import kept, tells
from wantui.slurm.gpu_record import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.history.model import Batch
    from wantui.history.store import HistoryStore
    from wantui.jobs.model import Job
    from wantui.paths import Workspace


class NodeReadings:
    """Reads each line once: how far they have been read is kept with what was read."""

    def __init__(self, workspace: Workspace, store: HistoryStore) -> None:
        self._workspace = workspace
        self._store = store
        self._places: dict[Path, int] = {}

    def read(self, jobs: Iterable[Job], batch: Batch) -> None:
        """Add what jobs on nodes have written since the last look.

        Args:
            jobs: that run, or have ended just now.
            batch: gets the readings, and how far each file has been read.

        Raises:
            HistoryError: it cannot be told how far they were read.
        """
        for job in jobs:
            if job.node is None:
                continue
            path = job_files(self._workspace, job).gpus
            if path not in self._places:
                place = self._store.place(path)
                self._places[path] = 0 if place is None else place.offset
            try:
                found, offset = read_lines(path, self._places[path])
            except OSError:
                continue
            if offset != self._places[path]:
                self._places[path] = offset
                batch.places[path] = ReadUpTo(path, offset)
            for each in found:
                batch.gpus += [
                    kept(gpu, int(each.time), job.id, f"{job.node} {gpu.name}") for gpu in each.gpus if tells(gpu)
                ]

    def forget(self) -> None:
        """Ask the history again how far each file was read: it is another one."""
        self._places.clear()
