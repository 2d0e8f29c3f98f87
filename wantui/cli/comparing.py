"""``compare``: how two runs differ, in plain words."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import DONE
from wantui.cli.show import UNKNOWN
from wantui.services.runs import Runs

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace
    from wantui.services.comparing import RunsCompared

MOST_CAPTIONS = 10
"""Captions that are told before the rest is counted; ``--json`` has them all."""


def compare(workspace: Workspace, options: argparse.Namespace) -> int:
    """Print differences alone, each value before and after."""
    found = Runs(workspace).compared(options.one, options.other)
    if options.json:
        show.document(_document(found))
    else:
        print_compared(found)
    return DONE


def print_compared(found: RunsCompared) -> None:
    """Print what differs."""
    print(f"run {found.one.run.number} {found.one.suffix} → run {found.other.run.number} {found.other.suffix}")
    if found.differs.settings:
        print("settings")
        show.table([[each.what, f"{each.was} → {each.now}"] for each in found.differs.settings], indent="  ")
    _print_items(found)
    if not found.differs:
        print("the same settings, trainer and items")
    if found.results:
        print("results")
        show.table([[each.what, f"{each.was} → {each.now}"] for each in found.results], indent="  ")
    if found.epochs:
        print("epoch by epoch")
        any(value is not None for each in found.epochs for value in each.held_out)
        columns = 4 if any(value is not None for each in found.epochs for value in each.held_out) else 3
        rows = [[each.expert, str(each.epoch), _pair(each.loss), _pair(each.held_out)] for each in found.epochs]
        rows = [row[:columns] for row in (["expert", "epoch", "loss", "held out"], *rows)]
        show.table(rows, indent="  ")


def _print_items(found: RunsCompared) -> None:
    items = found.differs.items
    if items:
        print(f"items: {items}")
        named = {"added": items.added, "removed": items.removed, "other pixels": items.repixelled}
        named["other size or length"] = items.resized
        show.table([[what, ", ".join(names)] for what, names in named.items() if names], indent="  ")
    for each in found.differs.captions[:MOST_CAPTIONS]:
        print(f"  {each.what}: {each.was}\n    → {each.now}")
    if len(found.differs.captions) > MOST_CAPTIONS:
        print(f"  and {len(found.differs.captions) - MOST_CAPTIONS} more; --json lists them all")


def _pair(values: tuple[float | None, float | None]) -> str:
    was, now = (UNKNOWN if value is None else f"{value:.4f}" for value in values)
    return f"{was} → {now}"


def _document(found: RunsCompared) -> dict[str, Any]:
    changed = {
        name: {each.what: [each.was, each.now] for each in changes}
        for name, changes in (
            ("settings", found.differs.settings),
            ("captions", found.differs.captions),
            ("results", found.results),
        )
    }
    items = {what: list(names) for what, names in asdict(found.differs.items).items()}
    epochs = [
        {"expert": each.expert, "epoch": each.epoch, "loss": list(each.loss), "held_out": list(each.held_out)}
        for each in found.epochs
    ]
    return {"runs": [found.one.run.number, found.other.run.number], **changed, "items": items, "epochs": epochs}
