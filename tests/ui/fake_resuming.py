"""Resuming with fixed values, and every call written down."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.caches.items import ItemsDifference
from wantui.errors import WantuiError
from wantui.jobs.model import Job, JobKind, JobState, Run, RunKind
from wantui.runs.resume_plan import ExpertResume, ResumePlan
from wantui.services.resuming import Resuming
from wantui.trainer.attempts import StartPoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.ui.fake import FakeServices
    from wantui.runs.request import ResumeRequest

STATE = Path("/home/me/loras/anna/output/WAN2.2-HighNoise_anna-000020-state")


@dataclass
class FakeResuming(Resuming):
    """A state of epoch 20 is saved."""

    refusal: str | None = None
    epochs: tuple[int, ...] = (40, 60, 80)
    services: FakeServices = field(init=False)

    def plan(self, request: ResumeRequest, sets: Iterable[str] = ()) -> ResumePlan:
        self.services.calls.append(("plan resume", request))
        if self.refusal is not None:
            raise WantuiError(self.refusal)
        job = next(view.job for view in self.services.job_views if view.job.id == request.name)
        total = request.epochs or 100
        rates = tuple((step, 3e-4 * (1 - step / (24 * total)) ** 2) for step in range(480, 24 * total, 24))
        expert = ExpertResume(
            job=job,
            start=StartPoint(20, 480, STATE, 24),
            epochs=total,
            before=100,
            rates=rates,
            changes={},
            differs=(("epochs", "100", str(total)),) if total != 100 else (),
        )
        changed = ItemsDifference((), (), ("anna_004",), ())
        run = Run(job.run, RunKind.TRAIN, 0.0, {}, (job,))
        return ResumePlan(run, (expert,), request.present_captions, changed)

    def start(self, plan: ResumePlan) -> Run:
        self.services.calls.append(("resume", plan.run.number, plan.experts[0].epochs, plan.anew))
        return plan.run

    def next_epochs(self, job: Job) -> tuple[int, ...]:
        return self.epochs if job.kind in (JobKind.HIGH, JobKind.LOW) else ()

    def end_after(self, name: str, epoch: int | None) -> dict[str, int]:
        self.services.calls.append(("end after", name, epoch))
        if epoch is not None and epoch not in self.epochs:
            raise WantuiError(f"epoch {epoch}: {name} saves nothing there")
        return {name: epoch or self.epochs[0]}

    def take_back(self, name: str) -> tuple[str, ...]:
        self.services.calls.append(("take back", name))
        return (name,)


ENDED = {"high": JobState.STOPPED, "low": JobState.SUCCEEDED}


def end_run(services: FakeServices, **changes: Any) -> None:
    """The experts of run 7 have ended, each in its way."""
    services.job_views = tuple(
        replace(view, job=replace(view.job, state=ENDED[str(view.job.kind)], **changes))
        if view.job.run == 7 and str(view.job.kind) in ENDED
        else view
        for view in services.job_views
        if view.job.run == 7
    )
