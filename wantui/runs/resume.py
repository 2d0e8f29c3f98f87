"""Where an attempt at a training begins, what it is told to save, and whether another one follows by itself."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.jobs.fields import FieldError
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import InterruptedBy
from wantui.jobs.store import job_files
from wantui.runs.summary import read_summary, summarise
from wantui.trainer.attempts import AttemptPlace, AttemptTask, Saved, SavedFile, SavedKind, StartPoint, read_saved
from wantui.trainer.model import ExitReason, Expert

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.jobs.model import Interruption, Job, Run
    from wantui.paths import Workspace
    from wantui.runs.hook_context import HookContext
    from wantui.trainer.protocol import Trainer

FIRST_PAUSE_S = 15.0
"""Seconds before the first attempt after a crash; before each further one four times as long."""
LONGEST_PAUSE_S = 1800.0
PAUSE_VARIABLE = "WANTUI_RETRY_PAUSE_S"
"""Sets another first pause, in the environment of the supervisor."""
CRASH = "crash: "
"""Begins the cause of an attempt that crashed."""


def read_task(path: Path) -> AttemptTask | None:
    """The task of an attempt; None where it has none: it has not begun, or an older wantui started it."""
    try:
        return AttemptTask.from_document(reading.read_json(path))
    except (OSError, FieldError, ValueError):
        return None


def task_of(case: HookContext, attempt: int) -> AttemptTask | None:
    """The task of an attempt at the job of a hook; None where it has none that says what its run says.

    What it tells to move and to remove is done, so a record that was written by somebody else is none. The job's list
    and run record are where the workspace is now.
    """
    files = job_files(case.workspace, replace(case.job, attempt=attempt))
    task = read_task(files.attempt)
    if task is None:
        return None
    expected = _expected(case, Expert(case.job.kind.value), attempt, task.start)
    same = (task.name, task.folder, task.output_folder) == (expected.name, expected.folder, expected.output_folder)
    return replace(task, saved=expected.saved, run_record=expected.run_record) if same else None


def owner(run: Run, job: Job) -> str:
    """What the states of a job are marked with."""
    return f"{job.id} {run.created}"


def whole_state(saved: Saved, tool: Trainer, whose: str, epochs: int | None = None) -> SavedFile | None:
    """The newest state that is whole and the job's own; None where there is none.

    Args:
        saved: by the job.
        tool: the trainer of its run.
        whose: `owner` of the job.
        epochs: in all; at a state of the last one nothing is left to train, so it does not count. None: all count.
    """
    states = (each for each in reversed(saved.states) if epochs is None or (each.epoch or 0) < epochs)
    return next((each for each in states if tool.state_problem(each.path, whose) is None), None)


def state_of(case: HookContext, saved: Saved) -> SavedFile | None:
    """The newest state that the job of a hook can go on from; None where there is none."""
    epochs = case.trainer.epochs(case.settings, Expert(case.job.kind.value))
    return None if epochs is None else whole_state(saved, case.trainer, owner(case.run, case.job), epochs)


def start_point(workspace: Workspace, run: Run, job: Job, tool: Trainer, epochs: int) -> StartPoint:
    """Where the next attempt at a job of so many epochs begins: at the newest whole state, or with nothing."""
    state = whole_state(read_saved(job_files(workspace, job).saved), tool, owner(run, job), epochs)
    if state is None or state.epoch is None:
        return StartPoint()
    step, steps_an_epoch = _steps(workspace, job, tool.kind, state)
    return StartPoint(state.epoch, step, state.path, steps_an_epoch, tool.counts_on(state.path))


def _steps(workspace: Workspace, job: Job, trainer_kind: str, state: SavedFile) -> tuple[int, int | None]:
    """Steps done at a state, and steps of an epoch, by what the attempt that saved it has printed."""
    saving = replace(job, attempt=state.attempt)
    files = job_files(workspace, saving)
    start = StartPoint() if (task := read_task(files.attempt)) is None else task.start
    progress = read_summary(files) or summarise(saving, files, trainer_kind)
    if progress.steps is None or not progress.epochs:
        return state.step or 0, start.steps_an_epoch
    steps_an_epoch = progress.steps // progress.epochs
    return start.step + ((state.epoch or 0) - start.epoch) * steps_an_epoch, steps_an_epoch


def begin(case: HookContext, expert: Expert, start: StartPoint) -> AttemptTask:
    """Settle what an attempt that starts now is to save, make its folder, and keep that.

    Raises:
        OSError: the folder cannot be made.
    """
    task = _expected(case, expert, case.job.attempt, start)
    task.folder.mkdir(parents=True, exist_ok=True)
    atomic.write_json(case.files.attempt, task.to_document())
    return task


def _expected(case: HookContext, expert: Expert, attempt: int, start: StartPoint) -> AttemptTask:
    """The task of an attempt by the settings of its run."""
    files = job_files(case.workspace, replace(case.job, attempt=attempt))
    record, whose = files.saved.with_name("run.json"), owner(case.run, case.job)
    place = AttemptPlace(case.job.id, attempt, files.saved, record, whose, events=files.events)
    return case.trainer.attempt_task(case.settings, expert, place, start)


def collect_left(case: HookContext, up_to: int) -> None:
    """Move what attempts whose collectors were killed have saved to its place.

    Raises:
        OSError: the disk refuses something.
    """
    for attempt in range(1, up_to + 1):
        task = task_of(case, attempt)
        if task is not None and os.path.lexists(task.folder):
            case.trainer.collect_left(task)


def beyond(saved: Saved, start: StartPoint, output: Path) -> tuple[Path, ...]:
    """What lies in `output` of epochs and steps after `start`: an attempt trains and saves them once more."""
    files = (*saved.existing(SavedKind.LORA), *saved.existing(SavedKind.STATE))
    return tuple(
        each.path
        for each in files
        if each.path.parent == output
        and (each.epoch > start.epoch if each.epoch is not None else (each.step or 0) > start.step)
    )


def may_begin(saved: Saved, state: SavedFile | None) -> bool:
    """Whether another attempt overwrites nothing: it goes on from a state, or nothing has been saved yet."""
    return state is not None or not saved.existing(SavedKind.LORA)


def after_crash(case: HookContext, failure: ExitReason, saved: Saved) -> HookResult:
    """Another attempt after a crash, if the run allows one and it may go better."""
    cause = CRASH + failure.says
    crashes = 0
    for past in reversed(case.job.past):
        if past.cause is None:
            break  # a person started over after it
        crashes += past.cause.startswith(CRASH)
    if crashes >= case.settings.retries:
        tried = f"; tried again {crashes} {'time' if crashes == 1 else 'times'} by itself" if crashes else ""
        return HookResult(Decision.FAIL, failure.says + tried)
    before = case.job.past[-1].cause if case.job.past else None
    if cause == before and not _has_gone_on(case, saved):
        return HookResult(Decision.FAIL, f"{failure.says}; twice, and nothing was saved in between")
    if not may_begin(saved, state_of(case, saved)):
        says = "no complete state is left to resume from (keep_states in [run])"
        return HookResult(Decision.FAIL, f"{failure.says}; {says}")
    pause = min(first_pause() * 4.0**crashes, LONGEST_PAUSE_S)
    return HookResult(Decision.AGAIN, failure.says, cause=cause, pause_s=pause)


def after_interruption(case: HookContext, interruption: Interruption, saved: Saved) -> HookResult:
    """What follows on an end from outside: a person's ends it; a limit's, and a more urgent job's, do not count."""
    says, state = interruption.says, state_of(case, saved)
    if interruption.by is InterruptedBy.CANCELLED:
        if state is None:
            return HookResult(Decision.STOP, f"{says}; nothing was saved to resume from")
        of = f"epoch {state.epoch} of {case.settings.epochs}"
        return HookResult(Decision.STOP, f"{says}; {of} is saved, and `wantui resume {case.job.id}` resumes from it")
    if interruption.by in (InterruptedBy.NODE, InterruptedBy.MEMORY):
        return after_crash(case, ExitReason(says, is_crash=True), saved)
    if not may_begin(saved, state):
        return HookResult(Decision.FAIL, f"{says}; no complete state is left to resume from (keep_states in [run])")
    if interruption.by is InterruptedBy.TIME_LIMIT and not _has_gone_on(case, saved):
        cure = "raise time in [machines.slurm], or save more often (save_every in [run])"
        return HookResult(Decision.FAIL, f"{says} before an epoch was saved to resume from; {cure}")
    return HookResult(Decision.AGAIN, says, cause=str(interruption.by))


def first_pause() -> float:
    """Seconds before the first attempt after a crash."""
    with suppress(KeyError, ValueError):
        return max(0.0, float(os.environ[PAUSE_VARIABLE]))
    return FIRST_PAUSE_S


def _has_gone_on(case: HookContext, saved: Saved) -> bool:
    """Whether this attempt has saved an epoch that it can be resumed from."""
    return any(each.attempt == case.job.attempt for each in saved.states)
