"""The LoRA files of a run, by expert and epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.jobs.model import EXPERT_KINDS, JobKind
from wantui.jobs.store import job_files
from wantui.runs.probing.averages import Averages
from wantui.trainer.attempts import SavedKind, read_saved

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.jobs.model import Job, Run
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A LoRA file of an epoch that is there."""

    job: Job
    """That has saved it."""
    epoch: int
    step: int | None
    """Steps done; None where nobody knows."""
    path: Path
    average: str | None = None
    """`Average.name` where it is one of several epochs, of which `epoch` is the last; None: of that epoch alone."""

    @property
    def member(self) -> int | str:
        """What a pair knows it by: see `wantui.runs.sampling.pairs.Member`."""
        return self.average or self.epoch

    @property
    def expert(self) -> str:
        """``high`` or ``low``."""
        return str(self.job.kind)


def checkpoints_of(workspace: Workspace, run: Run) -> tuple[Checkpoint, ...]:
    """Every checkpoint of `run` that is there, expert by expert and by epoch.

    Raises:
        OSError: the disk cannot be read.
    """
    found = []
    for job in (job for job in run.jobs if job.kind in EXPERT_KINDS):
        saved = read_saved(job_files(workspace, job).saved).existing(SavedKind.LORA)
        mine = [Checkpoint(job, each.epoch, each.step, each.path) for each in saved if each.epoch is not None]
        found += sorted(mine, key=lambda each: each.epoch)
    return tuple(found)


def members_of(workspace: Workspace, run: Run) -> tuple[Checkpoint, ...]:
    """Every checkpoint and every average of `run` that is there; raises as `checkpoints_of` and `averages_of`."""
    return (*checkpoints_of(workspace, run), *averages_of(workspace, run))


def averages_of(workspace: Workspace, run: Run) -> tuple[Checkpoint, ...]:
    """Every average of checkpoints of `run` that is there, expert by expert.

    Raises:
        JobError: the record of them is broken.
    """
    found = []
    for each in Averages(workspace, run.number).existing():
        job = run.job(JobKind(each.expert))
        if job is not None:
            found.append(Checkpoint(job, each.epochs[-1], None, each.path, each.name))
    return tuple(found)
