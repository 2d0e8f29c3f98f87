"""Runs with steps in a history, the same at each time: what the curves screen is tried on."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.ui.fake import NOON, make_job
from wantui.history.model import Batch, ReadUpTo, TrainingPoint
from wantui.history.store import HistoryStore
from wantui.jobs.model import JobKind, JobState, Run, RunKind
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.attempt_logs import AttemptLog
from wantui.runs.board import JobView
from wantui.services.curves import Curves
from wantui.trainer.attempts import AttemptTask, Saved, SavedFile, SavedKind, StartPoint
from wantui.trainer.model import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.fake import FakeServices

AN_EPOCH = 24
"""Steps."""
STEP_S = 1.9
STATE = {7: JobState.RUNNING}


def point(run: int, kind: str, step: int, *, began: float, has_events: bool = True) -> TrainingPoint:
    """One step of a loss that falls, with noise that is the same at each time."""
    high, fall = (0.118, 560) if kind == "high" else (0.094, 430)
    level = 0.052 + (high - 0.052) * math.exp(-step / fall) + 0.004 * (run % 3)
    noise = 0.011 * math.sin(step * 12.9898 + run) * math.cos(step * 78.233 + len(kind))
    pause = 5400.0 if step > 20 * AN_EPOCH and kind == "high" and run == 7 else 0.0
    warm = min(1.0, step / 40)
    is_wrong = run == 7 and kind == "low" and 300 <= step < 312
    return TrainingPoint(
        run, kind, step, 2 if pause else 1, began + step * STEP_S + pause, (step - 1) // AN_EPOCH + 1,
        level + noise if has_events and not is_wrong else None,
        None if is_wrong else level + noise / 12,
        2e-4 * warm * (0.5 + 0.5 * math.cos(math.pi * step / 2400)) if has_events else None,
        0.3 + 0.2 * abs(noise) * 40 if has_events and kind == "high" else None,
    )  # fmt: skip


def keep(workspace: Workspace, points: list[TrainingPoint], logs: list[Path]) -> None:
    """Write points, as the recorder does that has read the logs."""
    store = HistoryStore(workspace)
    store.write(Batch(points=points, places={path: ReadUpTo(path, 1 << 40) for path in logs}))
    store.close()


def view_of(workspace: Workspace, run: int, kind: JobKind, steps: int) -> JobView:
    """An expert of a run."""
    state = STATE.get(run, JobState.SUCCEEDED)
    job = make_job(kind, state, run=run, gpu=0, started=NOON - 6000)
    path = job_files(workspace, job).log
    start = StartPoint(20, 20 * AN_EPOCH, workspace.root / "state", AN_EPOCH)
    logs = [AttemptLog(1, path, (), None, "musubi")]
    if run == 7 and kind is JobKind.HIGH:
        own = workspace.root / "own"
        task = AttemptTask(job.id, 2, path, path, "", "anna", own, own, 100, 1, start)
        logs.append(AttemptLog(2, path, ("attempt 2",), task, "musubi"))
    whole = 2400 if run == 7 else steps
    progress = Progress(step=steps, steps=whole, epoch=steps // AN_EPOCH, epochs=whole // AN_EPOCH, loss=0.06)
    return JobView(job, progress, path, logs=tuple(logs))


def keep_runs(services: FakeServices, folder: Path, *, has_events: bool = True) -> Workspace:
    """Run 7, which trains, and runs 5 and 4, which have ended, in a workspace in this folder."""
    workspace = Workspace(folder / "kept")
    workspace.root.mkdir()
    workspace.create_state()
    views: list[JobView] = []
    for run, steps in ((4, 2400), (5, 1900), (7, 1536)):
        mine = [view_of(workspace, run, JobKind.HIGH, steps), view_of(workspace, run, JobKind.LOW, steps - 24)]
        for view in mine:
            view.log.parent.mkdir(parents=True, exist_ok=True)
            view.log.write_text("")
            saved = [save(folder, view, epoch) for epoch in range(20, steps // AN_EPOCH + 1, 20)]
            Saved(tuple(saved)).write(job_files(workspace, view.job).saved)
        points = [
            point(run, str(view.job.kind), step, began=NOON - 6000 - 90000 * (7 - run), has_events=has_events)
            for view in mine
            for step in range(1, (view.progress.step or 0) + 1)
        ]
        keep(workspace, points, [view.log for view in mine])
        record = Run(
            run,
            RunKind.TRAIN,
            NOON - 90000 * (8 - run),
            {"run": {"suffix": f"anna-r{8 * run}"}},
            tuple(view.job for view in mine),
        )
        RunStore(workspace).write(record)
        views += mine
    services.job_views = tuple(views)
    services.curves = Curves(workspace)
    return workspace


def save(folder: Path, view: JobView, epoch: int) -> SavedFile:
    """A LoRA file of an epoch."""
    path = folder / f"{view.job.id}-{epoch:06}.safetensors"
    path.write_bytes(b"")
    return SavedFile(path, SavedKind.LORA, epoch, epoch * AN_EPOCH, 1)


def more(services: FakeServices, workspace: Workspace, steps: int) -> None:
    """Run 7 makes more steps."""
    services.job_views = tuple(
        _further(workspace, view, steps) if view.job.run == 7 else view for view in services.job_views
    )


def _further(workspace: Workspace, view: JobView, steps: int) -> JobView:
    last, kind = view.progress.step or 0, str(view.job.kind)
    told = [point(7, kind, step, began=NOON - 6000) for step in range(last + 1, last + steps + 1)]
    keep(workspace, told, [view.log])
    return replace(view, progress=replace(view.progress, step=last + steps))
