"""From a request to jobs: what would run, in which order, with which command lines, and what is in the way."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.caches.model import CacheStep
from wantui.dataset.model import Problem, Severity
from wantui.formatting import plain_plural
from wantui.gpus.choice import open_for
from wantui.jobs import trust
from wantui.jobs.model import CACHE_KINDS, JobKind, JobSpec, Run, RunKind
from wantui.runs.dataset_report import DatasetReport, accumulation, look_at
from wantui.runs.errors import PlanError
from wantui.runs.forecast import Forecast, disk_problems, forecast
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.output_names import NamesInUse, NamesInUseError, names_in_use
from wantui.runs.request import RunRequest, settings_for
from wantui.runs.workload import Workload
from wantui.slurm.nodes import why_none_is_up
from wantui.slurm.options import gpu_to_be_chosen, refusal
from wantui.slurm.shared_disk import kept
from wantui.supervisor import client
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from wantui.config import Config
    from wantui.gpus.model import Gpu
    from wantui.paths import Workspace
    from wantui.trainer.memory_plans import MemoryPlan
    from wantui.trainer.model import Expert, RunSettings, TrainerCommand
    from wantui.trainer.protocol import Trainer

HOOK = (sys.executable, "-P", "-m", "wantui.runs.hooks.main")


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run that has not started."""

    kind: RunKind
    settings: RunSettings
    force: bool
    loaded: str | None
    """The named preset that it began with."""
    look: DatasetReport
    problems: tuple[Problem, ...]
    """Of the dataset, the trainer and the GPUs, errors first."""
    jobs: tuple[JobSpec, ...]
    forecast: Forecast
    """What it will write."""
    ways: tuple[MemoryPlan, ...] = ()
    """How each expert would train on each GPU that may be used."""
    in_use: NamesInUse | None = None
    """Files that exist under the names of the run, or that another run is still to write."""
    replaces: bool = False
    """Whether a person has said that files which exist may be replaced."""

    @property
    def refusal(self) -> NamesInUseError | None:
        """Why the run does not start although nothing is wrong with it: it would overwrite files."""
        if self.in_use is None or (self.replaces and not self.in_use.writers):
            return None
        instead = f"`--suffix {self.in_use.free_suffix}` keeps them; `--replace` moves them to a folder beside them"
        return NamesInUseError(self.in_use, instead)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the run from starting."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


def plan_run(workspace: Workspace, config: Config, request: RunRequest) -> RunPlan:
    """Plan a run; nothing is started or written.

    Raises:
        DatasetError: the ``dataset.toml`` cannot be read.
        PlanError: the request has values that no run can have, or it is not known what it would overwrite.
        TrainerError: the trainer is not known.
    """
    settings, tool = settings_for(config, request), trainer(config.trainer.kind)
    look = look_at(workspace, settings)
    gpus, no_gpu = _gpus(workspace, config, settings.gpus)
    settings = replace(settings, most_at_once=1 if _are_apart(gpus) else len(gpus) or None)
    trains = request.kind is RunKind.TRAIN
    writes = forecast(tool, look, settings, trains=trains)
    in_use = names_in_use(workspace, settings) if trains else None
    found = [
        *look.problems,
        *tool.problems(settings if trains else replace(settings, experts=())),  # of what experts alone need
        *no_gpu,
        *(tool.device_problems(settings, gpus) if trains else ()),
        *disk_problems(writes, settings.output_directory),
        *(() if in_use is None else (in_use.problem(replaces=request.replaces),)),
        *(_nothing_to_train_on(look) if trains else ()),
    ]
    found.sort(key=lambda problem: problem.severity is not Severity.ERROR)
    return RunPlan(
        kind=request.kind,
        settings=settings,
        force=request.force,
        loaded=request.loaded,
        look=look,
        problems=tuple(found),
        jobs=job_specs(tool, settings, request.kind, look.cache_folders, force=request.force, gpus=gpus),
        forecast=writes,
        ways=tool.ways(settings, gpus) if trains else (),
        in_use=in_use,
        replaces=request.replaces,
    )


