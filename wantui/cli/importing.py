"""``dataset import``: media from elsewhere, copied in with their captions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui import config as configuration
from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.dataset import blueprint
from wantui.workbench.import_plan import ImportPlan, Twin, plan_import
from wantui.workbench.importing import carry_out
from wantui.workbench.journal import Journal

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace


def import_media(workspace: Workspace, options: argparse.Namespace) -> int:
    """Copy media in, or say what would be copied."""
    config = blueprint.load(options.dataset or configuration.load(workspace).run.dataset)
    if not 0 < options.section <= len(config.subsets):
        complain(f"{config.path}: there is no [[datasets]] number {options.section}")
        return BAD_USAGE
    sources = [source.expanduser().absolute() for source in options.sources]
    missing = [source for source in sources if not source.exists()]
    if missing:
        complain(f"{missing[0]}: no such file or folder")
        return BAD_USAGE
    twins = Twin.REFUSE if options.skip_taken else Twin.RENAME
    plan = plan_import(sources, config.subsets[options.section - 1], twins=twins, below=options.below)
    if not options.dry_run and plan.copies:
        workspace.create_state()
        carry_out(Journal(workspace), plan)
    if options.json:
        show.document(_document(plan))
    else:
        _say(plan, is_done=not options.dry_run)
    return DONE if plan.copies else FAILED


def _say(plan: ImportPlan, *, is_done: bool) -> None:
    for collision in plan.collisions:
        goes = f"becomes {collision.target.name}" if collision.target else "is left out"
        print(f"! {collision.source} {goes}: it {collision.why}")
    for path, why in plan.skipped:
        print(f"  {path} {why}")
    captions = show.count(len(plan.copies) - plan.media, "caption")
    done = "imported" if is_done and plan.copies else "to import"
    print(f"{show.count(plan.media, 'item')} with {captions} {done} into {plan.folder}")


def _document(plan: ImportPlan) -> dict[str, Any]:
    return {
        "folder": str(plan.folder),
        "media": plan.media,
        "size": plan.size,
        "copies": [{"source": str(copy.source), "target": str(copy.target)} for copy in plan.copies],
        "collisions": [
            {
                "source": str(collision.source),
                "target": None if collision.target is None else str(collision.target),
                "why": collision.why,
            }
            for collision in plan.collisions
        ],
        "skipped": [{"source": str(path), "why": why} for path, why in plan.skipped],
    }
