"""How long a run would take, told by the pace of an earlier one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from wantui.config.load import parse
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.runs import planned_time as module
from wantui.runs.board import JobView
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.planned_time import planned_time
from wantui.runs.request import RunRequest, settings_for
from wantui.runs.workload import Workload
from wantui.trainer.model import Progress

NOW = 1000.0
SETTINGS = settings_for(parse(Path("/w/wantui.toml"), ""), RunRequest(RunKind.TRAIN, epochs=10))
SPECS = tuple(JobSpec(kind, (), Path("/w")) for kind in (JobKind.HIGH, JobKind.LOW))


def earlier(step_s: float) -> tuple[Run, tuple[JobView, ...]]:
    """A training that has taught how long a step takes."""
    kept = KeptSettings(SETTINGS, force=False, loaded=None).to_document()
    jobs = tuple(Job(f"1.{spec.kind}", 1, spec, JobState.STOPPED, 0.0) for spec in SPECS)
    views = tuple(JobView(job, Progress(step=5, step_s=step_s), Path()) for job in jobs)
    return Run(1, RunKind.TRAIN, 0.0, kept, jobs), views


@pytest.mark.parametrize(("gpus", "seconds"), [([0], 2 * 240.0), ([0, 1], 240.0)])
def test_the_pace_of_the_latest_run_tells(monkeypatch: pytest.MonkeyPatch, gpus: list[int], seconds: float) -> None:
    """12 steps an epoch, 10 epochs, 2 s a step: 240 s for each expert, at once where there are two GPUs."""
    run, views = earlier(2.0)
    assert _planned(monkeypatch, (run,), views, gpus) == seconds


def test_where_nothing_was_trained_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _planned(monkeypatch, (), (), [0]) is None


def _planned(
    monkeypatch: pytest.MonkeyPatch, runs: tuple[Run, ...], views: tuple[JobView, ...], gpus: list[int]
) -> float | None:
    monkeypatch.setattr(module, "workload", lambda _plan: Workload({"high": 12, "low": 12}))
    plan = SimpleNamespace(kind=RunKind.TRAIN, settings=SETTINGS, force=False, loaded=None, jobs=SPECS)
    board = SimpleNamespace(store=SimpleNamespace(runs=lambda: runs), of=lambda _run: views)
    return planned_time(cast("Any", board), cast("Any", plan), gpus, NOW)