def start(workspace: Workspace, plan: RunPlan, *, after: Sequence[int] = (), held: bool = False) -> Run:
    """Hand the run to the supervisor, as a person asks for it: that marks the workspace as used.

    Args:
        workspace: where.
        plan: what.
        after: numbers of runs that must have ended before.
        held: whether it waits for a person to release it.

    Raises:
        ConfigError: the ``wantui.toml`` cannot be read any more.
        JobError: the mark cannot be written.
        PlanError: the plan has errors; nothing was started.
        NamesInUseError: it would overwrite files, and nobody has said that they may be replaced.
        SupervisorError: the supervisor cannot be reached.
    """
    if plan.errors:
        raise PlanError(f"{plain_plural(len(plan.errors), 'error')} in the way; nothing was started")
    if plan.refusal is not None:
        raise plan.refusal
    workspace.create_state()
    trust.mark_used(configuration.load(workspace))
    kept = KeptSettings(plan.settings, plan.force, plan.loaded)
    settings = kept.to_document() | workload(plan).to_document()
    return client.submit(workspace, plan.kind, settings, plan.jobs, replaces=plan.replaces, after=after, held=held)


def workload(plan: RunPlan) -> Workload:
    """How much the run has to do."""
    experts = plan.settings.experts if plan.kind is RunKind.TRAIN else ()
    each = {expert.value: accumulation(plan.settings, expert) for expert in experts}
    caches = plan.look.caches
    to_encode = {
        step.value: len(caches.to_encode(step)) + (caches.counts(step)["current"] if plan.force else 0)
        for step in CacheStep
    }
    return Workload.of(plan.look.steps.batches_per_epoch, each, to_encode)


def job_specs(
    tool: Trainer,
    settings: RunSettings,
    kind: RunKind,
    cache_folders: tuple[Path, ...],
    *,
    force: bool,
    gpus: tuple[Gpu, ...] = (),
) -> tuple[JobSpec, ...]:
    """The jobs of a run in the order of their needs.

    Args:
        tool: the trainer of the run.
        settings: of the run.
        kind: whether experts train.
        cache_folders: that cache jobs write and experts read.
        force: whether everything is encoded again.
        gpus: on which it may run: where it makes no difference which, the flags are the final ones.
    """
    latents = tool.latents_command(settings, None, skip_existing=not force)
    text = tool.text_command(settings, None, skip_existing=not force)
    specs = [
        _spec(JobKind.LATENTS, latents, writes=cache_folders, may_skip=True),
        _spec(JobKind.TEXT, text, needs=(JobKind.LATENTS,), writes=cache_folders, may_skip=True),
    ]
    if kind is RunKind.TRAIN:
        for expert in settings.experts:
            command = _foreseen(tool, settings, expert, gpus)
            spec = _spec(JobKind(expert.value), command, needs=CACHE_KINDS, reads=cache_folders)
            specs.append(replace(spec, gpus=settings.gpus))
    return tuple(specs)


def gpu_problems(workspace: Workspace, config: Config) -> list[Problem]:
    """An error where there is no GPU to wait for."""
    return _gpus(workspace, config, None)[1]


def no_gpu(workspace: Workspace, config: Config) -> str | None:
    """Why there is no GPU to wait for, as a sentence; None: there is one."""
    found = [each for each in gpu_problems(workspace, config) if each.severity is Severity.ERROR]
    return f"{found[0].message}; {found[0].fix}" if found else None


def _are_apart(gpus: tuple[Gpu, ...]) -> bool:
    """Whether a scheduler puts each job on a machine of its own, as far as its memory and cores are concerned."""
    return any(gpu.is_to_be_chosen for gpu in gpus)


def _foreseen(tool: Trainer, settings: RunSettings, expert: Expert, gpus: tuple[Gpu, ...]) -> TrainerCommand:
    """An expert's command line before a GPU is assigned."""
    command = tool.training_command(settings, expert, None, None)
    models = {(gpu.name, gpu.memory_total_mib, gpu.compute_capability): gpu for gpu in gpus}
    found = {tool.training_command(settings, expert, gpu, None).argv for gpu in models.values()}
    return replace(command, argv=found.pop()) if len(found) == 1 else command


