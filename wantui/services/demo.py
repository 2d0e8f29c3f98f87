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
    from wantui.demo.workspace import create_demo_workspace  # noqa: PLC0415  when it is asked for

    folder.mkdir(parents=True, exist_ok=True)
    create_demo_workspace(folder, epochs=epochs)
    return Workspace(folder.resolve())


def plan(runs: Runs, epochs: int | None) -> RunPlan:
    """Plan its run, which replaces what an earlier one has made."""
    return runs.plan(RunRequest(RunKind.TRAIN, epochs=epochs, replaces=True))
