"""``setup``: takes a bare machine to one that trains, as a checklist that ticks itself."""

from __future__ import annotations

import shlex
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.asking import agreed
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.cli.watch import watch
from wantui.formatting import duration_in_hours, file_size, rough_duration, transfer_rate
from wantui.jobs.model import JobKind, JobState
from wantui.services.runs import Runs
from wantui.services.setup import Setup
from wantui.weights.printing import overall

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from wantui.config.schema import Config
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.services.annotations import Disk, JobView, PlannedStep, SetupPlan


def setup(workspace: Workspace, options: argparse.Namespace) -> int:
    """Do what is not done yet; a setup that is under way is looked on at."""
    service = Setup(workspace)
    running = service.under_way()
    if running is not None and not (options.json or options.dry_run):
        print(f"run {running.number} sets up; ctrl+c leaves it to itself")
        run = _look_on(workspace, service, running.number, {})
        if any(job.state is JobState.FAILED for job in run.jobs):
            return _not_ready(run)  # what was lost with the machine, and what waited for that, is planned again
    if not (options.json or options.dry_run):
        _allow(service)
    plan = service.plan(options.task or service.task())
    if options.json:
        show.document(_document(plan) | {"under_way": None if running is None else running.number})
        return DONE if plan.is_done else FAILED
    _show(plan, service.link_speed(plan))
    if plan.is_done:
        print(_ready(plan.adoption.config))
        return DONE
    if options.dry_run:
        return FAILED
    return _do(workspace, service, plan, options)


def _allow(service: Setup) -> None:
    """Let the trainer's interpreter be asked what it has, and say which that is where it is for the first time."""
    interpreter = service.interpreter_to_ask()
    if interpreter is not None:
        print(f"asks {interpreter} what it has")
    service.allow()


def _do(workspace: Workspace, service: Setup, plan: SetupPlan, options: argparse.Namespace) -> int:
    if plan.full_disks and not options.no_disk_check:
        for disk in plan.full_disks:
            complain(
                f"{_room(disk)}; make room, put root of [trainer], files of [models] or output_directory of [run] on "
                "another disk, or start anyway with --no-disk-check"
            )
        return FAILED
    if not options.yes and not agreed():
        return BAD_USAGE
    number = service.begin(plan)
    if number is None:
        print(_ready(plan.adoption.config))
        return DONE
    run = Runs(workspace).run(number)
    print(f"run {run.number}: {', '.join(job.id for job in run.jobs)}; ctrl+c leaves it to itself")
    run = _look_on(workspace, service, number, {each.step.kind: each.seconds or 0.0 for each in plan.steps})
    if not run.is_good:
        return _not_ready(run)
    print(_ready(plan.adoption.config))
    return DONE


def _look_on(workspace: Workspace, service: Setup, number: int, seconds: Mapping[JobKind, float]) -> Run:
    """Wait for a setup, and tell what it does.

    Args:
        workspace: of the setup.
        service: asked how far the weights are.
        number: of its run.
        seconds: that steps are expected to take, as far as that is known.
    """
    runs = Runs(workspace)
    watch(runs, number, more=partial(_more, service, seconds))
    return runs.run(number)


def _more(service: Setup, seconds: Mapping[JobKind, float], view: JobView) -> str:
    """How far a step is: the weights by bytes, speed and time left, the others by the time that they take."""
    if view.job.state is not JobState.RUNNING:
        return ""
    if view.job.kind is JobKind.WEIGHTS:
        progress = service.download()
        return overall(progress) if progress is not None and progress.is_running else ""
    since = duration_in_hours(time.time() - (view.job.started or time.time()))
    expected = seconds.get(view.job.kind)
    return since if expected is None else f"{since} so far, {rough_duration(expected)} expected"


def _not_ready(run: Run) -> int:
    failed = next((job.id for job in run.jobs if job.state in {JobState.FAILED, JobState.LOST}), None)
    logs = "" if failed is None else f"`wantui logs {failed}` says why, and "
    print(f"not ready: {logs}`wantui setup` goes on from there")
    return FAILED


def _ready(config: Config) -> str:
    """What to do next."""
    if config.run.dataset.is_file():
        return "ready: `wantui`, then t and enter; `wantui doctor --smoke` tests the whole chain before a night"
    folder = config.run.dataset.parent
    return f"ready: put images with captions into {folder}, then `wantui`: o says how they are cut, t trains"


def _show(plan: SetupPlan, speed: float) -> None:
    for said in plan.adoption.says:
        print(said)
    for key, value in plan.adoption.values.items():
        print(f'  {key} = "{value}" goes into [trainer] of {plan.adoption.config.file}')
    for each in plan.steps:
        print(f"{show.GOOD if each.is_done else '○'} {each.step.kind:<12} {each.step.says}{_time(each, speed)}")
        for command in each.commands:
            print(f"    {command.says}\n      $ {shlex.join(command.argv)}")
    for disk in plan.disks:
        print(f"{show.GOOD if disk.is_enough else show.BAD} {'disk':<12} {_room(disk)}")
    if not all(each.is_done for each in plan.steps):
        print(f"{rough_duration(plan.seconds)} in all, {file_size(plan.bytes)} over the network")


def _time(each: PlannedStep, speed: float) -> str:
    """`` (about 12 min at 100 MB/s)``; nothing for a step that is done."""
    if each.seconds is None:
        return ""
    return f" ({rough_duration(each.seconds)}{f' at {transfer_rate(speed)}' if each.bytes else ''})"


def _room(disk: Disk) -> str:
    """``/workspace: needs 68.8 GB, has 120.0 GB free (weights 68.8 GB, musubi-tuner 15 MB)``."""
    parts = ", ".join(f"{part.says} {file_size(part.bytes)}" for part in disk.parts)
    spare = "" if disk.is_enough else f", and {file_size(disk.spare)} must stay free"
    return f"{disk.folder}: needs {file_size(disk.needed)}, has {file_size(disk.free)} free ({parts}){spare}"


def _document(plan: SetupPlan) -> dict[str, Any]:
    return {
        "found": list(plan.adoption.says),
        "adopts": plan.adoption.values,
        "steps": [_step(each) for each in plan.steps],
        "disks": [
            {
                "folder": str(disk.folder),
                "bytes_needed": disk.needed,
                "bytes_free": disk.free,
                "is_enough": disk.is_enough,
                "parts": {part.says: part.bytes for part in disk.parts},
            }
            for disk in plan.disks
        ],
        "bytes": plan.bytes,
        "seconds": plan.seconds,
    }


def _step(each: PlannedStep) -> dict[str, Any]:
    return {
        "step": str(each.step.kind),
        "says": each.step.says,
        "done": each.is_done,
        "bytes": each.bytes,
        "seconds": each.seconds,
        "commands": [{"says": command.says, "argv": list(command.argv)} for command in each.commands],
    }
