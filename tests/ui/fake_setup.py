"""A box without a trainer, and what becomes of it, without processes, files or a network."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wantui.doctor.model import Finding, bad, caution, good
from wantui.errors import WantuiError
from wantui.jobs.model import Job, JobKind, JobSpec, JobState
from wantui.runs.board import JobView
from wantui.services.first_run import BoxFacts, FirstRun, TrainingOutlook
from wantui.services.setup import Setup
from wantui.setup.commands import SetupCommand
from wantui.setup.discovery import Adoption
from wantui.setup.disk_needs import Disk
from wantui.setup.estimates import DiskNeed
from wantui.setup.plan import PlannedStep, SetupPlan
from wantui.setup.steps import SetupStep
from wantui.trainer import model as trainer
from wantui.weights.model import DownloadProgress, FileProgress, FileState

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.config import Config
    from wantui.services.annotations import MediaFolder
    from wantui.terminal.graphics import TerminalGraphics
    from wantui.weights.catalogue import Task

SETUP_BOX = BoxFacts("musubi-tuner v0.3.4", needs_weights=True, task="t2v", weights_lacking=(), has_dataset=True,
                     folder=None)  # fmt: skip
"""All that a training needs is there."""
STARTED = 1_700_000_000.0
"""When every job began."""
KINDS = (JobKind.TRAINER, JobKind.ENVIRONMENT, JobKind.TOKENIZER, JobKind.WEIGHTS)
SAYS = {
    JobKind.TRAINER: "the source of musubi-tuner",
    JobKind.ENVIRONMENT: "its Python environment, with PyTorch for this machine's driver and GPUs",
    JobKind.TOKENIZER: "the tokenizer of the text step, so that it works without a network",
    JobKind.WEIGHTS: "the weights of t2v",
}


def planned(kind: JobKind, *, is_done: bool = False) -> PlannedStep:
    step = SetupStep(kind, SAYS[kind], lambda _: is_done, lambda _: ())
    command = SetupCommand(f"get the {kind}", ("get", str(kind)), {}, 3_000_000_000, (), 240.0)
    return PlannedStep(step, is_done, () if is_done else (command,))


def setup_plan(*done: JobKind, free: int = 500_000_000_000, task: Task = "t2v") -> SetupPlan:
    """A plan of which these steps are done."""
    adoption = Adoption(("found musubi-tuner v0.3.4 at /workspace/musubi-tuner; uses it",), {}, cast("Config", None))
    steps = tuple(planned(kind, is_done=kind in done) for kind in KINDS)
    disk = Disk(Path("/workspace"), free, (DiskNeed("weights", Path("/workspace/models"), 69_000_000_000),))
    return SetupPlan(task, adoption, steps, () if len(done) == len(KINDS) else (disk,))


def view(kind: JobKind, state: JobState, reason: str | None = None, ended: float | None = None) -> JobView:
    spec = JobSpec(kind, ("setup", str(kind)), Path("/workspace"))
    job = Job(f"3.{kind}", 3, spec, state, 0.0, reason, started=STARTED, ended=ended)
    return JobView(job, trainer.Progress(), Path(f"/workspace/{kind}.log"))


def _file(key: str, state: FileState, size: int, **more: Any) -> FileProgress:
    return FileProgress(key, f"{key}.safetensors", f"/workspace/{key}.safetensors", state, size, **more)


def downloading(*, is_running: bool = True) -> DownloadProgress:
    """One file is here, one is linked, one is half way, one waits."""
    files = (
        _file("t5", FileState.THERE, 11_400_000_000, done=11_400_000_000, note="linked from the Hub's cache"),
        _file("vae", FileState.THERE, 254_000_000, done=254_000_000),
        _file("t2v_high", FileState.LOADING, 28_600_000_000, done=14_300_000_000, speed=250e6),
        _file("t2v_low", FileState.WAITING, 28_600_000_000),
    )
    return DownloadProgress(1, "t2v", 0.0, 0.0, files, is_running=is_running)


@dataclass
class FakeFirstRun(FirstRun):
    """Finds what it is given."""

    box: BoxFacts = SETUP_BOX

    def look(self) -> BoxFacts:
        return self.box

    def broken(self, folder: MediaFolder, is_over: Callable[[], bool] = lambda: False) -> tuple[str, ...]:
        return ("7.png",)

    def outlook(self) -> TrainingOutlook:
        return TrainingOutlook(2400, 2, None, None)


@dataclass
class FakeSetup(Setup):
    """Answers with what it is given, and remembers what it was asked."""

    plans: SetupPlan = field(default_factory=setup_plan)
    views: tuple[JobView, ...] = ()
    progress: DownloadProgress | None = None
    trouble: str | None = None
    found: tuple[Finding, ...] = (
        good("python", "3.11.9 at /usr/bin/python3"),
        bad("trainer", "no musubi-tuner at /workspace/musubi-tuner", "run `wantui setup`"),
        caution("shared-memory", "64 MiB", "start the container with --shm-size=8g"),
    )
    smoke_works: bool = True
    holds_smoke: bool = False
    """Whether a smoke test goes on until it is cancelled."""
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def plan(self, task: Task) -> SetupPlan:
        self.asked.append(("plan", task))
        if self.trouble is not None:
            raise WantuiError(self.trouble)
        return replace(self.plans, task=task)

    def jobs(self) -> tuple[JobView, ...]:
        return self.views

    def download(self) -> DownloadProgress | None:
        return self.progress

    def begin(self, plan: SetupPlan) -> int | None:
        self.asked.append(("begin", plan.task))
        self.views = (view(JobKind.TRAINER, JobState.RUNNING), view(JobKind.WEIGHTS, JobState.RUNNING))
        return 3

    def pause(self, weights: str | None) -> None:
        self.asked.append(("pause", weights))

    def go_on(self, weights: str) -> None:
        self.asked.append(("go on", weights))

    def stop(self, run: int) -> None:
        self.asked.append(("stop", run))

    def drop(self, task: Task) -> int:
        self.asked.append(("drop", task))
        return 14_300_000_000

    def smoke(self, say: Callable[[str], None], is_cancelled: Callable[[], bool]) -> bool:
        self.asked.append(("smoke",))
        if self.trouble is not None:
            raise WantuiError(self.trouble)
        say("✓ weights   20.4 s  tiny weights are made")
        while self.holds_smoke and not is_cancelled():
            time.sleep(0.01)
        say("✓ low       36.0 s  the low-noise expert [trains] and saves")
        self.asked.append(("smoke ended", is_cancelled()))
        return self.smoke_works

    def findings(self, sight: Callable[[], TerminalGraphics] | None) -> tuple[Finding, ...]:
        self.asked.append(("findings", sight is not None))
        if self.trouble is not None:
            raise WantuiError(self.trouble)
        return self.found
