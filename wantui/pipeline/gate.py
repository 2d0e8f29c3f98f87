"""The gates of a run, asked by the supervisor: may this job start, with which command line, and did it do its work?

    python -m wantui.pipeline.gate prepare|verify --run-folder DIR --job KIND --attempt N [--gpu JSON] [--exit-code N]

Prints one `wantui.jobs.gate.Verdict`. Before a cache job: nothing to encode, then it is skipped; else what is stale,
corrupt or orphaned is removed, and the trainer's ``--skip_existing`` encodes exactly what is missing then. Before an
expert: every item has current caches, or it does not start, since the trainer would train on what lies there. After
a cache job: every cache that is expected is there and current. After an expert: its LoRA file is there and whole.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.caches.header import read_header
from wantui.caches.model import CacheError, CacheStep
from wantui.caches.state import remove
from wantui.dataset.model import DatasetError, Problem, Severity
from wantui.gpus.model import Gpu
from wantui.jobs.gate import Decision, Verdict
from wantui.jobs.model import Job, JobError, JobKind
from wantui.jobs.store import JobFiles, RunStore, job_files
from wantui.paths import Workspace
from wantui.pipeline.look import Look, look_at
from wantui.pipeline.request import KeptSettings
from wantui.pipeline.summary import summarise, write_summary
from wantui.trainer.catalogue import trainer
from wantui.trainer.musubi.failures import describe_exit
from wantui.trainer.protocol import Command, Expert, RunSettings, TrainerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.caches.model import CacheVerdict

NAMED = 3
"""How many items a sentence names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Case:
    """The job that the gate is asked about."""

    job: Job
    files: JobFiles
    settings: RunSettings
    force: bool
    gpu: Gpu | None

    @property
    def step(self) -> CacheStep | None:
        """What a cache job encodes; None for an expert."""
        return CacheStep(self.job.kind.value) if self.job.kind in (JobKind.LATENTS, JobKind.TEXT) else None


def prepare(case: Case) -> Verdict:
    """Whether the job may start, and how."""
    look = look_at(case.settings)
    broken = [*look.errors, *_trainer_errors(case)]
    if broken:
        return Verdict(Decision.FAIL, "; ".join(f"{problem.message} ({problem.path})" for problem in broken[:NAMED]))
    if case.step is None:
        return _prepare_expert(case, look)
    return _prepare_caching(case, look, case.step)


def verify(case: Case, exit_code: int) -> Verdict:
    """Whether a job that has ended did what it is for."""
    summary = summarise(case.job, case.files)
    write_summary(case.files, summary)
    if exit_code != 0:
        return Verdict(Decision.FAIL, describe_exit(exit_code, summary.cause))
    if case.step is None:
        return _verify_expert(case)
    look = look_at(case.settings)
    left = look.caches.to_encode(case.step)
    if left:
        what = f"{_items(left)} still {'has' if len(left) == 1 else 'have'} no current {_product(case.step)}"
        return Verdict(Decision.FAIL, f"the trainer ended well, but {what}")
    count = len(look.caches.of(case.step))
    return Verdict(Decision.GO, f"{_product(case.step)} of {count} {_plural(count, 'file')} current")


def _prepare_caching(case: Case, look: Look, step: CacheStep) -> Verdict:
    work = look.caches.to_encode(step)
    expected = [verdict for verdict in look.caches.of(step) if verdict.item is not None]
    if not work and not case.force:
        return Verdict(Decision.SKIP, f"all {len(expected)} {_plural(len(expected), 'file')} current")
    if case.gpu is not None and not case.force:
        remove(look.caches.to_remove(step))
    tool = trainer(case.settings.trainer_kind)
    make = tool.latents_command if step is CacheStep.LATENTS else tool.text_command
    return _go(make(case.settings, case.gpu, skip_existing=not case.force))


def _prepare_expert(case: Case, look: Look) -> Verdict:
    for step in CacheStep:
        work = look.caches.to_encode(step)
        if work:
            reasons = ", ".join(sorted({verdict.why or str(verdict.state) for verdict in work}))
            sentence = f"{_items(work)} changed since the caches were made ({_product(step)}: {reasons})"
            return Verdict(Decision.FAIL, f"{sentence}; retry the run to encode them again")
    tool = trainer(case.settings.trainer_kind)
    return _go(tool.training_command(case.settings, Expert(case.job.kind.value), case.gpu, _free_port()))


def _verify_expert(case: Case) -> Verdict:
    name = case.settings.output_name(Expert(case.job.kind.value))
    lora = case.settings.output_directory / f"{name}.safetensors"
    try:
        read_header(lora)
        written = lora.stat().st_mtime
    except (CacheError, OSError) as error:
        return Verdict(Decision.FAIL, f"the trainer ended well, but its LoRA file is not there or broken: {error}")
    if case.job.started is not None and written < case.job.started - 1:
        return Verdict(Decision.FAIL, f"the trainer ended well, but {lora} is older than this job")
    return Verdict(Decision.GO)


def _trainer_errors(case: Case) -> list[Problem]:
    """What the trainer misses for this job; weights that only another job of the run reads are not its business."""
    kind = case.job.kind
    experts = () if case.step is not None else (Expert(kind.value),)
    found = trainer(case.settings.trainer_kind).problems(replace(case.settings, experts=experts))
    others = {JobKind.LATENTS: "t5", JobKind.TEXT: "vae"}.get(kind)
    foreign = None if others is None else case.settings.models.get(others)
    return [each for each in found if each.severity is Severity.ERROR and each.path != foreign]


def _go(command: Command) -> Verdict:
    return Verdict(Decision.GO, argv=command.argv, env=command.env)


def _free_port() -> int:
    """A port that nobody on this machine listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _items(verdicts: Iterable[CacheVerdict]) -> str:
    names = sorted({verdict.item or verdict.path.name for verdict in verdicts})
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more items"


def _product(step: CacheStep) -> str:
    return "latents" if step is CacheStep.LATENTS else "text encoder outputs"


def _plural(count: int, noun: str) -> str:
    return f"{noun} is" if count == 1 else f"{noun}s are"


def read_case(options: argparse.Namespace) -> Case:
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
    gpu = None if options.gpu is None else gpu_from_document(json.loads(options.gpu))
    return Case(job, job_files(workspace, job), kept.settings, kept.force, gpu)


def gpu_from_document(document: dict[str, object]) -> Gpu:
    """A GPU's reading as the supervisor passes it on."""
    reading: dict[str, object] = dict(document)
    for name in ("processes", "compute_capability"):
        value = reading.get(name)
        if isinstance(value, list):
            reading[name] = tuple(value)
    return Gpu(**reading)  # type: ignore[arg-type]  # the supervisor made it from a Gpu


def main() -> int:
    """Answer for one job."""
    parser = argparse.ArgumentParser(prog="python -m wantui.pipeline.gate")
    parser.add_argument("question", choices=("prepare", "verify"))
    parser.add_argument("--run-folder", type=Path, required=True)
    parser.add_argument("--job", required=True)
    parser.add_argument("--attempt", type=int, required=True)
    parser.add_argument("--gpu")
    parser.add_argument("--exit-code", type=int, default=0)
    options = parser.parse_args()
    try:
        case = read_case(options)
        verdict = prepare(case) if options.question == "prepare" else verify(case, options.exit_code)
    except (DatasetError, TrainerError, JobError, OSError) as error:
        verdict = Verdict(Decision.FAIL, str(error))
    print(verdict.to_json())  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
