"""How long a run would take that nobody has started, by the pace of the latest runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui.jobs.model import Job, JobState, Run
from wantui.runs.board import JobView
from wantui.runs.estimates import play, times_of
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.plan import workload
from wantui.trainer.model import Progress

if TYPE_CHECKING:
    from collections.abc import Collection

    from wantui.runs.board import Board
    from wantui.runs.plan import RunPlan

_NUMBER = 1 << 40
"""Of the run that does not exist; none that does is called so."""


def planned_time(board: Board, plan: RunPlan, gpus: Collection[int], now: float) -> float | None:
    """Seconds that a planned run takes from its start on free GPUs; None where no earlier run tells.

    Args:
        board: of the workspace's runs.
        plan: of the run.
        gpus: indices of the GPUs that it may have.
        now: seconds since 1970.
    """
    settings = KeptSettings(plan.settings, plan.force, plan.loaded).to_document() | workload(plan).to_document()
    jobs = tuple(Job(f"{_NUMBER}.{spec.kind}", _NUMBER, spec, JobState.QUEUED, now) for spec in plan.jobs)
    run = Run(_NUMBER, plan.kind, now, settings, jobs)
    views = tuple(JobView(job, Progress(), Path()) for job in jobs)
    earlier = board.store.runs()
    times = times_of(
        [run], lambda other: views if other is run else board.of(other), reversed(earlier), waiting=(), now=now
    )
    end = play(times, gpus, now)[_NUMBER].end
    return None if end is None else end - now
