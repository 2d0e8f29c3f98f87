"""The process that averages checkpoints: by the trainer's own script, into a file that is renamed when it is whole.

    python -m wantui.runs.averaging.main --run-folder DIR

A retry passes over what exists.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from wantui import atomic
from wantui.caches.header import CorruptError, read_header
from wantui.errors import ConflictError
from wantui.formatting import file_size, plain_plural
from wantui.jobs.model import JobError, JobKind
from wantui.jobs.shown import shown_argv
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.runs.averaging.checking import check, difference
from wantui.runs.averaging.order import AverageOrder
from wantui.runs.counted_output import counted_line
from wantui.runs.giving_way import run_process
from wantui.runs.kept_settings import settings_of_job
from wantui.runs.probing.averages import Averages
from wantui.trainer.averages import AverageTask
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import TrainerError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.jobs.model import Run
    from wantui.runs.averaging.order import WantedAverage


def average(workspace: Workspace, number: int) -> None:
    """Make the averages that the run of a number is for, where they are not there yet.

    Raises:
        WantuiError: a checkpoint is not what it was, or the trainer fails.
        OSError: the disk refuses something.
    """
    store = RunStore(workspace)
    order = AverageOrder.from_document(store.get(number).settings)
    left = order.left(workspace)
    for each in left:
        check(each.sources)
    _say(f"{plain_plural(len(left), 'average')} to make")
    begun = time.monotonic()
    for done, each in enumerate(left, 1):
        written = each.temporary(number)
        written.unlink(missing_ok=True)
        try:
            _run_trainer(store.get(order.run), each, written)
            _require_whole(each, written)
            _put(Averages(workspace, order.run), each, written)
        finally:
            written.unlink(missing_ok=True)
        size = file_size(each.target.stat().st_size)
        _say("\n" + counted_line(done, len(left), time.monotonic() - begun, f"{each.target}, {size}"))


def _run_trainer(run: Run, wanted: WantedAverage, written: Path) -> None:
    job = run.job(JobKind(wanted.average.expert))
    if job is None:
        raise JobError(f"run {run.number} does not train {wanted.average.expert}")
    settings = settings_of_job(run, job)
    task = AverageTask(tuple(each.path for each in wanted.sources), wanted.average.decay, written)
    command = trainer(settings.trainer_kind).average_command(settings, task)
    _say(f"\n$ {shlex.join(shown_argv(command.argv))}")
    done = subprocess.run(command.argv, cwd=command.cwd, env={**os.environ, **command.env}, check=False)
    if done.returncode != 0:
        raise TrainerError(f"the trainer's script ended with exit code {done.returncode}")


def _require_whole(wanted: WantedAverage, written: Path) -> None:
    """See that the trainer has written what it should.

    Raises:
        TrainerError: it has not.
    """
    first = wanted.sources[0].path
    try:
        problem = difference(read_header(written), read_header(first), first.name)
    except FileNotFoundError:
        problem = "the trainer has not written it"
    except CorruptError as error:
        problem = str(error)
    if problem is not None:
        raise TrainerError(f"{wanted.target}: {problem}")


def _put(kept: Averages, wanted: WantedAverage, written: Path) -> None:
    """Give a whole file its name, recorded before, so that it can always be found.

    Raises:
        ConflictError: something else has that name by now.
    """
    with written.open("rb") as file:
        os.fsync(file.fileno())
    kept.keep(wanted.average)
    try:
        atomic.rename_new(written, wanted.target)
    except FileExistsError as error:
        kept.forget(wanted.target)
        raise ConflictError(f"{wanted.target} exists by now, and was left as it is") from error


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _average(folder: Path, gpu: str | None) -> None:  # noqa: ARG001  it takes none
    average(Workspace(folder.parents[2]), int(folder.name))


if __name__ == "__main__":
    sys.exit(run_process("wantui.runs.averaging.main", _average, "not averaged"))
