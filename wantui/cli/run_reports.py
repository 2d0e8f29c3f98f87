"""``runs``: what a run was, and how two of them differ."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, complain
from wantui.formatting import in_words, moment
from wantui.services.runs import Runs

if TYPE_CHECKING:
    import argparse

    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.services.annotations import RunReport

SHOWN_ITEMS = 20
"""How many items are listed before the rest is counted; ``--json`` has them all."""


def runs(workspace: Workspace, options: argparse.Namespace) -> int:
    """List runs, show one, or compare two."""
    service = Runs(workspace)
    if options.action == "list":
        return _list(service, as_json=options.json)
    wanted = 2 if options.action == "diff" else 1
    if len(options.run) != wanted:
        example = "as in `wantui runs diff 6 7`" if wanted > 1 else "as in `wantui runs show 7`"
        complain(f"`runs {options.action}` takes {_numbers(wanted)}, {example}; `wantui runs list` lists them")
        return BAD_USAGE
    found = [service.run(number) for number in options.run]
    if options.action == "show":
        return _show(service, found[0], as_json=options.json)
    return _compare(service, found[0], found[1], as_json=options.json)


def _list(service: Runs, *, as_json: bool) -> int:
    found = service.all()
    if as_json:
        show.document([_listed(run) for run in found])
    elif found:
        show.table([[str(run.number), str(run.kind), moment(run.created), _states(run)] for run in found])
    else:
        print("no runs yet; `wantui train` starts one")
    return DONE


def _show(service: Runs, run: Run, *, as_json: bool) -> int:
    report, changed = service.report(run), service.changed_since(run.number)
    if as_json:
        jobs = [view.document() for view in service.jobs_of(run)]
        since = None if changed is None else asdict(changed)
        show.document({**_document(report), "jobs": jobs, "changed_since": since})
        return DONE
    print(f"run {run.number}: {run.kind}, {moment(run.created)}")
    print(f"trainer  {report.trainer or 'not started yet'}")
    for kind, said in report.memory.items():
        print(f"memory   {kind}: {said}")
    for kind, ends in report.attempts.items():
        print(f"attempts at {kind}")
        for said in ends:
            print(f"  {said}")
    show.table(_settings(report), indent="  ")
    show.table([show.job_line(view) for view in service.jobs_of(run)])
    if report.items:
        print(f"trained on {len(report.items)} items")
        show.table([[f"  {row['name']}", str(row["caption"])] for row in report.items[:SHOWN_ITEMS]])
        if len(report.items) > SHOWN_ITEMS:
            print(f"  and {len(report.items) - SHOWN_ITEMS} more; --json lists them all")
        print(f"since this run began: {changed or 'nothing changed'}")
    for job in run.jobs:
        show.command(job)
    return DONE


def _compare(service: Runs, one: Run, other: Run, *, as_json: bool) -> int:
    if as_json:
        show.document(asdict(service.compare(one, other)))
        return DONE
    from wantui.cli.comparing import print_compared  # noqa: PLC0415  few calls need it

    print_compared(service.compared(one.number, other.number))
    return DONE


def _document(report: RunReport) -> dict[str, Any]:
    run = report.run
    return {
        "run": run.number,
        "kind": str(run.kind),
        "created": run.created,
        "trainer": report.trainer,
        "settings": {**report.settings, **({"preset": memory} if (memory := report.settings.get("memory")) else {})},
        "memory": report.memory,
        "attempts": report.attempts,
        "items": list(report.items),
    }


def _settings(report: RunReport) -> list[list[str]]:
    """A line a setting; one for each file or variable of those that are tables."""
    return [
        [key if at == 0 else "", line]
        for key, value in report.told_settings.items()
        for at, line in enumerate(in_words(value, "\n").splitlines() or [""])
    ]


def _listed(run: Run) -> dict[str, Any]:
    jobs = {str(job.kind): str(job.state) for job in run.jobs}
    return {"run": run.number, "kind": str(run.kind), "created": run.created, "jobs": jobs}


def _numbers(count: int) -> str:
    return "two run numbers" if count > 1 else "a run number"


def _states(run: Run) -> str:
    return "  ".join(f"{show.GLYPHS[str(job.state)]} {job.kind}" for job in run.jobs)
