"""The hook of an expert that has ended: its LoRA file is there and whole, or another attempt follows by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.caches.header import read_header
from wantui.caches.model import CacheError
from wantui.jobs.hook import Decision, HookResult
from wantui.runs import resume
from wantui.runs.memory_choice import next_try, read_choice
from wantui.trainer.attempts import EndedBy, Saved, read_saved
from wantui.trainer.model import GPU_MEMORY, GPU_MEMORY_CAUSE, ExitReason, Expert

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.runs.hook_context import HookContext


def verify(case: HookContext, failure: ExitReason | None) -> HookResult:
    """Whether the last epoch's LoRA file is there and whole; if not, whether another attempt follows by itself."""
    task = resume.task_of(case, case.job.attempt)
    if task is not None:
        case.trainer.collect_left(task)
    saved = read_saved(case.files.saved)
    name = case.settings.output_name(Expert(case.job.kind.value))
    lora = case.settings.output_directory / f"{name}.safetensors"
    is_done = task is None or _is_done(case, saved, lora)
    problem = None if failure is None else failure.says
    if failure is None or (task is not None and is_done):
        problem = _lora_problem(lora) if is_done else f"the trainer ended well, but did not write {lora}"
        if problem is None:
            return HookResult(Decision.GO)
    if case.stopped or saved.ended.get(case.job.attempt) is EndedBy.ASKED:
        return _stopped(case, saved)
    if case.job.interruption is not None:
        return resume.after_interruption(case, case.job.interruption, saved)
    if failure is not None and failure.is_gpu_memory:
        return _out_of_memory(case, saved)
    if failure is not None and failure.is_crash:
        return resume.after_crash(case, failure, saved)
    return HookResult(Decision.FAIL, problem)


def _lora_problem(lora: Path) -> str | None:
    """What is wrong with a LoRA file that should be there; None: nothing."""
    try:
        read_header(lora)
    except (CacheError, OSError) as error:
        return f"the trainer ended well, but {lora} is not there or broken: {error}"
    return None


def _is_done(case: HookContext, saved: Saved, lora: Path) -> bool:
    """Whether this attempt has saved the file of the last epoch."""
    return any(each.path == lora and each.attempt == case.job.attempt for each in saved.files)


def _stopped(case: HookContext, saved: Saved) -> HookResult:
    """How far an expert has come that a person has stopped."""
    state = resume.state_of(case, saved)
    if state is not None:
        of = f"epoch {state.epoch} of {case.settings.epochs}"
        return HookResult(Decision.STOP, f"stopped; {of} is saved, and `wantui resume {case.job.id}` resumes from it")
    reached = saved.last_epoch(case.job.attempt)
    if saved.ended.get(case.job.attempt) is EndedBy.ASKED:
        return HookResult(
            Decision.STOP, f"stopped after epoch {reached} of {case.settings.epochs}; no state was kept"
        )
    return HookResult(Decision.FAIL, "stopped")


def _out_of_memory(case: HookContext, saved: Saved) -> HookResult:
    """Another try with less, or what a person could do."""
    state = resume.state_of(case, saved)
    again = next_try(case, overwrites=not resume.may_begin(saved, state))
    if again is not None:
        return HookResult(Decision.AGAIN, again, cause=GPU_MEMORY_CAUSE)
    choice = read_choice(case.files.memory)
    with_what = f" with {choice.name}" if choice is not None else ""
    if choice is not None and choice.below:
        return HookResult(Decision.FAIL, f'{GPU_MEMORY}{with_what}; set memory = "{choice.below[0]}" in [run]')
    return HookResult(Decision.FAIL, f"{GPU_MEMORY}{with_what}, the leanest way; lower resolution or target_frames")
