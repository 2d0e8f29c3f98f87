"""The process of what is done after a run.

    python -m wantui.runs.after.main --run-folder DIR

First the upload, by the verb that a person would use; where that does not end well, nothing more is done. Then it
waits until no other run is under way or waits for its turn, since the command may stop the machine; then the command.
What it prints is read by `wantui.runs.setup_output`.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.jobs.model import JobError, RunKind
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.runs.after.order import AfterOrder
from wantui.runs.setup_output import failure_line, step_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wantui.jobs.model import Run

LOOK_S = 2.0
"""Seconds between two looks at the queue."""
_STEPS = 3


def do(workspace: Workspace, order: AfterOrder, *, pause: Callable[[], None] = lambda: time.sleep(LOOK_S)) -> int:
    """Carry out an order; 1 where something did not go well.

    Args:
        workspace: where.
        order: what to do.
        pause: waits before another look at the queue.
    """
    if order.upload is not None:
        _say(step_line(1, _STEPS, f"upload the release of run {order.run} to {order.upload}"))
        code = subprocess.run(upload_command(workspace, order), check=False).returncode
        if code != 0:
            then = "; the command is not run" if order.command else ""
            _say(failure_line(f"the release of run {order.run} was not uploaded (exit code {code}){then}"))
            return 1
    if not order.command:
        return 0
    told: tuple[int, ...] = ()
    while waiting := under_way(RunStore(workspace).runs()):
        if waiting != told:
            told = waiting
            _say(step_line(2, _STEPS, f"wait for what else is to run: {', '.join(map(str, waiting))}"))
        pause()
    _say(step_line(3, _STEPS, f"run {shlex.join(order.command)}"))
    try:
        code = subprocess.run(order.command, cwd=workspace.root, check=False).returncode
    except OSError as error:
        _say(failure_line(f"{order.command[0]}: {error.strerror}"))
        return 1
    if code != 0:
        _say(failure_line(f"{order.command[0]} ended with exit code {code}"))
    return min(abs(code), 1)


def upload_command(workspace: Workspace, order: AfterOrder) -> tuple[str, ...]:
    """The verb that makes the release, or takes the one that is there, uploads it and compares."""
    public = ("--public",) if order.public else ()
    words = ("--workspace", str(workspace.root), "release", str(order.run), "--upload", str(order.upload), *public)
    return (sys.executable, "-P", "-m", "wantui", *words)


def under_way(runs: Iterable[Run]) -> tuple[int, ...]:
    """The numbers of the runs that a stop of the machine would end or keep from starting.

    Those that a person holds wait for that person, and orders of this kind for one another: none of them counts.
    """
    return tuple(
        run.number
        for run in runs
        if run.kind is not RunKind.AFTER
        and not run.has_ended
        and (not run.held or any(job.state.is_active for job in run.jobs))
    )


def main() -> int:
    """Do what the run in the folder is for."""
    parser = argparse.ArgumentParser(prog="python -m wantui.runs.after.main")
    parser.add_argument("--run-folder", type=Path, required=True)
    folder: Path = parser.parse_args().run_folder
    workspace = Workspace(folder.parents[2])
    try:
        order = AfterOrder.from_document(RunStore(workspace).get(int(folder.name)).settings)
        return do(workspace, order)
    except (JobError, OSError, ValueError) as error:
        _say(failure_line(str(error)))
        return 1


def _say(what: str) -> None:
    print(what, flush=True)  # noqa: T201  goes to its log


if __name__ == "__main__":
    sys.exit(main())
