"""``check``: lint, caches, plan; starts nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wantui.caches.model import CacheStep
from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.dataset.errors import SettingsError
from wantui.formatting import plain_plural
from wantui.jobs.model import RunKind
from wantui.paths import WorkspaceError
from wantui.services.runs import RunRequest, Runs
from wantui.trainer.model import Task

if TYPE_CHECKING:
    import argparse

    from wantui.dataset.model import Problem
    from wantui.paths import Workspace
    from wantui.services.annotations import RunPlan
    from wantui.trainer.memory_plans import MemoryPlan


def check(workspace: Workspace, options: argparse.Namespace) -> int:
    """Look at everything that a run would stand on."""
    task = None if options.task is None else Task(options.task)
    request = RunRequest(RunKind.TRAIN, dataset=options.dataset, task=task, loaded=options.load)
    service = Runs(workspace)
    try:
        plan = service.plan(request)
        if not options.quick and _finds_more(service, plan):
            plan = service.plan(request)
    except SettingsError as error:
        return _refused(error, as_json=options.json)
    if options.json:
        show.document(document(plan))
    else:
        _show(plan, most=None if options.all else show.MOST_OF_A_CODE)
    return FAILED if plan.errors else DONE


def _finds_more(service: Runs, plan: RunPlan) -> bool:
    """Whether a thorough look finds anything; what it finds is kept, so that the next plan has it."""
    try:
        return service.examine(plan)
    except (WorkspaceError, OSError) as error:
        complain(f"not looked at thoroughly: {error}")
        return False


def _refused(error: SettingsError, *, as_json: bool) -> int:
    """What the trainer would not even read: a problem like others, but bad configuration all the same."""
    problem = error.problem
    if as_json:
        show.document({"dataset": str(problem.path), "items": None, "problems": [_row(problem)]})
    else:
        complain(str(error))
        show.problems([problem])
        print("`wantui fix` may fix it")
    return BAD_USAGE


def document(plan: RunPlan) -> dict[str, Any]:
    """The plan as the JSON contract has it."""
    look = plan.look
    return {
        "dataset": str(plan.settings.dataset),
        "items": len(look.dataset.items),
        "held_out": len(look.held_out),
        "problems": [_row(problem) for problem in plan.problems],
        "memory": [_way(way) for way in plan.ways],
        "caches": {str(step): look.caches.counts(step) for step in CacheStep},
        "plan": {
            "buckets": [asdict(bucket) for bucket in look.steps.buckets],
            "steps_per_epoch": look.steps.steps_per_epoch,
            "steps": look.steps.steps,
            "outputs": {
                expert: [str(path) for path in (*found.checkpoints, *found.states)]
                for expert, found in plan.forecast.experts
            },
            "output_bytes": plan.forecast.output_bytes,
            "cache_bytes": plan.forecast.cache_bytes,
            "free_bytes": plan.forecast.free_bytes,
            "in_use": None if plan.in_use is None else plan.in_use.document(),
        },
    }


def _way(way: MemoryPlan) -> dict[str, Any]:
    return {
        "expert": str(way.expert),
        "gpu": way.gpu.index,
        "memory": way.chosen.name,
        "preset": way.chosen.name,
        "why": way.why,
        "options": [asdict(option) for option in way.options],
    }


def _row(problem: Problem) -> dict[str, Any]:
    return {
        "severity": str(problem.severity),
        "code": problem.code,
        "path": str(problem.path),
        "line": problem.line,
        "message": problem.message,
        "fix": problem.fix,
    }


def _show(plan: RunPlan, *, most: int | None) -> None:
    look = plan.look
    held_out = f", {len(look.held_out)} of them held out" if look.held_out else ""
    print(f"{plan.settings.dataset}: {len(look.dataset.items)} items{held_out}")
    show.problems(plan.problems, most=most)
    print("caches")
    show.caches(look.caches)
    print("plan")
    show.steps(look.steps)
    show.forecast(plan.forecast)
    show.ways(plan.ways)
    errors, warnings = len(plan.errors), len(plan.problems) - len(plan.errors)
    counts = f"{plain_plural(errors, 'error')}, {plain_plural(warnings, 'warning')}"
    print(counts if plan.problems else "no errors found")
