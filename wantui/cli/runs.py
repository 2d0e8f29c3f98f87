"""``train`` and ``cache``: start a run, and wait for it where asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.cli import check, show
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.cli.watch import watch
from wantui.formatting import plain_plural
from wantui.jobs.model import RunKind
from wantui.jobs.shown import shown_argv, shown_environment
from wantui.services.runs import RunRequest, Runs, experts_named
from wantui.trainer.model import Task

if TYPE_CHECKING:
    import argparse

    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.services.annotations import RunPlan

LATER = "`wantui wait {}` waits for it, `wantui` shows it"


def train(workspace: Workspace, options: argparse.Namespace) -> int:
    """Start a training run."""
    request = RunRequest(
        RunKind.TRAIN,
        dataset=options.dataset,
        task=None if options.task is None else Task(options.task),
        experts=None if options.experts is None else experts_named(options.experts),
        suffix=options.suffix,
        author=options.author,
        epochs=options.epochs,
        save_every=options.save_every,
        memory=options.memory,
        loaded=options.load,
        replaces=options.replace,
        like=options.like,
        gpus=None if options.gpu is None else tuple(dict.fromkeys(options.gpu)),
    )
    service = Runs(workspace)
    plan = service.plan(request, options.set)
    for number in options.after:
        service.run(number)
    if options.dry_run:
        return _show_plan(plan, as_json=options.json)
    if plan.errors:
        _complain_of(plan)
        return FAILED
    run = service.start(plan, after=options.after, held=options.hold)
    return follow(service, run, wait=options.wait, as_json=options.json, then=_then(service, run))


def cache(workspace: Workspace, options: argparse.Namespace) -> int:
    """Start a cache run."""
    request = RunRequest(
        RunKind.CACHE,
        dataset=options.dataset,
        task=None if options.task is None else Task(options.task),
        force=options.force,
    )
    service = Runs(workspace)
    return begin(service, service.plan(request, options.set), wait=options.wait, as_json=options.json)


def _then(service: Runs, run: Run) -> str:
    """What a run that has been queued waits for, and what can be done next."""
    awaited = [str(number) for number in run.after if not service.run(number).has_ended]
    waits = f"it waits for run {' and '.join(awaited)} to end\n" if awaited else ""
    if run.held:
        return f"{waits}it is held: `wantui queue release {run.number}` releases it"
    return waits + ("the queue is paused: `wantui queue go` resumes it" if service.is_paused() else LATER)


def begin(service: Runs, plan: RunPlan, *, wait: bool, as_json: bool) -> int:
    """Start a planned run, unless something is in its way."""
    if plan.errors:
        _complain_of(plan)
        return FAILED
    return follow(service, service.start(plan), wait=wait, as_json=as_json)


def follow(service: Runs, run: Run, *, wait: bool, as_json: bool, then: str = LATER) -> int:
    """Tell of a run that has been started.

    Args:
        service: that has started it.
        run: which.
        wait: show its progress until it has ended.
        as_json: print one document at the end and nothing else.
        then: what can be done next, with a place for the run's number; told where nobody waits.
    """
    ended_well = True
    if not as_json:
        print(f"run {run.number}: {', '.join(job.id for job in run.jobs)}")
    if wait:
        ended_well = watch(service, run.number, quiet=as_json)
    if as_json:
        views = service.jobs_of(service.run(run.number))
        show.document({"run": run.number, "jobs": [view.document() for view in views]})
    elif not wait:
        print(then.format(run.number))
    return DONE if ended_well else FAILED


def _complain_of(plan: RunPlan) -> None:
    for problem in plan.errors:
        where = f"{problem.path}:{problem.line}" if problem.line is not None else str(problem.path)
        complain(f"{where}: {problem.message}; {problem.fix}")
    complain("nothing was started")


def _show_plan(plan: RunPlan, *, as_json: bool) -> int:
    if as_json:
        jobs = [
            {
                "kind": str(job.kind),
                "argv": shown_argv(job.argv),
                "cwd": str(job.cwd),
                "env": shown_environment(job.env),
            }
            for job in plan.jobs
        ]
        show.document(check.document(plan) | {"jobs": jobs})
        return _answer(plan)
    settings = plan.settings
    trained = plan.look.trained.items
    print(f"{settings.dataset}: {len(trained)} items, {settings.task}-A14B, {settings.epochs} epochs")
    if plan.look.held_out:
        print(f"  {plain_plural(len(plan.look.held_out), 'item')} held out, and not trained on")
    if plan.loaded is not None:
        print(f"  with the preset {plan.loaded}")
    show.steps(plan.look.steps)
    show.forecast(plan.forecast)
    show.ways(plan.ways)
    print("caches")
    show.caches(plan.look.caches)
    show.problems(plan.problems)
    show.commands(plan.jobs)
    return _answer(plan)


def _answer(plan: RunPlan) -> int:
    """What a start would answer with."""
    if plan.errors:
        return FAILED
    return DONE if plan.refusal is None else BAD_USAGE
