"""A night as the recorder leaves it: eight hours of readings of two GPUs, a run of two experts, and what happened."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wantui.history.model import Batch, Event, EventSeverity, KeptGpuReading, ReadUpTo, TrainingPoint
from wantui.history.store import HistoryStore
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore, job_files
from wantui.runs.summary import write_summary
from wantui.trainer.model import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.paths import Workspace

NIGHT_S = 8 * 3600
STEPS = {"high": 9000, "low": 7200}
"""Of each expert; the second one was killed before the end."""
EPOCHS, AN_EPOCH = 90, 100
UNSEEN = 3
"""Warnings and errors of the night."""


def make_night(workspace: Workspace, now: float, *, every_s: int = 1) -> None:
    """Write run 1, which ended a minute before `now`, and the history of the eight hours until then.

    Args:
        workspace: with simulated GPUs.
        now: seconds since 1970.
        every_s: seconds from one reading to the next; the recorder reads each second.
    """
    workspace.create_state()
    began = now - NIGHT_S
    jobs = (_job(workspace, "high", began, now - 60), _job(workspace, "low", began, began + 0.8 * NIGHT_S))
    (workspace.runs / "1").mkdir()
    RunStore(workspace).write(Run(1, RunKind.TRAIN, began, {"trainer_kind": "rehearsal"}, jobs))
    store, places = HistoryStore(workspace), {}
    for job in jobs:
        files, last = job_files(workspace, job), STEPS[str(job.kind)]
        files.log.write_text("epoch 1/90\n", encoding="utf-8")
        places[files.log] = ReadUpTo(files.log, files.log.stat().st_size)
        progress = Progress(step=last, steps=EPOCHS * AN_EPOCH, epoch=last // AN_EPOCH, epochs=EPOCHS, loss=0.0671)
        write_summary(files, progress)
        store.write(Batch(points=[_point(str(job.kind), step, began, now) for step in range(1, last + 1)]))
    readings = [reading for second in range(0, NIGHT_S, every_s) for reading in _readings(int(began) + second)]
    store.write(Batch(gpus=readings, events=[*_events(began, now)], places=places))
    store.close()


def _job(workspace: Workspace, kind: str, began: float, ended: float) -> Job:
    state = JobState.SUCCEEDED if kind == "high" else JobState.FAILED
    spec = JobSpec(JobKind(kind), ("true",), workspace.root)
    reason = None if kind == "high" else "killed, most likely by the kernel for lack of memory"
    return Job(f"1.{kind}", 1, spec, state, began, reason=reason, gpu=0, started=began, ended=ended, exit_code=0)


def _point(kind: str, step: int, began: float, now: float) -> TrainingPoint:
    level = 0.05 + (0.07 if kind == "high" else 0.05) * math.exp(-step / 2500)
    moment = began + (now - 60 - began) * step / STEPS["high"]
    return TrainingPoint(1, kind, step, 1, moment, (step - 1) // AN_EPOCH + 1, level * 1.1, level, 2e-4, 0.3)


def _readings(second: int) -> Iterator[KeptGpuReading]:
    for gpu, kind in enumerate(STEPS):
        use = 90 + second * 7 % 10
        yield KeptGpuReading(second, f"SIM-{gpu}", gpu, "Simulated GPU", use, 29000, 71, 540, f"1.{kind}")


def _events(began: float, now: float) -> Iterator[Event]:
    info, warning, error = EventSeverity.INFO, EventSeverity.WARNING, EventSeverity.ERROR
    for kind in STEPS:
        yield Event(began, info, "job-started", f"1.{kind}", f"1.{kind} has started", {"attempt": 1})
    for part in range(1, 9):
        said = f"1.high has saved anna-{part * 10:06}.safetensors after epoch {part * 10}"
        yield Event(began + part * 3200, info, "checkpoint-saved", "1.high", said, {"epoch": part * 10})
    stopped = began + 0.8 * NIGHT_S
    yield Event(stopped - 900, warning, "stall", "1.low", "1.low has made no step for about 10 min", {"step": 7000})
    said = "1.low failed: killed, most likely by the kernel for lack of memory"
    yield Event(stopped, error, "job-ended", "1.low", said, {"state": "failed", "attempt": 1})
    yield Event(now - 60, error, "run-failed", None, "run 1 has not finished: high succeeded, low failed", {"run": 1})
