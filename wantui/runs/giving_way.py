"""Jobs that come last: they run the trainer again and again, and leave their GPU to a job that waits for one."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.jobs.model import JobState
from wantui.jobs.process import descendants
from wantui.supervisor.schedule import NO_FREE_GPU

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.jobs.store import RunStore
    from wantui.trainer.model import TrainerCommand

GIVES_WAY = 75
"""Exit code of a job that has left its GPU to another one (``EX_TEMPFAIL`` of `sysexits.h(3)`)."""
LOOK_S = 2.0
"""How often to look whether another job waits for a GPU."""


class GivesWayError(Exception):
    """Another job waits for a GPU; the message says which."""


def give_way(store: RunStore) -> None:
    """Look whether another job waits for a GPU.

    Raises:
        GivesWayError: one does.
    """
    for run in store.runs():
        for job in run.jobs:
            waits = job.state is JobState.QUEUED and (job.reason or "").startswith(NO_FREE_GPU)
            if waits and not job.spec.comes_last:
                raise GivesWayError(job.id)


def run_command(command: TrainerCommand, store: RunStore) -> int:
    """Run the trainer; its exit code.

    Raises:
        GivesWayError: another job waits for a GPU; the trainer goes on until `end_children`.
        OSError: it cannot be started.
    """
    process = subprocess.Popen(command.argv, cwd=command.cwd, env={**os.environ, **command.env})
    while True:
        try:
            return process.wait(LOOK_S)
        except subprocess.TimeoutExpired:
            give_way(store)


def end_children() -> None:
    """Ask every process that this one has started, and theirs, to end."""
    for pid in descendants(os.getpid()):
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            continue


def run_process(module: str, work: Callable[[Path, str | None], None], failed: str) -> int:
    """The main function of such a job's process; its exit code, `GIVES_WAY` where it has left its GPU to another job.

    Args:
        module: whose main function it is.
        work: does it, for the run in a folder, on a GPU (JSON; None: no device is asked for).
        failed: what is said before the reason of an error.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("--run-folder", type=Path, required=True)
    parser.add_argument("--gpu")
    options = parser.parse_args()
    try:
        work(options.run_folder, options.gpu)
    except GivesWayError as other:
        print(f"\ngives its GPU to {other}, and continues later", flush=True)  # noqa: T201
        end_children()
        return GIVES_WAY
    except (WantuiError, OSError, ValueError) as error:
        print(f"\n{failed}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0
