"""Runs on disk: ``<workspace>/.wantui/runs/N/run.json`` and, beside it, the logs and exit records of its jobs.

The supervisor alone writes ``run.json``; everybody reads it. A shim writes its job's exit record.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.access import explain
from wantui.jobs.codec import run_from_document, run_to_document
from wantui.jobs.fields import Fields
from wantui.jobs.model import Job, JobError, Run

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace

LARGEST_RECORD = 1 << 20
"""Bytes of an exit record or a start record, which have a few hundred."""


@dataclass(frozen=True, slots=True)
class JobFiles:
    """The files of one attempt at a job."""

    log: Path
    """What the job printed, as written."""
    exit: Path
    """How it ended: see `ExitRecord`."""
    started: Path
    """The identity of the trainer process."""
    progress: Path
    """What the log came to, kept once the job has ended."""
    hook: Path
    """What the hook of the job printed to stderr."""
    saved: Path
    """What all attempts at the job have saved: see `wantui.trainer.attempts`."""
    attempt: Path
    """Where this attempt began and what it is to save: a `wantui.trainer.attempts.AttemptTask`."""
    memory: Path
    """How memory is spent, settled at the start: see `wantui.runs.memory_choice`."""
    sources: Path
    """What a cache job's media and captions looked like at its start: see `wantui.runs.sources`."""
    events: Path
    """Folder of the event files that a trainer writes in this attempt; there need not be one."""
    gpus: Path
    """What its GPUs have shown, written on a node: see `wantui.slurm.gpu_record`; there need not be one."""
    liveness_lock: Path


@dataclass(frozen=True, slots=True)
class ExitRecord:
    """How an attempt at a job ended."""

    exit_code: int
    """As the shell counts: a process that died of signal N has -N; 127 when it could not be started."""
    ended: float
    """Seconds since 1970."""
    error: str | None = None
    """Why it could not be started."""
    max_rss_mib: int | None = None
    """The most memory that one of its processes had resident."""
    signal: int | None = None
    """The first signal that asked the shim for the job's end."""


def job_files(workspace: Workspace, job: Job) -> JobFiles:
    """Where the files of the job's current attempt lie."""
    folder = run_folder(workspace, job.run)
    stem = str(job.kind) if job.attempt == 1 else f"{job.kind}.{job.attempt}"
    return JobFiles(
        log=folder / f"{stem}.log",
        exit=folder / f"{stem}.exit.json",
        started=folder / f"{stem}.started.json",
        progress=folder / f"{stem}.progress.json",
        hook=folder / f"{stem}.gate.log",
        saved=folder / f"{job.kind}.saved.json",
        attempt=folder / f"{stem}.attempt.json",
        memory=folder / f"{stem}.memory.json",
        sources=folder / f"{stem}.sources.json",
        events=folder / f"{stem}.events",
        gpus=folder / f"{stem}.gpus.jsonl",
        liveness_lock=workspace.runtime / "lifelines" / f"{job.run}.{stem}",
    )


def run_folder(workspace: Workspace, number: int) -> Path:
    """The folder of run `number`."""
    return workspace.runs / str(number)


def _number_of(name: str) -> int | None:
    """The number of the run whose folder is called `name`; None where it is no run's."""
    is_one = name.isascii() and name.isdecimal() and len(name) < 10 and not name.startswith("0")  # noqa: PLR2004
    return int(name) if is_one else None


def read_exit(path: Path) -> ExitRecord | None:
    """The exit record at `path`; None while there is none.

    Raises:
        JobError: what is there is none.
        OSError: it cannot be read at the moment.
    """
    try:
        fields = Fields(reading.read_json(path, LARGEST_RECORD), "exit record")
        return ExitRecord(
            exit_code=fields.integer("exit_code"),
            ended=fields.number("ended"),
            error=fields.text_or_none("error"),
            max_rss_mib=fields.integer_or_none("max_rss_mib"),
            signal=fields.integer_or_none("signal"),
        )
    except FileNotFoundError:
        return None
    except (reading.NotAFileError, reading.FileTooLargeError, ValueError) as error:
        raise JobError(f"{path}: not an exit record ({error})") from error


@dataclass(slots=True)
class RunStore:
    """The runs of one workspace, read again only where a file has changed."""

    workspace: Workspace
    broken: dict[Path, str] = field(default_factory=dict)
    """Files that could not be read, and why: the other runs are shown all the same."""
    _read: dict[int, tuple[tuple[int, int], Run]] = field(default_factory=dict)

    def runs(self) -> tuple[Run, ...]:
        """Every run that can be read, oldest first."""
        numbers = self.numbers()
        for gone in self._read.keys() - set(numbers):
            del self._read[gone]
        found = (self._refreshed(number) for number in numbers)
        return tuple(run for run in found if run is not None)

    def numbers(self) -> list[int]:
        """The numbers given so far, ascending."""
        try:
            entries = [entry.name for entry in self.workspace.runs.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(number for name in entries if (number := _number_of(name)) is not None)

    def unread(self) -> set[int]:
        """The numbers of the runs whose records could not be read when they were looked at last."""
        return {number for number in self.numbers() if self._path(number) in self.broken}

    def get(self, number: int) -> Run:
        """Run `number`.

        Raises:
            JobError: there is no such run, or its record cannot be read.
        """
        run = self._refreshed(number)
        if run is None:
            path = self._path(number)
            why = self.broken.get(path)
            raise JobError(why or f"no run {number} in {self.workspace.root}; `wantui jobs --all` lists them")
        return run

    def find(self, name: str) -> tuple[Run, Job | None]:
        """The run and, for ``7.high`` rather than ``7``, the job that `name` means.

        Raises:
            JobError: there is no such run or job.
        """
        run_name, _, kind = name.partition(".")
        number = _number_of(run_name)
        if number is None:
            raise JobError(f"{name!r} names no run or job; a run is a number (7), a job is RUN.KIND (7.high)")
        run = self.get(number)
        if not kind:
            return run, None
        for job in run.jobs:
            if job.kind == kind:
                return run, job
        known = ", ".join(job.id for job in run.jobs)
        raise JobError(f"run {number} has no job {name!r}; it has {known}")

    def create_folder(self) -> int:
        """Make the folder of a new run and return its number.

        Raises:
            OSError: the disk is full or not writable.
        """
        self.workspace.runs.mkdir(parents=True, exist_ok=True)
        number = max(self.numbers(), default=0)
        while True:
            number += 1
            try:
                run_folder(self.workspace, number).mkdir()
            except FileExistsError:
                continue
            return number

    def discard_folder(self, number: int) -> None:
        """Remove the folder of a run that never came to be."""
        shutil.rmtree(run_folder(self.workspace, number), ignore_errors=True)

    def write(self, run: Run) -> None:
        """Keep `run`; a reader sees its old state or this one."""
        atomic.write_json(self._path(run.number), run_to_document(run), private=True)  # with environments

    def _path(self, number: int) -> Path:
        return run_folder(self.workspace, number) / "run.json"

    def _refreshed(self, number: int) -> Run | None:
        path = self._path(number)
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.broken[path] = explain(error)
            return None
        stamp = (stat.st_mtime_ns, stat.st_ino)
        known = self._read.get(number)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            run = run_from_document(reading.read_json(path), number)
        except OSError as error:
            self.broken[path] = explain(error)
            return None
        except ValueError as error:
            self.broken[path] = f"{path}: cannot be read ({error}); move the folder away to be rid of the run"
            return None
        self.broken.pop(path, None)
        self._read[number] = (stamp, run)
        return run
