"""``checkpoints --prune``, ``--restore``, ``--empty-trash`` and ``--inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.asking import agreed
from wantui.cli.errors import BAD_USAGE, DONE, FAILED
from wantui.formatting import file_size, plain_plural
from wantui.services.checkpoints import Checkpoints
from wantui.terminal.foreign_text import clean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from wantui.paths import Workspace
    from wantui.services.annotations import PrunedCheckpoint, PrunePlan
    from wantui.services.checkpoints import Inspected

_LONGEST = 200
"""Characters of a value that are printed; --json has all."""


def prune(workspace: Workspace, options: argparse.Namespace) -> int:
    """Say what goes and what stays, and why, and move it to the trash."""
    service = Checkpoints(workspace)
    named = options.keep if options.keep != () else {each.epoch for each in service.candidates(options.run)}  # all
    plan = service.plan_pruning(options.run, named or ())
    moved: Sequence[PrunedCheckpoint] = () if options.dry_run else service.prune(plan)
    if options.json:
        show.document(_plan_document(plan) | {"moved": [str(each.trash) for each in moved]})
        return DONE
    rows = [[str(each.checkpoint.expert), str(each.checkpoint.epoch), f"stays: {each.why}"] for each in plan.kept]
    rows += [[str(each.expert), str(each.epoch), "to the trash"] for each in plan.pruned]
    show.table([["expert", "epoch", ""], *sorted(rows, key=lambda row: (row[0], int(row[1])))])
    what = f"{plain_plural(len(plan.pruned), 'checkpoint')}, {file_size(plan.bytes)}"
    if options.dry_run or not moved:
        print(f"{what} would go" if plan.pruned else "nothing to prune")
        return DONE
    print(f"{show.GOOD} {what} in {moved[0].trash.parent}")
    print(f"  `wantui checkpoints {plan.run} --restore` brings them back; `--empty-trash` frees the disk")
    return DONE


def restore(workspace: Workspace, options: argparse.Namespace) -> int:
    """Bring back what was pruned."""
    back = Checkpoints(workspace).restore(options.run)
    if options.json:
        show.document([str(each.path) for each in back])
    else:
        print(f"{plain_plural(len(back), 'checkpoint')} restored" if back else "the trash is empty")
    return DONE


def empty_trash(workspace: Workspace, options: argparse.Namespace) -> int:
    """Remove for good what was pruned."""
    service = Checkpoints(workspace)
    there = service.trash(options.run)
    if there and not options.yes:
        if not options.json:
            for each in there:
                print(f"  {each.trash}  {file_size(each.size)}")
        if not agreed(as_json=options.json):
            return BAD_USAGE
    gone = service.empty_trash(options.run)
    if options.json:
        show.document([str(each.path) for each in gone])
    else:
        freed = file_size(sum(each.size for each in gone))
        print(f"{plain_plural(len(gone), 'checkpoint')} removed, {freed} freed" if gone else "the trash is empty")
    return DONE


def inspect(workspace: Workspace, options: argparse.Namespace) -> int:
    """Print what the files of an epoch say about themselves."""
    found = Checkpoints(workspace).inspect(options.run, options.inspect)
    if options.json:
        show.document([_document(each) for each in found])
    else:
        for each in found:
            _print(each)
    return FAILED if any(each.problem for each in found) else DONE


def _print(found: Inspected) -> None:
    print(f"{found.checkpoint.expert}, {found.checkpoint.words}: {found.checkpoint.path}")
    if found.problem is not None:
        print(f"{show.BAD} {found.problem}")
    else:
        types = ", ".join(f"{count} {name}" for name, count in found.types)
        ranks = "/".join(map(str, found.ranks))
        print(f"{show.GOOD} {found.tensors} tensors ({types}), rank {ranks}, {file_size(found.size)}")
    show.table([[f"  {key}", _shortened(value)] for key, value in sorted(found.metadata.items())])


def _shortened(value: str) -> str:
    text = clean(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _plan_document(plan: PrunePlan) -> dict[str, Any]:
    return {
        "run": plan.run,
        "bytes": plan.bytes,
        "pruned": [{"expert": str(each.expert), "epoch": each.epoch, "path": str(each.path)} for each in plan.pruned],
        "kept": [
            {"expert": str(each.checkpoint.expert), "epoch": each.checkpoint.epoch, "why": each.why}
            for each in plan.kept
        ],
    }


def _document(found: Inspected) -> dict[str, Any]:
    return {
        "expert": str(found.checkpoint.expert),
        "epoch": found.checkpoint.epoch if found.checkpoint.average is None else None,
        "average": found.checkpoint.average,
        "path": str(found.checkpoint.path),
        "problem": found.problem,
        "tensors": found.tensors,
        "types": dict(found.types),
        "ranks": list(found.ranks),
        "size": found.size,
        "metadata": found.metadata,
    }
