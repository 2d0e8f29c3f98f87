"""``items``: remove and restore them, import others, and look at what was changed, from scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.formatting import file_size, moment, plain_plural
from wantui.journal.changes import Moved
from wantui.journal.errors import JournalError
from wantui.services.captions import Captions
from wantui.services.importing import Importing
from wantui.services.items import Items

if TYPE_CHECKING:
    import argparse

    from wantui.dataset.model import DatasetConfig, Subset
    from wantui.journal.changes import Kept, Step
    from wantui.paths import Workspace
    from wantui.services.annotations import ImportPlan, Trashed


def trash(workspace: Workspace, options: argparse.Namespace) -> int:
    """Move items into the trash."""
    if not options.names and options.filter is None:
        complain("name the items to remove, or use --filter")
        return BAD_USAGE
    found = Items(workspace, options.dataset, complain).chosen(options.filter or "")
    items = [found.item(name) for name in options.names] or [row.item for row in found.rows]
    if not items:
        complain("the filter leaves no item")
        return FAILED
    step = Captions(workspace).trash_of(found.dataset, items)
    return _say(step, f"{step.what}: in the trash; `wantui captions undo` undoes it", options)


def trashed(workspace: Workspace, options: argparse.Namespace) -> int:
    """List what lies in the trash."""
    found = Captions(workspace).trashed()
    if options.json:
        show.document([_trashed_document(each) for each in found])
    elif not found:
        print("the trash is empty")
    else:
        show.table([[str(each.number), moment(each.when), each.what] for each in found])
    return DONE


def restore(workspace: Workspace, options: argparse.Namespace) -> int:
    """Put back what lies in the trash."""
    step = Captions(workspace).restore(options.number, options.names or None)
    return _say(step, f"{step.what}: done; `wantui captions undo` undoes it", options)


def import_(workspace: Workspace, options: argparse.Namespace) -> int:
    """Copy media with their captions into the dataset's folder."""
    service = Importing(workspace, options.dataset)
    subset = _subset(service.dataset(), options.section)
    sources = [path.expanduser().absolute() for path in options.sources]
    plan = service.plan_all(sources, subset, refuses=options.refuse, below=options.below)
    step = None
    if plan.copies and not options.dry_run:
        step = service.copy(plan)
    if options.json:
        show.document(_plan_document(plan, step))
    else:
        _show_plan(plan)
        done = "imported; `wantui captions undo` undoes it" if step else "to import; nothing was written"
        print(f"{plain_plural(plan.media, 'image or clip', 'images or clips')} ({file_size(plan.size)}) {done}")
    refused = any(collision.target is None for collision in plan.collisions)
    return FAILED if refused or not plan.copies else DONE


def changed(workspace: Workspace, options: argparse.Namespace) -> int:
    """What a step changed, with the texts before and after."""
    step = Captions(workspace).step(options.step)
    if step is None:
        complain(f"there is no step {options.step}; `wantui captions history` lists them")
        return FAILED
    if options.json:
        show.document({"step": step.number, "what": step.what, "changes": [_change(each) for each in step.changes]})
        return DONE
    print(f"step {step.number}, {moment(step.when)}: {step.what}")
    for change in step.changes:
        if isinstance(change, Moved):
            print(f"{change.source} → {change.target}")
        else:
            print(change.path)
            _show_text("-", change.removed)
            _show_text("+", change.inserted)
    return DONE


def settle(workspace: Workspace, options: argparse.Namespace) -> int:
    """Keep the latest step for good."""
    step = Captions(workspace).settle()
    if step is None:
        complain("there is no step to keep")
        return FAILED
    return _say(step, f"step {step.number} ({step.what}) stays; undo goes on to the one before", options)


def _subset(config: DatasetConfig, section: int | None) -> Subset:
    """The ``[[datasets]]`` that gets the media: the one asked for, else the only one."""
    if section is None and len(config.subsets) > 1:
        raise JournalError(f"{config.path}: has {len(config.subsets)} [[datasets]]; choose one with --section")
    index = 0 if section is None else section - 1
    if not 0 <= index < len(config.subsets):
        raise JournalError(f"{config.path}: has no [[datasets]] number {index + 1}")
    return config.subsets[index]


def _say(step: Step, text: str, options: argparse.Namespace) -> int:
    if options.json:
        show.document({"step": step.number, "what": step.what, "files": len(step.changes)})
    else:
        print(text)
    return DONE


def _show_plan(plan: ImportPlan) -> None:
    for collision in plan.collisions:
        becomes = "left out" if collision.target is None else f"becomes {collision.target.name}"
        print(f"! {collision.source} {collision.why}: {becomes}")
    for path, why in plan.skipped:
        print(f"- {path} {why}")


def _show_text(mark: str, text: bytes) -> None:
    for line in text.decode("utf-8", "backslashreplace").splitlines():
        print(f"  {mark} {line}")


def _trashed_document(found: Trashed) -> dict[str, Any]:
    return {
        "number": found.number,
        "what": found.what,
        "when": found.when,
        "files": [{"name": file.name, "from": str(file.origin)} for file in found.files],
        "lines": [{"jsonl": str(each.jsonl), "line": each.line} for each in found.lines],
    }


def _plan_document(plan: ImportPlan, step: Step | None) -> dict[str, Any]:
    return {
        "step": None if step is None else step.number,
        "folder": str(plan.folder),
        "media": plan.media,
        "bytes": plan.size,
        "copies": [{"from": str(copy.source), "to": str(copy.target)} for copy in plan.copies],
        "collisions": [
            {"from": str(each.source), "to": None if each.target is None else str(each.target), "why": each.why}
            for each in plan.collisions
        ],
        "skipped": [{"path": str(path), "why": why} for path, why in plan.skipped],
    }


def _change(change: Kept) -> dict[str, Any]:
    if isinstance(change, Moved):
        return {"from": str(change.source), "to": str(change.target)}
    return {
        "path": str(change.path),
        "offset": change.offset,
        "removed": change.removed.decode("utf-8", "backslashreplace"),
        "inserted": change.inserted.decode("utf-8", "backslashreplace"),
    }
