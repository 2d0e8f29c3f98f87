"""Start a job's shim, which starts the trainer."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.jobs.codec import identity_from_fields
from wantui.jobs.fields import Fields
from wantui.jobs.store import LARGEST_RECORD, JobFiles, job_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.jobs.model import Job
    from wantui.jobs.process import ProcessIdentity
    from wantui.paths import Workspace

MARK = "WANTUI_JOB"
"""Environment variable that every process of a job inherits; finds what has escaped even from its shim."""

SHIM = Path(__file__).with_name("shim.py")


@dataclass(frozen=True, slots=True)
class Started:
    """What is known of a job that has been started."""

    pid: int | None
    """The trainer's process id; it leads a process group and a session of its own. None: it is on another machine."""
    shim: ProcessIdentity | None
    node: str | None = None
    """`Job.node`."""
    ticket: str | None = None
    """`Job.ticket`."""


def mark(workspace: Workspace, job: Job) -> str:
    """The environment line that marks the processes of this attempt at `job`, on this machine."""
    return f"{MARK}={workspace.runtime.name}:{job.id}:{job.attempt}"


def spawn(workspace: Workspace, job: Job, liveness_lock: int, restart: list[str]) -> subprocess.Popen[bytes]:
    """Start `job`, output straight to its log, and return its shim.

    Args:
        workspace: of the job.
        job: with its final command line and environment.
        liveness_lock: descriptor of the lock that the job's processes inherit.
        restart: command that makes sure that a supervisor runs; the shim ends with it.

    Raises:
        OSError: no process or file can be made.
    """
    files = job_files(workspace, job)
    with _opened(files.log.parent) as folder:
        here = Path(f"/proc/self/fd/{folder}")
        record = write_task(here, workspace, job, restart)
        with (here / files.log.name).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(SHIM), str(record), str(folder)],
                stdin=liveness_lock,
                stdout=log,
                stderr=log,
                cwd=job.spec.cwd,
                start_new_session=True,
                pass_fds=(folder,),
            )


def write_task(here: Path, workspace: Workspace, job: Job, restart: list[str], beside: Sequence[str] = ()) -> Path:
    """Write down what the shim of a job is to do (`wantui.supervisor.shim.ShimTask`), and return that file.

    Args:
        here: the folder of the run.
        workspace: of the job.
        job: with its final command line and environment.
        restart: as in `spawn`; empty: nothing is started at its end.
        beside: `ShimTask.beside`.

    Raises:
        OSError: it cannot be written.
    """
    files = job_files(workspace, job)
    name, _, value = mark(workspace, job).partition("=")
    task = {
        "argv": [*job.launcher, *job.argv],
        "env": {**job.env, name: value},
        "started": files.started.name,
        "exit": files.exit.name,
        "workspace": str(workspace.root),
        "beside": list(beside),
        "afterwards": restart,
    }
    for last_time in (files.exit, files.started, files.progress):
        (here / last_time.name).unlink(missing_ok=True)  # requeued before it ran: this must not speak for it
    record = here / f"{files.log.stem}.task.json"
    atomic.write_json(record, task, private=True)
    return record


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """A descriptor of a folder, by which its files are found though the workspace is renamed meanwhile."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_started(files: JobFiles) -> Started | None:
    """What the shim has written about the start; None until then, and where a crash of the machine spoilt it."""
    try:
        fields = Fields(reading.read_json(files.started, LARGEST_RECORD), "start record")
        shim = fields.inner_or_none("attendant")
        return Started(fields.integer("pid"), None if shim is None else identity_from_fields(shim))
    except (FileNotFoundError, reading.NotAFileError, reading.FileTooLargeError, ValueError):
        return None
