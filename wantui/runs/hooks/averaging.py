"""The hook of a job that averages checkpoints: are they what they were, and is the average there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import ConflictError
from wantui.formatting import plain_plural
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobError, JobKind
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.averaging.checking import check
from wantui.runs.averaging.order import PROCESS, AverageOrder, require_trainer
from wantui.runs.errors import PlanError
from wantui.runs.own_jobs import ENVIRONMENT
from wantui.runs.summary import summarise, trainer_kind, write_summary
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def answer(options: argparse.Namespace) -> HookResult:
    """The verdict on the job that the hook's command line names.

    Raises:
        JobError: the run cannot be read.
        OSError: the disk refuses something.
    """
    folder: Path = options.run_folder
    workspace = Workspace(folder.parents[2])
    store = RunStore(workspace)
    run = store.get(int(folder.name))
    job = run.job(JobKind.EMA)
    if job is None:
        raise JobError(f"run {run.number} has no job {JobKind.EMA}")
    order = AverageOrder.from_document(run.settings)
    for each in order.wanted:  # of an attempt that was killed
        each.temporary(run.number).unlink(missing_ok=True)
    if options.question == "prepare":
        return _prepare(workspace, order, folder)
    kind = trainer_kind(store.get(order.run))
    files = job_files(workspace, job)
    progress = summarise(job, files, kind)
    write_summary(files, progress)
    if options.exit_code != 0:
        reason = trainer(kind).explain_exit(options.exit_code, progress.cause or "the log says why")
        return HookResult(Decision.FAIL, reason.says)
    names = ", ".join(each.target.name for each in order.wanted)
    return HookResult(Decision.GO, f"{plain_plural(len(order.wanted), 'average')}: {names}")


def _prepare(workspace: Workspace, order: AverageOrder, folder: Path) -> HookResult:
    try:
        left = order.left(workspace)
        if not left:
            return HookResult(Decision.SKIP, "exists already")
        require_trainer(workspace, order)
        for each in left:
            check(each.sources)
    except (PlanError, ConflictError) as error:
        return HookResult(Decision.FAIL, str(error))
    return HookResult(Decision.GO, argv=(*PROCESS, "--run-folder", str(folder)), env=dict(ENVIRONMENT))
