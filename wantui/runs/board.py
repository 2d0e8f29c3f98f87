"""The board: every job with what its log has told so far, cheap enough to look at twice a second."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.jobs.logs import Growth
from wantui.jobs.model import Job, JobState, Run
from wantui.jobs.shown import shown_argv, shown_environment
from wantui.jobs.store import JobFiles, RunStore, job_files
from wantui.runs.summary import read_summary, reader_for, trainer_kind
from wantui.trainer.model import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.trainer.protocol import OutputReader

NOTHING = Progress()


@dataclass(frozen=True, slots=True)
class JobView:
    """A job and what its output has told."""

    job: Job
    progress: Progress
    log: Path

    def document(self) -> dict[str, Any]:
        """The job as the JSON contract has it."""
        job, progress = self.job, self.progress
        return {
            "id": job.id,
            "run": job.run,
            "kind": str(job.kind),
            "state": str(job.state),
            "reason": job.reason,
            "gpu": job.gpu,
            "pid": job.pid,
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
        }


class Board:
    """Reads runs and logs of one workspace, each byte of a log once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = RunStore(workspace)
        self._logs: dict[tuple[str, int], _FollowedLog] = {}

    def refresh(self) -> tuple[JobView, ...]:
        """Every job, oldest run first."""
        return tuple(view for run in self.store.runs() for view in self.of(run))

    def of(self, run: Run) -> tuple[JobView, ...]:
        """The jobs of one run."""
        kind = trainer_kind(run)
        return tuple(self._view(job, kind) for job in run.jobs)

    def _view(self, job: Job, kind: str) -> JobView:
        files = job_files(self.workspace, job)
        return JobView(job, self._progress(job, files, kind), files.log)

    def _progress(self, job: Job, files: JobFiles, kind: str) -> Progress:
        if job.state in (JobState.QUEUED, JobState.STARTING):
            return NOTHING
        key = (job.id, job.attempt)
        followed = self._logs.get(key)
        if followed is None:
            kept = read_summary(files) if job.state.has_ended else None
            followed = self._logs[key] = _FollowedLog(files.log, reader_for(job, kind), kept)
        progress = followed.progress()
        if job.state.has_ended:
            followed.close()
            return replace(progress, eta_s=None)
        return progress


class _FollowedLog:
    """A log that is read to its end, again and again."""

    def __init__(self, path: Path, reader: OutputReader, kept: Progress | None) -> None:
        self._growth = Growth(path)
        self._reader = reader
        self._kept = kept

    def progress(self) -> Progress:
        """What the log has told by now."""
        if self._kept is not None:
            return self._kept
        with suppress(FileNotFoundError, reading.NotAFileError):
            self._growth.feed(self._reader.feed)
        return self._reader.progress

    def close(self) -> None:
        """The job has ended: keep the result alone."""
        if self._kept is None:
            self._kept = self.progress()
