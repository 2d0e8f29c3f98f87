"""The hook of a sample job: is there a picture to make, and was every one made?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.formatting import plain_plural
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobError, JobKind
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.giving_way import GIVES_WAY
from wantui.runs.request import PlanError
from wantui.runs.sampling.order import ENVIRONMENT, PROCESS, OpenSampling, SampleOrder
from wantui.runs.summary import summarise, trainer_kind, write_summary
from wantui.trainer.catalogue import trainer

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
    store = RunStore(workspace)
    run = store.get(int(folder.name))
    job = run.job(JobKind.SAMPLE)
    if job is None:
        raise JobError(f"run {run.number} has no job {JobKind.SAMPLE}")
    order = SampleOrder.from_document(run.settings)
    if options.question == "prepare":
        return _prepare(workspace, order, options)
    kind = trainer_kind(store.get(order.run))
    files = job_files(workspace, job)
    progress = summarise(job, files, kind)
    write_summary(files, progress)
    if options.exit_code == GIVES_WAY:
        return HookResult(Decision.AGAIN, "gave its GPU to a job that waited for one", cause="gives way")
    if options.exit_code != 0:
        says = progress.cause or "the log says why"
        return HookResult(Decision.FAIL, trainer(kind).explain_exit(options.exit_code, says).says)
    return HookResult(Decision.GO, f"{plain_plural(progress.step or 0, 'picture')} made")


def _prepare(workspace: Workspace, order: SampleOrder, options: argparse.Namespace) -> HookResult:
    try:
        sampling = OpenSampling.of(workspace, order)
    except PlanError as error:
        return HookResult(Decision.FAIL, str(error))
    if not sampling.left(workspace):
        return HookResult(Decision.SKIP, "every picture is there, as far as there are checkpoints")
    gpu = () if options.gpu is None else ("--gpu", options.gpu)
    return HookResult(Decision.GO, argv=(*PROCESS, "--run-folder", str(options.run_folder), *gpu), env=ENVIRONMENT)
