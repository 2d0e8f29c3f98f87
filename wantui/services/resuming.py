"""Runs that go on from what they have saved, and runs that end gently, after an epoch. Both front ends ask here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.config.flags import parse_set
from wantui.jobs.model import EXPERT_KINDS, Job, JobError, Run
from wantui.jobs.store import RunStore, job_files
from wantui.runs.errors import PlanError
from wantui.runs.kept_settings import settings_of_job
from wantui.runs.request import ResumeRequest
from wantui.supervisor import client
from wantui.trainer.attempts import SavedKind, read_saved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.paths import Workspace
    from wantui.runs.resume_plan import ResumePlan


class Resuming:
    """What becomes of runs that were, or are to be, stopped."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = RunStore(workspace)

    def plan(self, request: ResumeRequest, sets: Iterable[str] = ()) -> ResumePlan:
        """What going on would mean; nothing is started.

        Args:
            request: how a job or run is to go on.
            sets: flags of the training script that get another value, each as ``KEY=VALUE``.

        Raises:
            JobError: there is nothing to go on with.
            BadInputError: something is asked for that a state cannot follow.
        """
        from wantui.runs.resume_plan import plan_resume  # noqa: PLC0415  when it is asked for

        with explained():
            given = {}
            for text in sets:
                key, value = parse_set(text)
                if "." in key:
                    raise PlanError(f"--set {text}: name the flag alone; for one expert resume that job alone")
                given[key] = list(value) if isinstance(value, tuple) else value
            run, job = self._store.find(request.name)
            wanted = replace(request, training={**request.training, **given})
            return plan_resume(self._workspace, run, job, wanted)

    def start(self, plan: ResumePlan) -> Run:
        """Let a run go on as planned."""
        with explained():
            changes = {each.job.kind: each.changes for each in plan.experts}
            return client.resume(self._workspace, plan.run.number, changes, anew=plan.anew)

    def end_after(self, name: str, epoch: int | None) -> dict[str, int]:
        """Let a job, or the experts of a run, end by themselves after an epoch; the epochs by the jobs' names.

        Args:
            name: of the job or run.
            epoch: after which; None: after the next one that is saved.

        Raises:
            JobError: no expert of it is to train any more.
            BadInputError: nothing is saved at that epoch.
        """
        with explained():
            run, jobs = self._experts(name)
            several = [job for job in jobs if self._stop_epochs(run, job)]  # the others end by themselves before
            epochs = {job.kind: self._stop_epoch(run, job, epoch) for job in several or jobs}
            told = client.end_after(self._workspace, run.number, dict(epochs))
            return {job.id: epochs[job.kind] for job in jobs if job.id in told and job.kind in epochs}

    def take_back(self, name: str) -> tuple[str, ...]:
        """Let jobs train to their end although they were to end earlier; their names.

        Raises:
            JobError: none of them was to end earlier.
        """
        with explained():
            run, jobs = self._experts(name)
            waiting = [job for job in jobs if job.end_after is not None]
            if not waiting:
                raise JobError(f"{name} is not waiting to be stopped")
            return tuple(client.end_after(self._workspace, run.number, dict.fromkeys(job.kind for job in waiting)))

    def next_epochs(self, job: Job) -> tuple[int, ...]:
        """The epochs after which a job can still be stopped: those that an expert saves, but for its last one."""
        with explained():
            return self._stop_epochs(self._store.get(job.run), job) if job.kind in EXPERT_KINDS else ()

    def _experts(self, name: str) -> tuple[Run, list[Job]]:
        """The experts of a job or run that have not ended.

        Raises:
            JobError: there are none.
        """
        run, job = self._store.find(name)
        asked = (job,) if job is not None else run.jobs
        found = [each for each in asked if each.kind in EXPERT_KINDS and not each.state.has_ended]
        if not found:
            raise JobError(f"{name} has no expert that trains or will train; there is no epoch to wait for")
        return run, found

    def _stop_epochs(self, run: Run, job: Job) -> tuple[int, ...]:
        settings = settings_of_job(run, job)
        saved = read_saved(job_files(self._workspace, job).saved)
        done = max((each.epoch or 0 for each in saved.existing(SavedKind.LORA)), default=0)
        every = settings.save_every
        return tuple(range((done // every + 1) * every, settings.epochs, every))

    def _stop_epoch(self, run: Run, job: Job, epoch: int | None) -> int:
        possible = self._stop_epochs(run, job)
        if not possible:
            raise PlanError(f"{job.id}: no epoch before the last one is saved any more; it ends by itself then")
        if epoch is None:
            return possible[0]
        if epoch < possible[0]:
            raise PlanError(f"epoch {epoch}: the next one that {job.id} saves is {possible[0]}")
        if epoch not in possible:
            near = min(possible, key=lambda each: (abs(each - epoch), each))
            raise PlanError(
                f"epoch {epoch}: {job.id} saves nothing there, and what is not saved would be lost; "
                f"the nearest that is saved is {near}"
            )
        return epoch


__all__ = ["ResumeRequest", "Resuming"]
