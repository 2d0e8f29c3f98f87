"""The loss curve of a job over all its attempts, read from their logs as they grow."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wantui.jobs.logs import Growth
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.runs.attempt_logs import AttemptLog
    from wantui.trainer.attempts import AttemptTask
    from wantui.trainer.protocol import CurveReader

Points = tuple[tuple[int, float], ...]
"""Step and loss, ascending by step."""


class LossLog:
    """Step and loss of one log, each byte read once."""

    def __init__(self, path: Path, reader: CurveReader) -> None:
        self._growth = Growth(path)
        self._reader = reader
        self._told: Points = ()

    def refresh(self) -> Points:
        """Every point known by now, ascending by step."""
        with suppress(OSError):
            if self._growth.feed(self._reader.feed):
                self._told = self._reader.points()
        return self._told


class LossCurves:
    """The curves of jobs."""

    def __init__(self) -> None:
        self._logs: dict[Path, LossLog] = {}

    def of(self, attempts: Iterable[AttemptLog], trainer_kind: str) -> Points:
        """The curve over some attempts at one job, the oldest first."""
        return joined((each.task, self._log(each.path, trainer_kind).refresh()) for each in attempts)

    def _log(self, path: Path, trainer_kind: str) -> LossLog:
        if path not in self._logs:
            self._logs[path] = LossLog(path, trainer(trainer_kind).curve_reader())
        return self._logs[path]


def joined(attempts: Iterable[tuple[AttemptTask | None, Points]]) -> Points:
    """One curve of those of several attempts, whose steps each count from its beginning.

    What a later attempt has trained once more is left out of an earlier one, and so is what a trainer trains for a
    moment after the last epoch that is wanted.
    """
    points: list[tuple[int, float]] = []
    for task, told in attempts:
        before, last = (0, None) if task is None else (task.start.step, last_step(task))
        shift = 0 if task is None or task.start.counts_on else before
        points = [point for point in points if point[0] <= before]
        points += [(step + shift, loss) for step, loss in told if last is None or step + shift <= last]
    return tuple(points)


def last_step(task: AttemptTask) -> int | None:
    """The last step of an attempt that goes on, as far as it is known."""
    start = task.start
    if not start.epoch or start.steps_an_epoch is None or task.epochs is None:
        return None
    return start.step + (task.epochs - start.epoch) * start.steps_an_epoch