def _nothing_to_train_on(look: DatasetReport) -> tuple[Problem, ...]:
    """An error where every item is held out."""
    if not look.dataset.items or look.trained.items:
        return ()
    fix = "`wantui items release` lets some be trained on"
    return (Problem(Severity.ERROR, "all-held-out", look.dataset.config.path, "every item is held out", fix),)


def _gpus(
    workspace: Workspace, config: Config, wanted: tuple[int, ...] | None
) -> tuple[tuple[Gpu, ...], list[Problem]]:
    """The GPUs that may be used, of those with the numbers in `wanted`, if any; and an error where one is missing.

    Where Slurm chooses, it is one that is to be chosen.
    """
    if config.machines.engine == "slurm":
        found, problems = _slurm_gpus(workspace, config)
        return found, [*problems, *(() if wanted is None else (_slurm_chooses(config),))]
    gpus, problems = _local_gpus(workspace, config)
    if wanted is None or not gpus:
        return gpus, problems
    there = {gpu.index for gpu in gpus}
    missing = [_no_such_gpu(config, number, there) for number in wanted if number not in there]
    return tuple(gpu for gpu in gpus if gpu.index in wanted), missing


def _slurm_chooses(config: Config) -> Problem:
    fix = "leave the GPU out; [machines.slurm] gpu names a type of GPU"
    return Problem(Severity.ERROR, "no-such-gpu", config.file, "Slurm chooses the GPU of each job", fix)


def _no_such_gpu(config: Config, number: int, there: Collection[int]) -> Problem:
    known = ", ".join(map(str, sorted(there)))
    says = f"there is no GPU {number} that may be used"
    return Problem(Severity.ERROR, "no-such-gpu", config.file, says, f"choose of {known}, or let any be taken")


def _local_gpus(workspace: Workspace, config: Config) -> tuple[tuple[Gpu, ...], list[Problem]]:
    """The GPUs of this machine that may be used, and an error where there is none."""
    provider = open_for(config, workspace)
    try:
        gpus = provider.snapshot(with_processes=False)
        if gpus:
            return gpus, []
        why = provider.reason or "none is allowed"
    finally:
        provider.close()
    return (), [
        Problem(
            Severity.ERROR,
            "no-gpu",
            config.file,
            f"no GPU to run on: {why}",
            "look at `wantui gpus`, [gpus] use and CUDA_VISIBLE_DEVICES; "
            'to try things without one set kind = "rehearsal" in [trainer]',
        )
    ]


def _slurm_gpus(workspace: Workspace, config: Config) -> tuple[tuple[Gpu, ...], list[Problem]]:
    """What Slurm would give, and an error where it would not take the jobs."""
    asked = config.machines.slurm
    why = refusal(asked)
    if why is None:
        disk = kept(workspace, asked)
        if disk is None or disk.refusal is None:
            return (gpu_to_be_chosen(asked),), []
        cure = "make it shared, or move the workspace; it is tested again before the first job starts"
        return (gpu_to_be_chosen(asked),), [Problem(Severity.WARNING, "disk", config.file, disk.refusal, cure)]
    cure = "look at [machines.slurm] in wantui.toml, at `sinfo` and `wantui doctor`"
    if "not available" in why and (away := why_none_is_up(asked)) is not None:
        says = f"no node takes jobs at the moment, so this run will wait in Slurm: {away}"
        return (gpu_to_be_chosen(asked),), [Problem(Severity.WARNING, "no-node", config.file, says, "wait")]
    return (), [Problem(Severity.ERROR, "slurm-refuses", config.file, f"Slurm would not take the jobs: {why}", cure)]


def _spec(
    kind: JobKind,
    command: TrainerCommand,
    *,
    needs: tuple[JobKind, ...] = (),
    reads: tuple[Path, ...] = (),
    writes: tuple[Path, ...] = (),
    may_skip: bool = False,
) -> JobSpec:
    return JobSpec(
        kind=kind,
        argv=command.argv,
        cwd=command.cwd,
        env=command.env,
        needs=needs,
        reads=reads,
        writes=writes,
        prepare=(*HOOK, "prepare"),
        verify=(*HOOK, "verify"),
        may_skip=may_skip,
    )


__all__ = ["PlanError", "RunPlan", "RunRequest", "gpu_problems", "job_specs", "plan_run", "start"]
