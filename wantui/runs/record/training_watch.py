"""One training under the recorder's eyes: its steps are kept, and what goes wrong with it is told."""

from __future__ import annotations

import math
import os
from collections import deque
from typing import TYPE_CHECKING

from wantui.history.model import Batch
from wantui.jobs.model import JobState
from wantui.jobs.store import job_files
from wantui.runs.record import happenings
from wantui.runs.record.followed import FollowedTraining
from wantui.trainer.attempts import SavedKind, read_saved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.history.model import Event, TrainingPoint
    from wantui.history.store import HistoryStore
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.runs.record.happenings import TrainingSeen
    from wantui.trainer.attempts import SavedFile
    from wantui.trainer.protocol import Trainer


class TrainingWatch:
    """Watches one expert of a run."""

    def __init__(self, workspace: Workspace, store: HistoryStore, tool: Trainer, job: Job) -> None:
        self._workspace = workspace
        self._store = store
        self._training = FollowedTraining(workspace, store, tool, job)
        self._stalled_at: int | None = None
        """The step."""
        self._losses: deque[float] = deque(maxlen=happenings.LOSSES)
        self._attempt = 0
        """That `_losses` are of."""
        self._saved_stamp: int | None = None
        self._least_stall_s = happenings.least_stall_s(os.environ)

    @property
    def seen(self) -> TrainingSeen:
        """How it stands."""
        return self._training.seen

    @property
    def has_stalled(self) -> bool:
        """Whether it makes no steps at the moment."""
        return self._stalled_at is not None

    def look(self, job: Job, batch: Batch, now: float, awake_since: float, use: int | None) -> Iterator[Event | None]:
        """Add what has come to a batch; tell what has happened.

        Args:
            job: as it is now.
            batch: for its steps.
            now: seconds since 1970.
            awake_since: since when it has been looked at without a break.
            use: how busy its GPU has been lately at most, in percent; None: that is not known.
        """
        news = Batch()
        self._training.read(job, news, now)
        batch.add(news)
        yield happenings.of_loss(job.id, self.seen, now)
        if self._feed(job, news.points):
            yield happenings.of_exploding(job.id, self._attempt, list(self._losses), now)
        if self._stalled_at is not None:
            yield (over := happenings.of_going_on(job.id, self._stalled_at, self.seen, now))
            if over is not None or job.state.has_ended:
                self._stalled_at = None
        elif job.state is JobState.RUNNING:
            least = self._least_stall_s
            yield (stall := happenings.of_stall(job.id, self.seen, awake_since, now, least_s=least, use=use))
            if stall is not None:
                self._stalled_at = self.seen.step

    def checkpoints(self, job: Job, since: float) -> Iterator[Event]:
        """The LoRA files that have been saved since a moment, where the job's list of them has changed."""
        for saved in self._newly_listed(job):
            if (at := _modified(saved.path)) is not None and at >= since:
                yield happenings.of_checkpoint(job.id, saved.attempt, saved.path, saved.epoch, at)

    def _newly_listed(self, job: Job) -> tuple[SavedFile, ...]:
        path = job_files(self._workspace, job).saved
        try:
            stamp = path.stat().st_mtime_ns
            if stamp == self._saved_stamp:
                return ()
            found = read_saved(path)
        except OSError:
            return ()
        self._saved_stamp = stamp
        return found.existing(SavedKind.LORA)

    def _feed(self, job: Job, points: list[TrainingPoint]) -> bool:
        """Remember losses of the present attempt; whether there were any."""
        told = [point for point in points if point.smoothed is not None]
        if not told:
            return False
        if told[-1].attempt != self._attempt:
            self._attempt = told[-1].attempt
            self._losses.clear()
            self._losses += self._store.losses(job.run, str(job.kind), self._attempt, happenings.LOSSES)
        self._losses += [
            point.smoothed
            for point in told
            if point.attempt == self._attempt and point.smoothed is not None and math.isfinite(point.smoothed)
        ]
        return True

    def _losses_list(self) -> list[float]:
        return list(self._losses)


def last_lora(workspace: Workspace, job: Job) -> Path | None:
    """The LoRA file that a job has saved last; None: it has saved none that is still there."""
    try:
        found = read_saved(job_files(workspace, job).saved).existing(SavedKind.LORA)
    except OSError:
        return None
    return found[-1].path if found else None


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None
