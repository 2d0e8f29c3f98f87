"""What ``wantui items`` takes; the actions themselves are imported when one is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui.cli.numbers import positive

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from wantui.paths import Workspace

    Act = Callable[[Workspace, argparse.Namespace], int]
    Add = Callable[[str, str, Act], argparse.ArgumentParser]


def add_actions(add: Add) -> None:
    """Add every action.

    Args:
        add: makes a parser of a name, a sentence and what is done.
    """
    removed = add("trash", "moves items with captions and control media into the trash", _trash)
    removed.add_argument("names", nargs="*", metavar="NAME", help="an item: its name, file name or path")
    removed.add_argument("--filter", metavar="F", help="those that the filter leaves")
    listed = add("trashed", "what lies in the trash", _trashed)
    restored = add("restore", "puts back what lies in the trash, never over another file", _restore)
    restored.add_argument("number", type=int, metavar="N", help="as `wantui items trashed` lists it")
    restored.add_argument("names", nargs="*", metavar="FILE", help="only these files of it")
    imported = add("import", "copies media with the captions beside them into the dataset's folder", _import)
    imported.add_argument("sources", nargs="+", type=Path, metavar="PATH", help="media, and folders of them")
    imported.add_argument(
        "--section", type=int, metavar="N", help="which [[datasets]], from 1 (default: the only one)"
    )
    imported.add_argument("--below", action="store_true", help="also what lies in folders below")
    imported.add_argument(
        "--refuse", action="store_true", help="leave out what has a taken name (default: number it)"
    )
    imported.add_argument("--dry-run", action="store_true", help="say what would be copied and write nothing")
    held = add("hold-out", "never trains on these items: checkpoints are asked for their loss on them", _hold_out)
    held.add_argument("names", nargs="*", metavar="NAME", help="an item: its name, file name or path")
    held.add_argument("--filter", metavar="F", help="those that the filter leaves")
    held.add_argument("--number", type=positive, metavar="N", help="draw N of them, in proportion from each section")
    held.add_argument("--seed", type=int, default=0, metavar="S", help="of the draw (default: 0)")
    held.add_argument("--list", action="store_true", help="say which are held out, and change nothing")
    freed = add("release", "lets held-out items be trained on again", _release)
    freed.add_argument("names", nargs="*", metavar="NAME", help="an item: its name, file name or path")
    freed.add_argument("--filter", metavar="F", help="those that the filter leaves")
    freed.add_argument("--all", action="store_true", help="every held-out item")
    changed = add("changed", "what a step changed, with the texts before and after", _changed)
    changed.add_argument("step", type=int, metavar="STEP", help="as `wantui captions history` lists it")
    settled = add("settle", "keeps the latest step for good, so that undo goes on to the one before", _settle)
    for each in (removed, imported, held, freed):
        each.add_argument("--dataset", type=Path, metavar="T", help="the dataset.toml (default: [run] dataset)")
    for each in (removed, listed, restored, imported, held, freed, changed, settled):
        each.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")


def _trash(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.items import trash  # noqa: PLC0415  not for the other verbs

    return trash(workspace, options)


def _trashed(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.items import trashed  # noqa: PLC0415  as above

    return trashed(workspace, options)


def _restore(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.items import restore  # noqa: PLC0415  as above

    return restore(workspace, options)


def _import(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.items import import_  # noqa: PLC0415  as above

    return import_(workspace, options)


def _hold_out(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.holding_out import hold_out  # noqa: PLC0415  as above

    return hold_out(workspace, options)


def _release(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.holding_out import release  # noqa: PLC0415  as above

    return release(workspace, options)


def _changed(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.items import changed  # noqa: PLC0415  as above

    return changed(workspace, options)


def _settle(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.items import settle  # noqa: PLC0415  as above

    return settle(workspace, options)
