"""The steps of a job: what the recorder has kept, and what it has not read of the logs."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from wantui.history.model import Batch, HistoryError
from wantui.history.reader import HistoryReader
from wantui.runs.record.followed import FollowedTraining
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.history.model import ReadUpTo, TrainingPoint
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.runs.attempt_logs import AttemptLog
    from wantui.runs.curves import Points

MOST_DRAWN = 4000
"""Points of a curve: a chart has a few hundred columns."""
TOLD_AGAIN = 10
"""The loss of the latest steps may still be corrected: it is asked for again."""
LAG_BYTES = 1 << 16
"""Of a log that is written to: as much comes within a few seconds at most."""


MOST_READ_BYTES = 1 << 26
"""Of the logs of a job that the recorder has not read to the end: reading more takes seconds."""


def is_better_read(history: HistoryReader, logs: tuple[AttemptLog, ...]) -> bool:
    """Whether the logs of a job have more than the recorder has read, and can be read in a moment.

    Raises:
        HistoryError: the history cannot be read.
    """
    places = history.places(tuple(log.path for log in logs))
    size, is_all_read = 0, bool(logs)
    for log in logs:
        try:
            here = log.path.stat().st_size
        except OSError:
            continue
        size += here
        is_all_read = is_all_read and log.path in places and places[log.path].offset + LAG_BYTES >= here
    return not is_all_read and size <= MOST_READ_BYTES


def points_of(workspace: Workspace, history: HistoryReader, job: Job, trainer_kind: str) -> tuple[TrainingPoint, ...]:
    """The steps of a job over all its attempts, ascending: those kept, and what the recorder has not read yet.

    Raises:
        HistoryError: the history cannot be read.
    """
    batch = Batch()
    FollowedTraining(workspace, _Kept(history), trainer(trainer_kind), job).read(job, batch, time.time())
    # Asked for afterwards, so that nothing is missing which the recorder keeps at this very moment.
    found = {point.step: point for point in history.points(job.run, str(job.kind))}
    for start in batch.starts:  # what an earlier attempt has trained beyond is trained once more
        found = {step: point for step, point in found.items() if step <= start.step or point.attempt >= start.attempt}
    for point in batch.points:
        found[point.step] = _merged(found.get(point.step), point)
    return tuple(found[step] for step in sorted(found))


def losses_of_epochs(points: Iterable[TrainingPoint]) -> dict[int, float]:
    """The loss of each epoch of a training: the trainer's mean over its steps, as it is at the last of them."""
    return {point.epoch: point.smoothed for point in points if point.epoch is not None and point.smoothed is not None}


def _merged(kept: TrainingPoint | None, told: TrainingPoint) -> TrainingPoint:
    """A step that is told of once more: of the same attempt each source adds what the other does not tell."""
    if kept is None or kept.attempt != told.attempt:
        return told
    known = {each.name: value for each in fields(told) if (value := getattr(told, each.name)) is not None}
    if kept.loss is not None and told.loss is None and kept.smoothed is not None:
        known.pop("smoothed", None)  # the event file has it exactly
    return replace(kept, **known)


class KeptCurves:
    """The loss curves of jobs as the recorder has kept them; of each point it is asked once."""

    def __init__(self, workspace: Workspace) -> None:
        self._history = HistoryReader(workspace)
        self._curves: dict[str, tuple[int, dict[int, float]]] = {}

    def of(self, job: Job, logs: tuple[AttemptLog, ...]) -> Points | None:
        """The curve of a job; None where the recorder cannot be asked, or its logs can be read faster than it does.

        Args:
            job: whose.
            logs: of all attempts at it that have begun.
        """
        try:
            if is_better_read(self._history, logs):
                return None
            attempt, known = self._curves.get(job.id, (0, {}))
            if attempt != logs[-1].number:  # it may train steps again
                known = {}
            after = max(known, default=0) - TOLD_AGAIN
            known |= dict(self._history.curve(job.run, str(job.kind), after))
        except HistoryError:
            return None
        self._curves[job.id] = (logs[-1].number, known)
        points = tuple(sorted(known.items()))
        every = -(-len(points) // MOST_DRAWN) or 1
        return points[::every] if not points or (len(points) - 1) % every == 0 else (*points[::every], points[-1])


class _Kept:
    """How far the recorder has read, as a follower of a training asks for it."""

    def __init__(self, history: HistoryReader) -> None:
        self._history = history

    def place(self, path: Path) -> ReadUpTo | None:
        """How far a file has been read; None: nobody has."""
        return self._history.places((path,)).get(path)

    def latest(self, run: int, kind: str, attempt: int, count: int) -> list[tuple[int, float]]:  # noqa: ARG002  a pace is not asked for
        """None: the pace of a training is not asked for here."""
        return []
