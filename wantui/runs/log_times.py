"""When lines of a training's log were written, as far as the history tells: a trainer stamps few of its lines.

The history has a time for each step. So a progress bar has the time of its step, the beginning of an epoch that of
its first step, and a checkpoint that of the last step before it. Every other line has no time: none is guessed.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from wantui.history.model import HistoryError
from wantui.history.reader import HistoryReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.history.model import TrainingPoint
    from wantui.jobs.model import Job
    from wantui.paths import Workspace

_STAMP = re.compile(r"^\s{0,8}\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")
_STEP = re.compile(r"^\s{0,8}steps:\s{1,20}\d{1,3}%\|[^|]{0,2000}\|\s{0,20}(\d{1,12})/\d{1,12} ")
_EPOCH = re.compile(r"^epoch (\d{1,12})/\d{1,12}")
_SAVED = re.compile(r"^saving checkpoint: .{0,4000}-(\d{6,12})\.safetensors")
_FARTHEST = 64
"""Steps to the nearest one that is kept: of a very long training the history keeps every 2nd, 4th, ..."""


class LineTimes:
    """The times of one job's lines."""

    def __init__(self, points: Iterable[TrainingPoint] = ()) -> None:
        """Make it of the steps that are kept, ascending."""
        self._steps: dict[int, list[int]] = {}
        self._times: dict[int, list[float]] = {}
        self._epochs: dict[int, list[int]] = {}
        for point in points:
            self._steps.setdefault(point.attempt, []).append(point.step)
            self._times.setdefault(point.attempt, []).append(point.time)
            epochs = self._epochs.setdefault(point.attempt, [])
            epochs.append(max(point.epoch or 0, epochs[-1] if epochs else 0))

    def of(self, line: str, attempt: int = 1) -> float | None:
        """When a line was written, in seconds since 1970; None: nobody knows.

        Args:
            line: with absolute numbers.
            attempt: the one whose log it stands in.
        """
        if (stamp := _STAMP.match(line)) is not None:
            return _stamped(f"{stamp[1]} {stamp[2]}")
        if (step := _STEP.match(line)) is not None:
            return self._of_step(int(step[1]), attempt)
        epochs = self._epochs.get(attempt, [])
        if (begun := _EPOCH.match(line)) is not None:
            at = bisect_left(epochs, int(begun[1]))
            return self._times[attempt][at] if at < len(epochs) and epochs[at] == int(begun[1]) else None
        if (saved := _SAVED.match(line)) is not None:
            at = bisect_right(epochs, int(saved[1])) - 1
            return self._times[attempt][at] if at >= 0 and epochs[at] == int(saved[1]) else None
        return None

    def _of_step(self, step: int, attempt: int) -> float | None:
        steps = self._steps.get(attempt, [])
        at = bisect_left(steps, step)
        if at == len(steps):  # not kept yet
            return None
        near = at - 1 if at and step - steps[at - 1] < steps[at] - step else at
        return self._times[attempt][near] if abs(steps[near] - step) <= _FARTHEST else None


def _stamped(text: str) -> float | None:
    try:
        return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return None


def kept_times(workspace: Workspace, job: Job) -> LineTimes:
    """When lines of a job's logs were written, as far as the history tells; it may know nothing."""
    try:
        return LineTimes(HistoryReader(workspace).points(job.run, str(job.kind)))
    except HistoryError:
        return LineTimes()
