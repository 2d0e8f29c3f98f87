"""The board: every job with what its log has told so far, cheap enough to look at twice a second."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.jobs.logs import Growth
from wantui.jobs.model import EXPERT_KINDS, Job, JobState, Run, RunKind
from wantui.jobs.shown import shown_argv, shown_environment
from wantui.jobs.store import JobFiles, RunStore, job_files
from wantui.runs.attempt_logs import AttemptLog, attempt_logs, went_on_at
from wantui.runs.kept_settings import asked_about, kept_run
from wantui.runs.resume import read_task
from wantui.runs.summary import read_summary, reader_for, trainer_kind
from wantui.trainer.attempts import AttemptTask, Saved, SavedKind, StartPoint, read_saved
from wantui.trainer.model import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.trainer.protocol import OutputReader

NOTHING = Progress()
LARGE_BYTES = 1 << 23
"""Of a log: reading more than that takes a noticeable time."""
PART_BYTES = 1 << 20
"""Of a large log that are read at its beginning and at its end."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job and what its output has told."""

    job: Job
    progress: Progress
    """Steps and epochs count from the first attempt."""
    log: Path
    """Of the present attempt."""
    start: StartPoint = field(default_factory=StartPoint)
    """Where the present attempt began."""
    logs: tuple[AttemptLog, ...] = ()
    """Of all attempts that have begun, the oldest first."""
    suffix: str = ""
    """Of the names of its run's files; empty where the run trains nothing."""
    of_run: int | None = None
    """Number of the run that a probe, a sample job or what follows a run is about; None: it is about none."""

    @property
    def home(self) -> int:
        """Number of the run that it belongs to in the eyes of a person."""
        return self.job.run if self.of_run is None else self.of_run

    @property
    def went_on_at(self) -> tuple[StartPoint, ...]:
        """Where the curve of the loss is of another attempt than before."""
        return tuple(task.start for task in went_on_at(self.logs))

    def document(self) -> dict[str, Any]:
        """The job as the JSON contract has it."""
        job, progress = self.job, self.progress
        return {
            "id": job.id,
            "run": job.run,
            "about": self.of_run,
            "kind": str(job.kind),
            "state": str(job.state),
            "reason": job.reason,
            "gpu": job.gpu,
            "pid": job.pid,
            "node": job.node,
            "ticket": job.ticket,
            "argv": shown_argv(job.argv),
            "env": shown_environment(job.env),
            "log": str(self.log),
            "queued": job.queued,
            "started": job.started,
            "ended": job.ended,
            "exit_code": job.exit_code,
            "step": progress.step,
            "steps": progress.steps,
            "epoch": progress.epoch,
            "epochs": progress.epochs,
            "loss": progress.loss,
            "step_s": progress.step_s,
            "eta_s": progress.eta_s,
            "outputs": [str(path) for path in progress.saved],
            "attempts": job.attempt,
            "resumed_from": self._resumed_from(),
            "end_after": job.end_after,
            "past_attempts": [asdict(each) for each in job.past],
        }

    def _resumed_from(self) -> dict[str, Any] | None:
        start = self.start
        return None if start.state is None else {"epoch": start.epoch, "state": str(start.state)}


@dataclass(frozen=True, slots=True)
class _Existing:
    """Of what the attempts at a job have saved, what is there."""

    loras: tuple[Path, ...] = ()
    state_epoch: int = 0
    """Of the newest state; 0: there is none."""


