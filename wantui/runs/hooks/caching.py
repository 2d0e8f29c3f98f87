"""The hook of a cache job: is there anything to encode, and did it come to be?

What is stale, corrupt or orphaned goes to the trash of its folder, and the trainer's ``--skip_existing`` encodes
exactly what is missing then. Success empties the trash; failure puts back what has no successor, so that a caption
that is edited back finds its cache again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.caches import trash
from wantui.caches.model import CacheError, CacheState, CacheStep
from wantui.caches.records import expect, record
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import InterruptedBy, JobKind, RunKind
from wantui.runs import sources
from wantui.runs.dataset_report import source_of
from wantui.runs.hook_context import NAMED, PATIENCE, HookContext
from wantui.runs.training_set import TrainingSet, release_ended

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.caches.model import CacheVerdict
    from wantui.runs.dataset_report import DatasetReport

PRODUCTS = {CacheStep.LATENTS: "latents", CacheStep.TEXT: "text encoder outputs"}


def prepare(case: HookContext, step: CacheStep) -> HookResult:
    """Whether the cache job may start.

    Raises:
        DatasetError, TrainerError: dataset or trainer cannot be read.
        CacheError: what has to go cannot be moved away.
    """
    look = case.look()
    broken = case.in_the_way(look)
    if broken:
        return HookResult(Decision.FAIL, broken)
    if not case.force and not _has_work(look, step):
        return _nothing_to_do(case, look, step)
    if case.gpu is None:
        return HookResult(Decision.GO)
    if trash.restore(look.cache_folders):  # a job that was killed left it; some of it may be what is wanted now
        look = case.look()
    return _make_way(case, look, step)


def _has_work(look: DatasetReport, step: CacheStep) -> bool:
    """Whether there is anything to encode, to remove, or to put back first.

    The trash of a job that was killed holds files of either step: were this one skipped, the next one would put them
    back where nobody looks any more.
    """
    caches = look.caches
    return bool(caches.to_encode(step) or caches.to_remove(step) or trash.is_left(look.cache_folders))


def _make_way(case: HookContext, look: DatasetReport, step: CacheStep) -> HookResult:
    """The folder is ours: note what the job will encode, and move away what it replaces."""
    release_ended(case.workspace)
    own = look.caches.of(step)
    work = [each for each in own if each.item is not None] if case.force else look.caches.to_encode(step)
    sources.note(case.files.sources, look.dataset.items)
    expect(look.dataset, work, look.records, source_of(case.settings, step))
    present = [each for each in own if each.state is not CacheState.MISSING]
    trash.discard(present if case.force else look.caches.to_remove(step))
    if not work:
        trash.empty(look.cache_folders)
        return _nothing_to_do(case, case.look(), step)
    tool = case.trainer
    make = tool.latents_command if step is CacheStep.LATENTS else tool.text_command
    command = make(case.settings, case.gpu, skip_existing=True)
    return HookResult(Decision.GO, argv=command.argv, env=command.env)


def verify(case: HookContext, step: CacheStep, failure: str | None) -> HookResult:
    """Whether every cache that was wanted is there.

    Args:
        case: with the job that has ended.
        step: what it encoded.
        failure: why it failed; None: it ended well.

    Raises:
        DatasetError: the dataset cannot be read.
        CacheError: the trash cannot be emptied or put back.
    """
    before = case.look()
    record(before.dataset, step, before.records, source_of(case.settings, step))
    look = case.look()  # judged with what is known of the new files
    left = look.caches.to_encode(step)
    if failure is None and not case.stopped and case.job.attempt < PATIENCE and _edited(case, look, left):
        trash.restore(look.cache_folders)
        return HookResult(Decision.AGAIN, f"{items(left)}: edited while it was encoded; encoding that too")
    if failure is None and left:
        what = f"{items(left)} still {'has' if len(left) == 1 else 'have'} no current {PRODUCTS[step]}"
        failure = f"the trainer ended well, but {what}"
    if failure is not None or case.stopped:
        trash.restore(look.cache_folders)
        if (again := _interrupted(case)) is not None:
            return again
        return HookResult(Decision.FAIL, failure or "stopped")
    trash.empty(look.cache_folders)
    count = len([each for each in look.caches.of(step) if each.item is not None])
    return HookResult(Decision.GO, f"{count} {_files(count)} current", detaches=_hand_over(case, look))


def _interrupted(case: HookContext) -> HookResult | None:
    """What follows where a scheduler has ended it: what is encoded stays, so another attempt encodes the rest."""
    interruption = case.job.interruption
    if case.stopped or interruption is None:
        return None
    if interruption.by is InterruptedBy.CANCELLED:
        return HookResult(Decision.STOP, interruption.says)
    if interruption.by is InterruptedBy.MEMORY or case.job.attempt >= PATIENCE:
        return None
    return HookResult(Decision.AGAIN, interruption.says, cause=str(interruption.by))


def _edited(case: HookContext, look: DatasetReport, left: Iterable[CacheVerdict]) -> bool:
    """Whether something that a cache is still wanted of was written since this attempt began."""
    wanted = {verdict.item for verdict in left}
    return sources.edited(case.files.sources, (item for item in look.dataset.items if item.name in wanted))


def _nothing_to_do(case: HookContext, look: DatasetReport, step: CacheStep) -> HookResult:
    """Skip the job; caches made by hand are taken on record: what they were made from is known then."""
    record(look.dataset, step, look.records, source_of(case.settings, step))
    count = len([each for each in look.caches.of(step) if each.item is not None])
    return HookResult(Decision.SKIP, f"all {count} {_files(count)} current", detaches=_hand_over(case, look))


def _hand_over(case: HookContext, look: DatasetReport) -> bool:
    """After the last cache job of a training run: take the experts' training set; whether they read it alone."""
    if case.run.kind is not RunKind.TRAIN or case.job.kind is not JobKind.TEXT or not look.all_current:
        return False
    try:
        return TrainingSet.of(case.workspace, case.run).take(look)
    except CacheError:
        return False  # something changed this very moment: the experts' hook sees it, and sends the caches ahead


def items(verdicts: Iterable[CacheVerdict]) -> str:
    """The items of `verdicts`, the first few by name."""
    names = sorted({verdict.item or verdict.path.name for verdict in verdicts})
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more items"


def _files(count: int) -> str:
    return "file is" if count == 1 else "files are"
