"""``fix``: what can be done about the dataset's problems by itself, told before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.formatting import plain_plural
from wantui.services.fixes import Fixes

if TYPE_CHECKING:
    import argparse

    from wantui.fixes.model import Fix
    from wantui.paths import Workspace
    from wantui.services.annotations import Fixed


def fix(workspace: Workspace, options: argparse.Namespace) -> int:
    """Fix what can be fixed; with ``--dry-run`` only say what would be done."""
    service = Fixes(workspace)
    problems = service.look(options.dataset)
    known = {problem.code for problem in problems}
    unknown = [code for code in options.codes if code not in known]
    if unknown:
        there = f"there are {', '.join(sorted(known))}" if known else "nothing is wrong"
        complain(f"{', '.join(unknown)}: no problem of that code; {there}")
        return BAD_USAGE
    wanted = [problem for problem in problems if not options.codes or problem.code in options.codes]
    found = tuple(service.fixes(wanted).values())
    agreed = [each for each in found if options.yes or not each.asks]
    waiting = [each for each in found if each.asks and not options.yes]
    done = service.fix([] if options.dry_run else agreed)
    if options.json:
        show.document(_document(agreed if options.dry_run else done.done, waiting, done, len(wanted) - len(found)))
    else:
        _show(agreed, waiting, done, len(wanted) - len(found), is_dry=options.dry_run)
    return FAILED if done.left_out else DONE


def _show(agreed: list[Fix], waiting: list[Fix], done: Fixed, without: int, *, is_dry: bool) -> None:
    for each in agreed if is_dry else done.done:
        print(f"{'would ' if is_dry else ''}{each.says}")
    for each, why in done.left_out:
        complain(f"not done: {each.says}: {why}")
    for each in waiting:
        print(f"? {each.says} (with --yes)")
    if without:
        print(f"{plain_plural(without, 'problem')} left to fix by hand; `wantui check` shows them")
    if done.steps:
        print("`wantui captions undo` takes it back")
    elif not agreed and not waiting and not without:
        print("nothing to fix")


def _document(fixes: tuple[Fix, ...] | list[Fix], waiting: list[Fix], done: Fixed, without: int) -> dict[str, Any]:
    rows = [_row(each) for each in fixes]
    return {  # with the names of wantui 0.1, which scripts read
        "fixes": rows,
        "mends": rows,
        "waiting": [_row(each) for each in waiting],
        "left_out": [_row(each) | {"why": why} for each, why in done.left_out],
        "without_fix": without,
        "without_mend": without,
        "steps": [step.number for step in done.steps],
    }


def _row(each: Fix) -> dict[str, Any]:
    problem = each.problem
    return {
        "code": problem.code,
        "path": str(problem.path),
        "line": problem.line,
        "says": each.says,
        "asks": each.asks,
    }
