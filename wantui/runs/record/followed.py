"""A training whose output is followed: each byte of its logs and event files once, over all its attempts."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Protocol

from wantui.history.model import AttemptStart, ReadUpTo, TrainingPoint
from wantui.jobs.logs import Growth
from wantui.jobs.model import JobState
from wantui.jobs.process import descendants
from wantui.runs.attempt_logs import attempt_logs
from wantui.runs.curves import last_step
from wantui.runs.record.happenings import TrainingSeen
from wantui.runs.resume import read_task
from wantui.trainer.attempts import StartPoint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.history.model import Batch
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.runs.attempt_logs import AttemptLog
    from wantui.trainer.attempts import AttemptTask
    from wantui.trainer.model import StepTold
    from wantui.trainer.protocol import EventFileReader, StepReader, Trainer

FILES_LOOK_S = 10.0
"""How often it is looked whether there are event files that nobody has read."""
STEPS_OF_PACE = 100
"""The latest steps, from which the pace is taken."""


class EarlierLooks(Protocol):
    """What is known of earlier looks: `wantui.history.store.HistoryStore`, or nothing."""

    def place(self, path: Path) -> ReadUpTo | None:
        """How far a file has been read."""
        ...

    def latest(self, run: int, kind: str, attempt: int, count: int) -> list[tuple[int, float]]:
        """The latest steps of an attempt at a job, ascending, and when they were."""
        ...


class FollowedTraining:
    """An expert of a run."""

    def __init__(self, workspace: Workspace, store: EarlierLooks, tool: Trainer, job: Job) -> None:
        self._workspace = workspace
        self._store = store
        self._tool = tool
        self._run, self._kind = job.run, str(job.kind)
        self._logs: dict[int, _StepLog] = {}
        self._read_to_the_end: set[int] = set()
        self._tasks: dict[Path, AttemptTask] = {}
        self._event_files: dict[int, dict[Path, EventFileReader]] = {}
        """By the attempt."""
        self._files_look_at = 0.0
        self._told: deque[tuple[int, float]] = deque(maxlen=STEPS_OF_PACE)
        self._attempt = self._step = 0
        self._told_at: float | None = None
        self._no_number_at: int | None = None

    @property
    def _step_s(self) -> float | None:
        last = {time: step for step, time in self._told}  # the bar's clock has whole seconds
        gaps = [
            (after - before) / (last[after] - last[before])
            for before, after in pairwise(sorted(last))
            if last[after] > last[before]
        ]
        return median(gaps) if gaps else None

    @property
    def seen(self) -> TrainingSeen:
        """How it stands."""
        return TrainingSeen(self._attempt, self._step, self._told_at, self._step_s, self._no_number_at)

    def read(self, job: Job, batch: Batch, now: float) -> None:
        """Add what has come since the last look to a batch."""
        for log in attempt_logs(self._workspace, job, self._tool.kind, self._task):
            if job.state is JobState.STARTING and log.number == job.attempt:
                continue  # its hook is still at work
            if log.number in self._read_to_the_end:
                continue
            has_ended = log.number < job.attempt or job.state.has_ended
            self._read_log(log, batch, now)
            self._read_event_files(job, log, batch, now, has_ended=has_ended)
            if has_ended:
                self._read_to_the_end.add(log.number)
                self._event_files.pop(log.number, None)

    def _task(self, path: Path) -> AttemptTask | None:
        if path not in self._tasks and (task := read_task(path)) is not None:
            self._tasks[path] = task
        return self._tasks.get(path)

    def _read_log(self, log: AttemptLog, batch: Batch, now: float) -> None:
        followed = self._logs.get(log.number)
        if followed is None:
            place = self._store.place(log.path) or ReadUpTo(log.path, 0)
            reader = self._tool.step_reader(place.epoch)
            followed = self._logs[log.number] = _StepLog(log, reader, place.offset)
            if log.number > 1:
                batch.begin(AttemptStart(self._run, self._kind, log.number, log.step))
        try:
            told, written = followed.news()
        except OSError:
            return  # there is no log yet, or it cannot be read at the moment
        if log.number > self._attempt:
            self._begin(log.number)
        if told:
            self._keep(log, told, batch, min(now, written))
        batch.places[log.path] = followed.place

    def _begin(self, attempt: int) -> None:
        """Begin with another attempt, or where a recorder before this one has ended."""
        self._attempt, self._told_at, self._no_number_at = attempt, None, None
        self._told.clear()
        self._told += self._store.latest(self._run, self._kind, attempt, STEPS_OF_PACE)
        if self._told:
            self._step, self._told_at = self._told[-1]

    def _read_event_files(self, job: Job, log: AttemptLog, batch: Batch, now: float, *, has_ended: bool) -> None:
        readers = self._event_files.setdefault(log.number, {})
        if now >= self._files_look_at or has_ended:
            self._files_look_at = now + FILES_LOOK_S
            for path in self._files_of(job, log):
                if path not in readers:
                    place = self._store.place(path) or ReadUpTo(path, 0)
                    readers[path] = self._tool.event_reader(path, place.offset)
        for path, reader in readers.items():
            before = reader.offset
            try:
                told = reader.read()
            except OSError:
                continue
            batch.points += self._points(log, told, now)
            if reader.offset != before:
                batch.places[path] = ReadUpTo(path, reader.offset)

    def _files_of(self, job: Job, log: AttemptLog) -> list[Path]:
        """The event files of an attempt.

        Those in a folder of a person's choice, which others may write to as well, are known by the process id in
        their names, and so as long as the attempt runs.
        """
        own = None if log.task is None else log.task.events
        if own is not None and own.is_dir():
            return [path for path, _ in self._tool.event_files(own)]
        folder = self._tool.event_folder(job.argv) if log.number == job.attempt else None
        if folder is None or job.pid is None or job.state is not JobState.RUNNING:
            return []
        processes = set(descendants(job.pid))
        return [path for path, pid in self._tool.event_files(folder) if pid in processes]

    def _keep(self, log: AttemptLog, told: tuple[StepTold, ...], batch: Batch, until: float) -> None:
        """Keep steps of a log, of which the last was told at a time that is known."""
        since = self._told_at or 0.0  # what the clock says is a second more or less
        found = [replace(point, time=max(point.time, since)) for point in self._points(log, told, until)]
        batch.points += found
        if not found:
            return
        self._step, self._told_at = found[-1].step, found[-1].time
        self._told += [(point.step, point.time) for point in found]
        wrong = [each for each in told if _is_no_number(each.loss) or _is_no_number(each.smoothed)]
        if wrong and self._no_number_at is None:
            self._no_number_at = next((each.step for each in self._points(log, wrong, until)), None)

    def _points(self, log: AttemptLog, told: Iterable[StepTold], until: float) -> Iterable[TrainingPoint]:
        """Steps as they count from the first attempt, without those beyond the last epoch that is wanted.

        What does not say when it was is dated by the bar's clock, from the last step, which was told at `until`.
        """
        told = tuple(told)
        start = StartPoint() if log.task is None else log.task.start
        steps, epochs = (0, 0) if start.counts_on else (start.step, start.epoch)
        last = None if log.task is None else last_step(log.task)
        clock = told[-1].elapsed_s if told else None
        for each in told:
            if last is not None and each.step + steps > last:
                continue
            ago = 0.0 if clock is None or each.elapsed_s is None else max(0.0, clock - each.elapsed_s)
            yield TrainingPoint(
                self._run,
                self._kind,
                each.step + steps,
                log.number,
                until - ago if each.time is None else each.time,
                None if each.epoch is None else each.epoch + epochs,
                each.loss,
                each.smoothed,
                each.learning_rate,
                each.grad_norm,
            )


def _is_no_number(loss: float | None) -> bool:
    return loss is not None and not math.isfinite(loss)


class _StepLog:
    """The log of one attempt, from where it has been read to."""

    def __init__(self, log: AttemptLog, reader: StepReader, offset: int) -> None:
        self._path = log.path
        self._reader = reader
        self._growth = Growth(log.path, offset)

    def news(self) -> tuple[tuple[StepTold, ...], float]:
        """The steps told of since the last look, and when the log was written to last.

        Raises:
            OSError: it cannot be read.
        """
        told: list[StepTold] = []
        written = self._path.stat().st_mtime
        self._growth.feed(lambda data: told.extend(self._reader.feed(data)))
        return tuple(told), written

    @property
    def place(self) -> ReadUpTo:
        """Where reading is taken up again."""
        return ReadUpTo(self._path, self._growth.offset - self._reader.held_back, self._reader.epoch)
