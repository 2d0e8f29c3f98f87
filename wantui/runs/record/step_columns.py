"""The steps of a job as columns, kept up with what the recorder keeps: each step is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.history.columns import StepColumns
from wantui.history.reader import HistoryReader
from wantui.jobs.store import job_files
from wantui.runs.record.past import is_better_read, points_of
from wantui.trainer.attempts import SavedKind, read_saved

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wantui.history.model import TrainingPoint
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.runs.attempt_logs import AttemptLog

AT_ONCE = 1 << 15
"""Steps that are read in one question: a writer waits for it to be answered."""
IN_TURN = 1 << 11
"""Steps that are added in one go: a chart that is drawn meanwhile waits for it."""
LATE_ROWS = 1 << 10
"""Of the latest rows, so many may still be told more of: event files come later than the log."""
TOLD_AGAIN = 10
"""Rows before the last whole one that are asked for again."""


class FollowedColumns:
    """The columns of one job."""

    def __init__(self, workspace: Workspace) -> None:
        self.columns = StepColumns()
        """Another object once the job has begun anew, or has trained steps once more."""
        self._workspace = workspace
        self._history = HistoryReader(workspace)
        self._attempt = 0
        self._sizes: dict[Path, int] | None = None
        """Of the logs that were read for want of a history; None: they were not."""

    def refresh(self, job: Job, logs: tuple[AttemptLog, ...], told: Callable[[], object] = lambda: None) -> bool:
        """Read what has come since the last time; whether that was anything.

        Args:
            job: whose steps these are.
            logs: of all attempts at it that have begun.
            told: called when there is more to draw.

        Raises:
            HistoryError: the history cannot be read.
        """
        if is_better_read(self._history, logs):
            return self._read_logs(job, logs, told)
        attempt, step = self._history.last_step(job.run, str(job.kind))
        last = self.columns.step[-1] if len(self.columns) else 0
        if attempt != self._attempt or step < last or self._sizes is not None:
            self.columns, self._attempt, self._sizes = StepColumns(), attempt, None
        return self._read_rows(job, told)

    def saved(self, job: Job) -> tuple[tuple[int, int | None], ...]:
        """Epoch and step of the LoRA files that were saved at the end of an epoch and are there, by epoch.

        Raises:
            OSError: the disk cannot be read.
        """
        found = read_saved(job_files(self._workspace, job).saved).existing(SavedKind.LORA)
        return tuple(sorted((each.epoch, each.step) for each in found if each.epoch is not None))

    def _read_rows(self, job: Job, told: Callable[[], object]) -> bool:
        columns = self.columns
        kept, before = self._whole_rows(), self._tail()
        after = columns.step[kept - 1] if kept else 0
        while True:
            rows = self._history.steps(job.run, str(job.kind), after, AT_ONCE)
            for begin in range(0, len(rows), IN_TURN):
                with columns.lock:
                    columns.cut(kept)
                    columns.append(rows[begin : begin + IN_TURN])
                    kept = len(columns)
                told()
            if len(rows) < AT_ONCE:
                return self._tail() != before
            after = rows[-1][0]

    def _whole_rows(self) -> int:
        """How many rows nothing more can come of."""
        columns = self.columns
        count = len(columns)
        row = count - 1
        while row > max(0, count - LATE_ROWS) and columns.loss.at(row) is None:
            row -= 1
        return max(0, row - TOLD_AGAIN)

    def _tail(self) -> tuple[object, ...]:
        """What tells whether anything has come."""
        count, late = len(self.columns), slice(-LATE_ROWS, None)
        return (count, *(figure.values[late].tobytes() for figure in self.columns.figures))

    def _read_logs(self, job: Job, logs: tuple[AttemptLog, ...], told: Callable[[], object]) -> bool:
        """Read the logs as far as the recorder has not, where they have changed."""
        sizes = {log.path: log.path.stat().st_size for log in logs if log.path.exists()}
        if sizes == self._sizes or not logs:
            return False
        self._sizes, self._attempt = sizes, 0
        columns = StepColumns()
        points = points_of(self._workspace, self._history, job, logs[-1].trainer_kind)
        columns.append([_row(point) for point in points])
        self.columns = columns
        told()
        return True


def _row(
    point: TrainingPoint,
) -> tuple[int, int | None, float, float | None, float | None, float | None, float | None]:
    return (
        point.step, point.epoch, point.time, point.loss, point.smoothed, point.learning_rate, point.grad_norm
    )  # fmt: skip
