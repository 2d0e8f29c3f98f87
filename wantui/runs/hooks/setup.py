"""The hook of a step of a setup: what it came to, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.jobs.exits import describe_exit
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobError, JobKind
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.summary import summarise, write_summary
from wantui.trainer.catalogue import KINDS

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def answer(options: argparse.Namespace) -> HookResult:
    """The verdict on the job that the hook's command line names.

    Raises:
        JobError: the run cannot be read.
        OSError: what the log came to cannot be kept.
    """
    folder: Path = options.run_folder
    workspace = Workspace(folder.parents[2])
    job = RunStore(workspace).get(int(folder.name)).job(JobKind(options.job))
    if job is None:
        raise JobError(f"run {folder.name} has no job {options.job}")
    files = job_files(workspace, job)
    progress = summarise(job, files, KINDS[0])
    write_summary(files, progress)
    if options.exit_code != 0:
        return HookResult(Decision.FAIL, progress.cause or describe_exit(options.exit_code, None))
    return HookResult(Decision.GO, progress.phase)
