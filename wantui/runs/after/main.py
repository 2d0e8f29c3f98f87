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
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.jobs.model import JobError, RunKind
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.runs.after.order import AfterOrder
from wantui.runs.setup_output import failure_line, step_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wantui.jobs.model import Run

LOOK_S = 2.0
"""Seconds between two looks at the queue."""
_UPLOADS, _WAITS, _RUNS = "uploads", "waits", "runs the command"
_STEPS_OF_VERB = ("  sends ", "✓ ")
"""How the verb begins the lines of a file that it sends, and of what is done."""
_COMPLAINTS = ("wantui: ", "released, and not uploaded: ")
"""How it begins what went wrong, which a reason does without."""


def do(workspace: Workspace, order: AfterOrder, *, pause: Callable[[], None] = lambda: time.sleep(LOOK_S)) -> int:
    """Carry out an order; 1 where something did not go well.

    Args:
        workspace: where.
        order: what to do.
        pause: waits before another look at the queue.
    """
    steps = (*((_UPLOADS,) if order.upload is not None else ()), *((_WAITS, _RUNS) if order.command else ()))

    def tell(step: str, says: str) -> None:
        _say(step_line(steps.index(step) + 1, len(steps), says))

    if order.upload is not None:
        tell(_UPLOADS, f"upload the release of run {order.run} to {order.upload}")
        code, said = _upload(upload_command(workspace, order), partial(tell, _UPLOADS))
        if code != 0:
            then = "; the command is not run" if order.command else ""
            _say(failure_line(f"not uploaded: {said}{then}"))
            return 1
    if not order.command:
        return 0
    told: tuple[int, ...] = ()
    while waiting := under_way(RunStore(workspace).runs()):
        if waiting != told:
            told = waiting
            tell(_WAITS, f"wait for what else is to run: {', '.join(map(str, waiting))}")
        pause()
    tell(_RUNS, f"run {shlex.join(order.command)}")
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
    words = ["--workspace", str(workspace.root), "release", str(order.run), "--upload", str(order.upload)]
    words += ["--public"] if order.public else []
    given = {"--name": order.name, "--high": order.high, "--low": order.low}
    words += [f"{option}={value}" for option, value in given.items() if value is not None]
    return (sys.executable, "-P", "-m", "wantui", *words)


def _upload(command: Sequence[str], tell: Callable[[str], None]) -> tuple[int, str]:
    """Run the verb, with what it prints in the log; its exit code, and what it has said last.

    Args:
        command: see `upload_command`.
        tell: is told of each file before it is sent, and of what is done.
    """
    said = ""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as verb:
        for line in verb.stdout or ():
            said = line.strip() or said
            if line.startswith(_STEPS_OF_VERB):
                tell(said.removeprefix("✓ "))
            else:
                _say(line.rstrip())
    for beginning in _COMPLAINTS:
        said = said.removeprefix(beginning)
    return verb.returncode, said


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
