"""How a run stands as a whole: what the top line says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.jobs.model import EXPERT_KINDS, JobKind, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.services.annotations import JobView


@dataclass(frozen=True, slots=True)
class RunStatus:
    """One run at one moment."""

    run: int
    """Of a probe or a sample job the one that it is about."""
    state: JobState
    """What a person wants to know first of it."""
    percent: int | None = None
    """Of the optimizer steps of its experts, without those that ended badly; of a cache run, of its files. None:
    nothing can be said yet."""
    left_s: float | None = None
    """Seconds until its last job ends, as far as can be told."""
    doing: str | None = None
    """What it does while no expert trains: ``latents``, ``text``."""


def current_run(jobs: Sequence[JobView]) -> int | None:
    """The run to look at: the one that has a live job, else the next that waits, else the newest.

    What follows a run is not looked at in its place: a failed upload is no failed run.
    """
    jobs = [view for view in jobs if view.job.kind is not JobKind.AFTER] or jobs
    live = [view.job.run for view in jobs if view.job.state.is_active]
    waiting = [view.job.run for view in jobs if view.job.state is JobState.QUEUED]
    if live:
        return max(live)
    if waiting:
        return min(waiting)
    runs = {view.job.run for view in jobs}
    return max((view.home if view.home in runs else view.job.run for view in jobs), default=None)


def standing(jobs: Sequence[JobView]) -> RunStatus | None:
    """How the current run stands; None where there is none."""
    number = current_run(jobs)
    if number is None:
        return None
    return status_of([view for view in jobs if view.job.run == number])


def status_of(mine: Sequence[JobView]) -> RunStatus:
    """How a run stands whose jobs these are, at least one."""
    state = _state(mine)
    active = [view for view in mine if view.job.state.is_active]
    doing = next((view.job.kind.value for view in active if view.job.kind not in EXPERT_KINDS), None)
    trains = any(view.job.kind in EXPERT_KINDS for view in mine)
    # One that was stopped or has failed will never be done: what goes on is measured without it.
    counted = [view for view in mine if view.job.state.is_good or not view.job.state.has_ended]
    measured = [view for view in counted if view.job.kind in EXPERT_KINDS] if trains else counted
    left = _left(measured) if state is JobState.RUNNING and doing is None else None
    return RunStatus(mine[0].home, state, _percent(measured, state), left, doing)


def _state(mine: Sequence[JobView]) -> JobState:
    states = {view.job.state for view in mine}
    if any(state.is_active for state in states):
        return JobState.RUNNING
    order = (JobState.QUEUED, JobState.FAILED, JobState.LOST, JobState.STOPPED, JobState.CANCELLED)
    return next((state for state in order if state in states), JobState.SUCCEEDED)


def _percent(measured: Sequence[JobView], state: JobState) -> int | None:
    if state is JobState.SUCCEEDED:
        return 100
    totals = [view.progress.steps for view in measured if view.progress.steps]
    if not totals:
        return None
    whole = sum(view.progress.steps or max(totals) for view in measured)
    done = sum(view.progress.step or 0 for view in measured)
    return min(99, int(100 * done / whole)) if whole else None


def _left(measured: Sequence[JobView]) -> float | None:
    """The longest of those that run; a queued expert comes after the one that ends first, and takes as long."""
    running = [view.progress.eta_s for view in measured if view.job.state.is_active]
    known = [eta for eta in running if eta is not None]
    if not known or len(known) < len(running):
        return None
    ends = max(known)
    if any(view.job.state is JobState.QUEUED for view in measured):
        whole = max((view.progress.steps or 0) * (view.progress.step_s or 0.0) for view in measured)
        ends = max(ends, min(known) + whole)
    return ends
