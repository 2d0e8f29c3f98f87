"""The demo: a workspace of its own with built-in pictures, and the run in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.jobs.model import RunKind
from wantui.paths import Workspace
from wantui.services.runs import RunRequest, Runs

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.runs.plan import RunPlan


def make(folder: Path, epochs: int | None) -> Workspace:
    """Make the workspace.

    Args:
        folder: which becomes it.
        epochs: that its runs train; None: as many as a demo should.

    Raises:
        OSError: it cannot be written.
    """
    from wantui.demo.workspace import HELD_OUT, ask_what_it_is_worth, create_demo_workspace  # noqa: PLC0415  as asked
    from wantui.services.items import Items  # noqa: PLC0415  the same

    folder.mkdir(parents=True, exist_ok=True)
    made = Workspace(folder.resolve())
    is_new = not made.config_file.exists()
    create_demo_workspace(folder, epochs=epochs)
    if is_new:
        ask_what_it_is_worth(folder)
        items = Items(made)
        items.hold_out([item for item in items.all() if item.name in HELD_OUT])
    return made


def plan(runs: Runs, epochs: int | None) -> RunPlan:
    """Plan its run, which replaces what an earlier one has made."""
    return runs.plan(RunRequest(RunKind.TRAIN, epochs=epochs, replaces=True))
