"""``sample``: pictures by pairs of checkpoints, and the prompts that they are made of."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.cli.watch import watch
from wantui.errors import WantuiError
from wantui.formatting import plain_plural, rough_duration
from wantui.services.runs import Runs
from wantui.services.samples import Samples
from wantui.terminal.editor import editor_command

if TYPE_CHECKING:
    import argparse

    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.services.annotations import Judged, PromptFile, SamplePicture
    from wantui.services.samples import SamplePlan

CHOSEN = "▶"


def sample(workspace: Workspace, options: argparse.Namespace) -> int:
    """Make what is not there, wait for it, and print what there is."""
    if options.run is None:
        complain("name the run: `wantui sample 7`; `wantui runs list` has them")
        return BAD_USAGE
    service = Samples(workspace)
    if options.choose is not None:
        return _choose(service, options)
    ended_well = True
    if not options.show:
        plan = service.plan(options.run, options.high, options.low)
        if options.dry_run and options.json:
            show.document(_plan_document(plan))
            return DONE
        if not options.json:
            _announce(plan)
        begun = None if options.dry_run else service.begin(plan)
        if options.dry_run or (begun is not None and options.no_wait):
            return _later(begun, options)
        ended_well = begun is None or _watched(workspace, begun, options)
    if options.json:
        judged = service.judged(options.run)
        show.document([_document(each, judged) for each in service.pictures(options.run)])
    else:
        show_pictures(workspace, options.run)
    return DONE if ended_well else FAILED


def _watched(workspace: Workspace, begun: Run, options: argparse.Namespace) -> bool:
    """Wait for a run; whether it ended well."""
    if not options.json:
        print(f"run {begun.number}: {', '.join(job.id for job in begun.jobs)}")
    return watch(Runs(workspace), begun.number, quiet=options.json)


def prompts(workspace: Workspace, options: argparse.Namespace) -> int:
    """Open the prompts in the person's editor where there is a terminal, then say what is in them."""
    service = Samples(workspace)
    if sys.stdin.isatty() and sys.stdout.isatty() and not options.json:
        found = service.create_prompts()
        _edit(found)
    found = service.prompts(options.run)
    if options.json:
        show.document(_prompt_document(found))
    else:
        for line, prompt in found.prompts:
            print(f"{line:>4}  {prompt.line()}")
        if not found.prompts:
            print(f"{found.path} has no prompt; a line of it is one, such as: your trigger, on a beach --d 42")
    errors = [problem for problem in found.problems if problem.is_error]
    for problem in found.problems:
        complain(f"{show.BAD if problem.is_error else show.CAUTION} {found.told(problem)}")
    return FAILED if errors else DONE


def _edit(found: PromptFile) -> None:
    command = [*editor_command(), str(found.path)]
    try:
        code = subprocess.run(command, check=False).returncode
    except OSError as error:
        raise WantuiError(f"{command[0]}: {error.strerror}; set EDITOR to an editor that is there") from error
    if code != 0:
        raise WantuiError(f"{command[0]} ended with exit code {code}")


def _choose(service: Samples, options: argparse.Namespace) -> int:
    high, low = options.choose
    known = {(each.pair.high, each.pair.low): each.pair for each in service.pictures(options.run)}
    if (high, low) not in known:
        complain(f"run {options.run} has no pictures of high {high} + low {low}; `wantui sample --show` lists them")
        return FAILED
    judged = service.choose(options.run, known[high, low])
    if options.json:
        show.document(_judged_document(judged))
    else:
        print(f"run {options.run}: chosen {known[high, low]}")
    return DONE


def _announce(plan: SamplePlan) -> None:
    for caution in plan.cautions:
        print(f"{show.CAUTION} {caution}")
    what = f"{plain_plural(len(plan.order.prompts), 'prompt')}, {plain_plural(len(plan.pairs), 'pair')}"
    if plan.left == 0:
        print(f"{what}: every picture is there")
        return
    there = f", {plan.total - plan.left} are there" if plan.left < plan.total else ""
    takes = "how long that takes is not known: none was made here yet"
    if plan.expected_s is not None:
        takes = f"{rough_duration(plan.expected_s)} by those that were made before"
    print(f"{what}: {plain_plural(plan.left, 'picture')} to make{there}; {takes}")


def _later(begun: Run | None, options: argparse.Namespace) -> int:
    """Say how to go on with a run that nobody waits for; None: nothing was started."""
    if options.json:
        show.document({"run": None if begun is None else begun.number})
    elif begun is not None:
        print(f"run {begun.number}: {', '.join(job.id for job in begun.jobs)}")
        awaits = f"`wantui wait {begun.number}` waits, `wantui sample {options.run} --show` lists what is there"
        print(f"it comes last in the queue; {awaits}")
    return DONE


def show_pictures(workspace: Workspace, number: int) -> None:
    """Print the pictures of a run, and what is said of its pairs."""
    service = Samples(workspace)
    pictures, judged = service.pictures(number), service.judged(number)
    if not pictures:
        print(f"run {number} has no pictures; `wantui sample {number}` makes them")
        return
    show.table([["", "pair", "seed", "prompt", "file"], *(_row(each, judged) for each in pictures)])
    if judged.ahead:
        print(judged.ahead)
    if judged.chosen is not None:
        print(f"chosen: {judged.chosen}")


def _row(each: SamplePicture, judged: Judged) -> list[str]:
    mark = CHOSEN if each.pair == judged.chosen else ""
    what = f"{each.frames[0].parent} ({len(each.frames)} frames)" if len(each.frames) > 1 else str(each.frames[0])
    return [mark, str(each.pair), str(each.prompt.seed), each.prompt.text, what]


def _document(each: SamplePicture, judged: Judged) -> dict[str, Any]:
    return {
        **each.pair.to_document(),
        "prompt": each.prompt.text,
        "line": each.prompt.line(),
        "seed": each.prompt.seed,
        "files": [str(frame) for frame in each.frames],
        "seconds": each.seconds,
        "made": each.made,
        "chosen": each.pair == judged.chosen,
    }


def _plan_document(plan: SamplePlan) -> dict[str, Any]:
    return {
        "prompts": [prompt.line() for prompt in plan.order.prompts],
        "pairs": [pair.to_document() for pair in plan.pairs],
        "pictures": plan.total,
        "left": plan.left,
        "expected_s": plan.expected_s,
        "cautions": list(plan.cautions),
    }


def _judged_document(judged: Judged) -> dict[str, Any]:
    return {"chosen": None if judged.chosen is None else judged.chosen.to_document()}


def _prompt_document(found: PromptFile) -> dict[str, Any]:
    return {
        "file": str(found.path),
        "prompts": [{"line": line, **prompt.to_document()} for line, prompt in found.prompts],
        "problems": [
            {"line": each.line, "severity": "error" if each.is_error else "warning", "message": each.message}
            for each in found.problems
        ],
    }
