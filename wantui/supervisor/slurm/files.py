"""What is kept of a job that was handed to Slurm, beside its log on the shared disk."""

from __future__ import annotations

import os
import secrets
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import atomic, locks, reading
from wantui.jobs.fields import Fields
from wantui.jobs.store import LARGEST_RECORD, job_files
from wantui.slurm.options import options
from wantui.supervisor.slurm.on_node import Order
from wantui.supervisor.spawn import write_task

if TYPE_CHECKING:
    from wantui.config.schema import SlurmConfig
    from wantui.jobs.model import Job
    from wantui.jobs.store import JobFiles
    from wantui.paths import Workspace

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Submission:
    """One call of ``sbatch`` for an attempt."""

    token: str
    """In the comment of the Slurm job, by which it is found before its number is known."""
    submitted: float
    """Seconds since 1970."""
    ticket: str | None = None
    """Slurm's number of the job."""


@dataclass(frozen=True, slots=True)
class Claim:
    """That an attempt has been started on a node."""

    token: str | None = None
    """Of the submission that was started."""
    ticket: str | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True)
class SlurmFiles:
    """The files of one attempt at a job, beside those of `JobFiles`."""

    folder: Path
    """Of the run."""
    stem: str

    @classmethod
    def of(cls, files: JobFiles) -> SlurmFiles:
        """Those beside `files`."""
        return cls(files.log.parent, files.log.stem)

    def named(self, ending: str) -> Path:
        """The file with that ending."""
        return self.folder / f"{self.stem}.{ending}"

    @property
    def submission(self) -> Path:
        """A `Submission`; it is there while the job may start."""
        return self.named("slurm.json")

    @property
    def order(self) -> Path:
        """An `on_node.Order`."""
        return self.named("order.json")

    @property
    def claim(self) -> Path:
        """A `Claim`, made on the node."""
        return self.named("claim.json")

    @property
    def lock(self) -> Path:
        """Held by all processes of the job, as a liveness lock is."""
        return self.named("lock")

    @property
    def said(self) -> Path:
        """What Slurm itself has said of the job: that it was cancelled, why it could not start."""
        return self.named("slurm.out")

    def read_submission(self) -> Submission | None:
        """None where the job was not handed to Slurm, or has ended.

        Raises:
            OSError: it cannot be read at the moment.
        """
        try:
            fields = Fields(reading.read_json(self.submission, LARGEST_RECORD), "submission")
            return Submission(fields.text("token"), fields.number("submitted"), fields.text_or_none("ticket"))
        except (FileNotFoundError, NotADirectoryError, reading.NotAFileError, reading.FileTooLargeError, ValueError):
            return None

    def read_claim(self) -> Claim | None:
        """None while no node has started it.

        Raises:
            OSError: it cannot be read at the moment.
        """
        try:
            fields = Fields(reading.read_json(self.claim, LARGEST_RECORD), "claim")
            return Claim(fields.text_or_none("token"), fields.text_or_none("ticket"), fields.text_or_none("node"))
        except FileNotFoundError:
            return None
        except (reading.NotAFileError, reading.FileTooLargeError, ValueError):
            return Claim()  # it has just been made, or was spoilt: it counts all the same

    def is_locked(self) -> bool:
        """Whether a process of the job holds the lock, as far as this disk tells that of other machines."""
        try:
            return locks.is_held(self.lock)
        except OSError:
            return False

    def last_words(self) -> str | None:
        """The last line that Slurm has said of the job."""
        return last_line(self.said)


def last_line(path: Path) -> str | None:
    """The last line of a small file that has anything in it; None where there is none."""
    try:
        lines = reading.read_bytes(path, LARGEST_RECORD).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return next((line.strip() for line in reversed(lines) if line.strip()), None)


def write_submission(workspace: Workspace, job: Job) -> SlurmFiles:
    """Write down what a node is to do for a job, under a new token: an earlier submission no longer starts.

    Raises:
        OSError: it cannot be written.
    """
    files = job_files(workspace, job)
    own = SlurmFiles.of(files)
    own.submission.unlink(missing_ok=True)  # the claim stays: who has made it trains this attempt
    writer = [sys.executable, "-I", str(_HERE / "gpu_writer.py"), str(files.gpus)] if job.spec.wants_gpu else []
    task = write_task(own.folder, workspace, job, [], writer)
    submission = Submission(secrets.token_hex(8), time.time())
    order = Order(
        token=submission.token,
        submission=own.submission.name,
        claim=own.claim.name,
        lock=own.lock.name,
        log=files.log.name,
        task=task.name,
        exit=files.exit.name,
        cwd=str(job.spec.cwd),
    )
    atomic.write_json(own.order, asdict(order), private=True)
    atomic.write_json(own.submission, asdict(submission))
    return own


def note_ticket(own: SlurmFiles, submission: Submission, ticket: str) -> Submission:
    """Keep the number that Slurm has given to a job.

    Raises:
        OSError: it cannot be written.
    """
    numbered = replace(submission, ticket=ticket)
    atomic.write_json(own.submission, asdict(numbered))
    return numbered


def slurm_name(job: Job) -> str:
    """What the job is called in Slurm's lists."""
    return f"wantui-{job.id}"


def sbatch_command(own: SlurmFiles, submission: Submission, job: Job, config: SlurmConfig) -> list[str]:
    """The call that hands a job to Slurm: only names of our own are in it, and the configuration."""
    comment = f"wantui {os.getuid()} {job.id} {job.attempt} {submission.token}"
    return [
        "sbatch", "--parsable", f"--job-name={slurm_name(job)}", f"--comment={comment}",
        f"--chdir={own.folder}", f"--output={own.said.name}", "--open-mode=append",
        *options(config, wants_gpu=job.spec.wants_gpu),
        str(_HERE / "batch.sh"), sys.executable, str(_HERE / "on_node.py"), str(own.order),
    ]  # fmt: skip
