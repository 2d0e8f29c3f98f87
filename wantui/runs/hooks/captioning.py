"""The hook of a captioning job: is there anything to caption, on which GPU, and did every item get its proposal?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.captions.proposals import ProposalStore
from wantui.formatting import plain_plural
from wantui.jobs.exits import describe_exit
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobError, JobKind
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.captioning.order import PROCESS, CaptionOrder
from wantui.runs.hook_context import gpu_from_text
from wantui.runs.own_jobs import ENVIRONMENT
from wantui.runs.summary import summarise, write_summary
from wantui.trainer.catalogue import KINDS

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def answer(options: argparse.Namespace) -> HookResult:
    """The verdict on the job that the hook's command line names.

    Raises:
        DatasetError, JobError: dataset or run cannot be read.
        OSError: what the log came to cannot be kept.
    """
    folder: Path = options.run_folder
    workspace = Workspace(folder.parents[2])
    run = RunStore(workspace).get(int(folder.name))
    job = run.job(JobKind.CAPTION)
    if job is None:
        raise JobError(f"run {run.number} has no job {JobKind.CAPTION}")
    order = CaptionOrder.from_document(run.settings)
    if options.question == "prepare":
        return _prepare(order, ProposalStore(workspace), folder, options.gpu)
    files = job_files(workspace, job)
    progress = summarise(job, files, KINDS[0])
    write_summary(files, progress)
    if options.exit_code != 0:
        return HookResult(Decision.FAIL, progress.cause or describe_exit(options.exit_code, None))
    return HookResult(Decision.GO, f"{plain_plural(progress.steps or 0, 'caption')} proposed")


def _prepare(order: CaptionOrder, store: ProposalStore, folder: Path, gpu_text: str | None) -> HookResult:
    problem = order.captioner.problem()
    if problem is not None:
        return HookResult(Decision.FAIL, problem)
    if not order.to_do(store):
        return HookResult(Decision.SKIP, "every item that was asked for has a caption or a proposal")
    environment = dict(ENVIRONMENT)
    if gpu_text is not None and not (gpu := gpu_from_text(gpu_text)).is_to_be_chosen:
        environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        environment["CUDA_VISIBLE_DEVICES"] = gpu.cuda_name
    return HookResult(Decision.GO, argv=(*PROCESS, "--run-folder", str(folder)), env=environment)
