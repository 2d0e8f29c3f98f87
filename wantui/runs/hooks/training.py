"""The hook of an expert that is to start: every item proved current at this moment, or the caches go first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.caches.model import CacheStep
from wantui.dataset.model import DatasetError
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobKind
from wantui.jobs.store import run_folder
from wantui.runs import resume
from wantui.runs.free_port import free_port
from wantui.runs.hook_context import PATIENCE
from wantui.runs.hooks.caching import PRODUCTS, items
from wantui.runs.memory_choice import settle
from wantui.runs.output_names import make_way, make_way_beyond
from wantui.runs.training_set import TrainingSet
from wantui.trainer.attempts import StartPoint, read_saved
from wantui.trainer.model import Expert

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
