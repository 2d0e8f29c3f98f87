"""A run on disk whose one expert has been trained in two attempts: its first one was killed after epoch 3 of 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import atomic
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, PastAttempt, Run, RunKind
from wantui.jobs.store import RunStore, job_files
from wantui.trainer.attempts import AttemptTask, StartPoint

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace

KILLED = "killed, most likely by the kernel for lack of memory"
STEPS_AN_EPOCH, EPOCHS = 3, 6


def second_attempt(workspace: Workspace, state: JobState = JobState.RUNNING) -> Job:
    """The job as it stands, written with its run, its logs and the tasks of its attempts.

    The first attempt was killed in epoch 4, whose first two steps the second one trains again; that has begun
    epoch 6.
    """
    folder = workspace.root / "out"
    job = Job(
        "1.high", 1, JobSpec(JobKind.HIGH, ("true",), workspace.root), state, queued=1.0, reason=None, attempt=2,
        started=2000.0, ended=3000.0 if state.has_ended else None,
        past=(PastAttempt(1, 1000.0, 1900.0, -9, KILLED, f"crash: {KILLED}"),),
    )  # fmt: skip
    store = RunStore(workspace)
    store.create_folder()
    store.write(Run(1, RunKind.TRAIN, 1.0, {"trainer_kind": "rehearsal"}, (job,)))
    state_folder = folder / "anna-000003-state"
    for number, start, printed in (
        (1, StartPoint(), range(1, 12)),
        (2, StartPoint(3, 9, state_folder, STEPS_AN_EPOCH), range(1, 8)),
    ):
        files = job_files(workspace, Job("1.high", 1, job.spec, state, 1.0, attempt=number))
        own = folder / f".attempts/anna.1.high.{number}"
        task = AttemptTask("1.high", number, files.saved, files.log.with_name("run.json"), "", "anna", own, folder,
                           EPOCHS, 1, start)  # fmt: skip
        atomic.write_json(files.attempt, task.to_document())
        files.log.write_bytes(printed_by(own, printed))
    return job


def printed_by(folder: Path, steps: range) -> bytes:
    """What a training prints on its way through some of its steps."""
    said = "running training / 学習開始\n"
    for step in steps:
        epoch, in_epoch = divmod(step - 1, STEPS_AN_EPOCH)
        if in_epoch == 0:
            saved = f"\nsaving checkpoint: {folder}/anna-{epoch:06d}.safetensors\n" if epoch else ""
            said += f"{saved}\nepoch {epoch + 1}/{EPOCHS}\n"
        said += f"\r{bar(step)}"
    return said.encode()


def bar(step: int) -> str:
    """The bar of a step, whose loss tells which attempt has printed it."""
    total = STEPS_AN_EPOCH * EPOCHS
    return (
        f"steps: {100 * step // total:3d}%|          | {step}/{total} [00:01<00:01,  1.00it/s, avr_loss=0.{step:02d}]"
    )