class Board:
    """Reads runs and logs of one workspace, each byte of a log once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = RunStore(workspace)
        self._logs: dict[tuple[str, int], _FollowedLog] = {}
        self._tasks: dict[Path, AttemptTask | None] = {}
        self._saved: dict[str, tuple[int, Saved, _Existing | None]] = {}
        """By job: when its list was written, the list, and what is there of it, once the job has ended."""

    def refresh(self) -> tuple[JobView, ...]:
        """Every job, oldest run first."""
        return tuple(view for run in self.store.runs() for view in self.of(run))

    def of(self, run: Run) -> tuple[JobView, ...]:
        """The jobs of one run."""
        kind = trainer_kind(run)
        suffix = kept_run(run.settings).get("suffix") if run.kind is RunKind.TRAIN else None
        name = suffix if isinstance(suffix, str) else ""
        about = asked_about(run)
        return tuple(replace(self._view(job, kind), suffix=name, of_run=about) for job in run.jobs)

    def logs_of(self, job: Job, kind: str) -> tuple[AttemptLog, ...]:
        """The logs of the attempts at a job that have begun, the oldest first.

        Args:
            job: whose.
            kind: of the trainer of its run.
        """
        return attempt_logs(self.workspace, job, kind, self._task)

    def _view(self, job: Job, kind: str) -> JobView:
        if job.is_handed_over:  # to whoever looks at it, it waits
            job = job.moved(JobState.QUEUED)
        files = job_files(self.workspace, job)
        progress = self._progress(job, files, kind)
        logs = self.logs_of(job, kind)
        waits = progress is NOTHING
        task = None if waits else self._task(files.attempt)
        if task is None and (job.attempt == 1 or not waits):
            return JobView(job, progress, files.log, logs=logs)
        found = self._saved_by(job, files)
        if task is None:  # it will probably go on from its newest state
            start = StartPoint(epoch=found.state_epoch)
            return JobView(job, replace(progress, saved=found.loras), files.log, start, logs)
        progress = replace(absolute(progress, task.start), saved=found.loras)
        return JobView(job, progress, files.log, task.start, logs)

    def _task(self, path: Path) -> AttemptTask | None:
        """The task of an attempt that has begun; None where there is none: it is no training, or an older one."""
        if path not in self._tasks:
            self._tasks[path] = read_task(path)
        return self._tasks[path]

    def _saved_by(self, job: Job, files: JobFiles) -> _Existing:
        """What is there of what all attempts at the job have saved.

        This is asked twice a second for every job there is: a list is read where it has changed, and its files are
        looked for until the job has ended. Each is listed before it has its name.
        """
        try:
            stamp = files.saved.stat().st_mtime_ns
        except OSError:
            return _Existing()
        if job.id not in self._saved or self._saved[job.id][0] != stamp:
            self._saved[job.id] = (stamp, read_saved(files.saved), None)
        _, listed, found = self._saved[job.id]
        if found is None:
            loras = tuple(each.path for each in listed.existing(SavedKind.LORA))
            found = _Existing(loras, max((each.epoch or 0 for each in listed.states), default=0))
            if job.state.has_ended:
                self._saved[job.id] = (stamp, listed, found)
        return found

    def _progress(self, job: Job, files: JobFiles, kind: str) -> Progress:
        if job.state in (JobState.QUEUED, JobState.STARTING):
            return NOTHING
        key = (job.id, job.attempt)
        followed = self._logs.get(key)
        if followed is None:
            kept = read_summary(files) if job.state.has_ended else None
            skips = job.kind in EXPERT_KINDS  # a cache job's reader counts what each line tells
            followed = self._logs[key] = _FollowedLog(files.log, reader_for(job, kind), kept, skips=skips)
        progress = followed.progress()
        if job.state.has_ended:
            followed.close()
            return replace(progress, eta_s=None)
        return progress


def absolute(progress: Progress, start: StartPoint) -> Progress:
    """What an attempt has told, counted from the first attempt.

    The trainer is told of all epochs, and counts its own from 1: what it has done comes on top of what was done
    before, and of what it says is still to come that is not trained.
    """
    if start.counts_on or not start.epoch:
        return progress
    steps, epochs, step_s = progress.steps, progress.epochs, progress.step_s
    if steps is not None and epochs:
        steps = start.step + steps - start.epoch * (steps // epochs)
    done = None if progress.step is None else _at_most(start.step + progress.step, steps)
    eta_s = progress.eta_s
    if eta_s is not None and done is not None and steps is not None and step_s is not None:
        eta_s = (steps - done) * step_s
    epoch = None if progress.epoch is None else _at_most(start.epoch + progress.epoch, epochs)
    return replace(progress, step=done, steps=steps, epoch=epoch, eta_s=eta_s)


def _epoch_of(progress: Progress) -> int | None:
    """The epoch that a step is in: each has as many."""
    step, steps, epochs = progress.step, progress.steps, progress.epochs
    if step is None or not steps or not epochs:
        return progress.epoch
    return max(1, -(-step * epochs // steps))


def _at_most(number: int, most: int | None) -> int:
    """It trains on for a moment after the last epoch that is wanted."""
    return number if most is None else min(number, most)


class _FollowedLog:
    """A log that is read to its end, again and again; of a large one the first time without its middle.

    Its beginning has the number of steps and epochs, its end where the training is.
    """

    def __init__(self, path: Path, reader: OutputReader, kept: Progress | None, *, skips: bool) -> None:
        self._path = path
        self._growth = Growth(path)
        self._reader = reader
        self._kept = kept
        self._skips = skips
        """Whether the middle of a large one may be left out."""
        self._epoch_before: int | None = None
        """The one that was told of before the middle was left out."""

    def progress(self) -> Progress:
        """What the log has told by now."""
        if self._kept is not None:
            return self._kept
        with suppress(FileNotFoundError, reading.NotAFileError):
            if self._skips and not self._growth.offset:
                self._begin()
            self._growth.feed(self._reader.feed)
        progress = self._reader.progress
        is_skipped = self._epoch_before is not None and progress.epoch == self._epoch_before
        return replace(progress, epoch=_epoch_of(progress)) if is_skipped else progress

    def _begin(self) -> None:
        """Read the beginning of a large log, and go on near its end.

        Raises:
            OSError: it is not there, or cannot be read.
        """
        with reading.open_file(self._path) as log:
            size = log.seek(0, os.SEEK_END)
            if size <= LARGE_BYTES:
                return
            log.seek(0)
            self._reader.feed(log.read(PART_BYTES) + b"\n")
            log.seek(size - PART_BYTES)
            tail = log.read(PART_BYTES)
        begun = min((at for at in (tail.find(b"\r"), tail.find(b"\n")) if at >= 0), default=0)
        self._epoch_before = self._reader.progress.epoch or 0
        self._reader.feed(tail[begun:])
        self._growth = Growth(self._path, size)

    def close(self) -> None:
        """The job has ended: keep the result alone."""
        if self._kept is None:
            self._kept = self.progress()
