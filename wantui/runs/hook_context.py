"""The case that a hook decides: one job of one run, as the supervisor put it on the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wantui.caches.model import CacheStep
from wantui.dataset.model import Problem, Severity
from wantui.gpus.model import Gpu
from wantui.jobs.model import Job, JobError, JobKind, Run
from wantui.jobs.store import JobFiles, RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.kept_settings import KeptSettings, settings_of_job
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert, RunSettings

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from wantui.runs.dataset_report import DatasetReport
    from wantui.trainer.protocol import Trainer

NAMED = 3
"""How many things a sentence names before it counts the rest."""
PATIENCE = 20
"""How often caches are made once more because something changed meanwhile: then somebody edits faster than is
encoded."""


@dataclass(frozen=True, slots=True)
class HookContext:
    """The job that the hook is asked about."""

    workspace: Workspace
    run: Run
    job: Job
    settings: RunSettings
    force: bool
    gpu: Gpu | None
    """The device assigned; None: the hook is only asked whether there is anything to do, and changes nothing."""
    stopped: bool = False
    """Whether somebody asked for the end of the job."""

    @property
    def step(self) -> CacheStep | None:
        """What a cache job encodes; None for an expert."""
        return CacheStep(self.job.kind.value) if self.job.kind in (JobKind.LATENTS, JobKind.TEXT) else None

    @property
    def trainer(self) -> Trainer:
        """The trainer of the run."""
        return trainer(self.settings.trainer_kind)

    @property
    def files(self) -> JobFiles:
        """The files of this attempt."""
        return job_files(self.workspace, self.job)

    def look(self) -> DatasetReport:
        """Look at dataset and caches as they are now."""
        from wantui.runs.dataset_report import look_at  # noqa: PLC0415  a training that has ended needs none

        return look_at(self.workspace, self.settings)

    def in_the_way(self, look: DatasetReport | None) -> str | None:
        """The errors that keep the job from starting, as a sentence.

        Args:
            look: at the dataset; None where what became of it is not this job's business.
        """
        broken = [*(() if look is None else look.errors), *self._trainer_errors()]
        if not broken:
            return None
        return "; ".join(f"{problem.message} ({problem.path})" for problem in broken[:NAMED])

    def _trainer_errors(self) -> list[Problem]:
        """What the trainer misses; weights that only another job of the run reads are not this one's business."""
        experts = () if self.step is not None else (Expert(self.job.kind.value),)
        found = self.trainer.problems(replace(self.settings, experts=experts))
        others = {JobKind.LATENTS: "t5", JobKind.TEXT: "vae"}.get(self.job.kind)
        foreign = None if others is None else self.settings.models.get(others)
        return [each for each in found if each.severity is Severity.ERROR and each.path != foreign]


def read_context(options: argparse.Namespace) -> HookContext:
    """The case that the command line describes.

    Raises:
        JobError: the run cannot be read.
    """
    folder: Path = options.run_folder
    workspace = Workspace(folder.parents[2])
    run = RunStore(workspace).get(int(folder.name))
    job = run.job(JobKind(options.job))
    if job is None:
        raise JobError(f"run {run.number} has no job {options.job}")
    kept = KeptSettings.from_document(run.settings)
    gpu = None if options.gpu is None else gpu_from_text(options.gpu)
    return HookContext(workspace, run, job, settings_of_job(run, job), kept.force, gpu, options.stopped)


def gpu_from_text(text: str) -> Gpu:
    """A GPU's reading as the supervisor passes it on, in JSON."""
    reading: dict[str, object] = json.loads(text)
    for name in ("processes", "compute_capability"):
        value = reading.get(name)
        if isinstance(value, list):
            reading[name] = tuple(value)
    return Gpu(**reading)  # type: ignore[arg-type]  # the supervisor made it from a Gpu
