"""The hook of an expert: every item proved current at this moment, or the caches go first; then its LoRA file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.caches.header import read_header
from wantui.caches.model import CacheError, CacheStep
from wantui.dataset.model import DatasetError
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobKind
from wantui.jobs.store import run_folder
from wantui.runs import resume
from wantui.runs.free_port import free_port
from wantui.runs.hook_context import PATIENCE
from wantui.runs.hooks.caching import PRODUCTS, items
from wantui.runs.memory_choice import next_try, read_choice, settle
from wantui.runs.output_names import make_way, make_way_beyond
from wantui.runs.training_set import TrainingSet
from wantui.trainer.attempts import EndedBy, Saved, StartPoint, read_saved
from wantui.trainer.model import GPU_MEMORY, GPU_MEMORY_CAUSE, ExitReason, Expert

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.runs.dataset_report import DatasetReport
    from wantui.runs.hook_context import HookContext


CANNOT_HOLD_OUT = (
    "nothing can be linked here (other file system, or brackets in the path), so the trainer reads the cache folders "
    "themselves, held-out items with them; move workspace and caches, or `wantui items release --all`"
)


def prepare(case: HookContext) -> HookResult:
    """Whether the expert may start, and on what.

    Raises:
        DatasetError, TrainerError: dataset or trainer cannot be read, and it needs that.
        GpuError, OSError: a folder that it needs cannot be written.
    """
    training_set = TrainingSet.of(case.workspace, case.run)
    in_the_way = _in_the_way(case, training_set)
    if in_the_way is not None:
        return in_the_way
    expert = Expert(case.job.kind.value)
    begins = _begins(case, expert)
    if isinstance(begins, HookResult):
        return begins
    training_set.begin()
    note_trainer(case)
    settings = replace(case.settings, dataset=training_set.dataset) if case.job.detached else case.settings
    settings = settle(case, settings, expert)
    task = resume.begin(case, expert, begins)
    command = case.trainer.training_command(settings, expert, case.gpu, free_port(), task)
    launcher = case.trainer.collector(case.files.attempt)
    return HookResult(Decision.GO, argv=command.argv, env=command.env, launcher=launcher)


def _begins(case: HookContext, expert: Expert) -> StartPoint | HookResult:
    """Where the attempt begins, with the way made free for what it saves; or why it must not."""
    resume.collect_left(case, case.job.attempt - 1)
    start = StartPoint()
    epochs = case.trainer.epochs(case.settings, expert)
    if epochs is not None and not case.job.replaces:
        start = resume.start_point(case.workspace, case.run, case.job, case.trainer, epochs)
    if start.state is None:
        refusal = make_way(case, case.settings, expert)
    else:
        again = resume.beyond(read_saved(case.files.saved), start, case.settings.output_directory)
        refusal = make_way_beyond(case, expert, again)
    return start if refusal is None else HookResult(Decision.FAIL, refusal)


def _in_the_way(case: HookContext, training_set: TrainingSet) -> HookResult | None:
    """What keeps the expert from starting on its training set; None: nothing does.

    Once an expert of the run has begun, all that the others need is kept with the run: the dataset is not read again,
    whatever has become of it.
    """
    if not case.job.detached:
        return _in_the_way_of_folders(case, training_set)
    broken = case.in_the_way(None)
    if broken is not None:
        return HookResult(Decision.FAIL, broken)
    changed = None if training_set.has_begun else _changed_since_taken(case, training_set)
    if changed is not None:
        return _caches_first(case, changed)
    if damaged := training_set.broken():
        instead = f"`wantui resume {case.job.id} --present-captions` encodes what the captions say now"
        return HookResult(Decision.FAIL, f"{damaged[0]}: damaged since the run began; {instead}")
    return None


def _in_the_way_of_folders(case: HookContext, training_set: TrainingSet) -> HookResult | None:
    """The same for an expert that reads the cache folders themselves."""
    look = case.look()
    broken = case.in_the_way(look)
    if broken is not None:
        return HookResult(Decision.FAIL, broken)
    if not look.all_clean:
        return _caches_first(case, _stale(look))
    if look.held_out:
        return HookResult(Decision.FAIL, CANNOT_HOLD_OUT)
    training_set.note_items(look)
    return None


def _changed_since_taken(case: HookContext, training_set: TrainingSet) -> str | None:
    """How the dataset differs from the training set that nobody has trained on yet; None: it does not.

    Nor does a dataset that is broken or gone at this moment, somebody being at work on it: what was proved is whole.
    """
    try:
        look = case.look()
    except DatasetError as error:
        broken = str(error)
    else:
        if not look.errors:
            return _what_changed(case, look, training_set)
        broken = f"{look.errors[0].path}: {look.errors[0].message}"
    with case.files.log.open("a", encoding="utf-8") as log:
        log.write(f"WARNING:wantui:{broken}; this run trains on what it had proved before\n")
    return None


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


def _what_changed(case: HookContext, look: DatasetReport, training_set: TrainingSet) -> str | None:
    """What became stale between the last cache job and now."""
    if not look.all_current:
        return _stale(look)
    difference = training_set.changed_since(case.workspace, look.dataset)
    if difference is None or difference:
        return str(difference) if difference else "the list of what to train on is gone"
    damaged = training_set.broken()
    return f"{damaged[0]} is damaged" if damaged else None


def _caches_first(case: HookContext, why: str) -> HookResult:
    text = case.run.job(JobKind.TEXT)
    if text is None or text.attempt - case.job.attempt >= PATIENCE:
        return HookResult(
            Decision.FAIL, f"{why}; the caches were made {PATIENCE} times and never held until the start"
        )
    return HookResult(Decision.AGAIN, f"{why}; encoding that first")


def _stale(look: DatasetReport) -> str:
    for step in CacheStep:
        work = look.caches.to_encode(step)
        if work:
            reasons = ", ".join(sorted({verdict.why or str(verdict.state) for verdict in work}))
            return f"{items(work)}: {PRODUCTS[step]} not current ({reasons})"
    orphans = [verdict.path.name for step in CacheStep for verdict in look.caches.to_remove(step)]
    return f"{orphans[0]} in the cache folder belongs to no item" if orphans else "caches not current"


def note_trainer(case: HookContext) -> None:
    """Keep which trainer the run was trained with."""
    version = case.trainer.version(case.settings)
    atomic.write_json(_about(case.workspace, case.run.number), {"trainer": version})


def trained_with(workspace: Workspace, number: int) -> str | None:
    """The trainer and its commit that run `number` was trained with; None before it started."""
    try:
        return str(reading.read_json(_about(workspace, number))["trainer"])
    except (FileNotFoundError, reading.NotAFileError, ValueError, KeyError, TypeError):
        return None


def _about(workspace: Workspace, number: int) -> Path:
    return run_folder(workspace, number) / "about.json"
