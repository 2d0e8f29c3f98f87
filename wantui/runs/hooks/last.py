"""The hook of a job that comes last: it leaves its GPU to one that waits, and goes on later with what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.formatting import plain_plural
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobError
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.errors import PlanError
from wantui.runs.giving_way import GIVES_WAY
from wantui.runs.memory_choice import next_leaner, read_choice
from wantui.runs.summary import summarise, trainer_kind, write_summary
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import GPU_MEMORY, GPU_MEMORY_CAUSE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from wantui.jobs.model import JobKind, Run


def verdict(
    options: argparse.Namespace,
    kind: JobKind,
    done: tuple[str, str],
    asked_run: Callable[[dict[str, Any]], int],
    prepare: Callable[[Workspace, Run], HookResult],
) -> HookResult:
    """The verdict on the job that the hook's command line names.

    Args:
        options: of the command line.
        kind: of the job.
        done: what it does one after the other, and what has become of them: ``("picture", "made")``.
        asked_run: from the settings of the job's run the number of the training that it is about.
        prepare: whether it may start; a `PlanError` says why it fails.

    Raises:
        DatasetError, CacheError, JobError: dataset or run cannot be read.
        OSError: what the log came to cannot be kept.
    """
    folder: Path = options.run_folder
    workspace = Workspace(folder.parents[2])
    store = RunStore(workspace)
    run = store.get(int(folder.name))
    job = run.job(kind)
    if job is None:
        raise JobError(f"run {run.number} has no job {kind}")
    if options.question == "prepare":
        try:
            return prepare(workspace, run)
        except PlanError as error:
            return HookResult(Decision.FAIL, str(error))
    trainer_name = trainer_kind(store.get(asked_run(run.settings)))
    files = job_files(workspace, job)
    progress = summarise(job, files, trainer_name)
    write_summary(files, progress)
    if options.exit_code == GIVES_WAY:
        return HookResult(Decision.AGAIN, "gave its GPU to a job that waited for one", cause="gives way")
    if options.exit_code != 0:
        reason = trainer(trainer_name).explain_exit(options.exit_code, progress.cause or "the log says why")
        if reason.is_gpu_memory and not options.stopped:
            return _out_of_memory(files.memory, reason.says, done)
        return HookResult(Decision.FAIL, reason.says)
    what, become = done
    return HookResult(Decision.GO, f"{plain_plural(progress.step or 0, what)} {become}")


def _out_of_memory(choice_file: Path, says: str, done: tuple[str, str]) -> HookResult:
    """Another attempt with less memory at what is left, or why there is none."""
    again = next_leaner(choice_file)
    if again is not None:
        return HookResult(Decision.AGAIN, again, cause=GPU_MEMORY_CAUSE)
    choice = read_choice(choice_file)
    if choice is None or not choice.failed:
        return HookResult(Decision.FAIL, says)
    kept = f"what was {done[1]} before is kept"
    return HookResult(Decision.FAIL, f"{GPU_MEMORY} with {choice.name} too, and nothing takes less; {kept}")


def start(options: argparse.Namespace, process: tuple[str, ...], environment: dict[str, str]) -> HookResult:
    """Start `process` for the run and the GPU of the command line."""
    gpu = () if options.gpu is None else ("--gpu", options.gpu)
    return HookResult(Decision.GO, argv=(*process, "--run-folder", str(options.run_folder), *gpu), env=environment)
