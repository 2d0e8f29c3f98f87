"""``setup``: installs the trainer, as a checklist that ticks itself."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

from wantui import config as configuration
from wantui.cli import show
from wantui.cli.errors import BAD_USAGE, DONE, FAILED, complain
from wantui.cli.watch import watch
from wantui.pipeline.forecast import gigabytes
from wantui.setup.amounts import duration_words, link_speed
from wantui.setup.deeds import SetupError
from wantui.setup.plan import PlannedStep, plan_setup, start, under_way

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace


def setup(workspace: Workspace, options: argparse.Namespace) -> int:
    """Do what is not done yet; a setup that is under way is looked on at."""
    running = under_way(workspace)
    if running is not None:
        print(f"run {running.number} sets up; ctrl+c leaves it to itself")
        return DONE if watch(workspace, running.number) else FAILED
    try:
        config = configuration.load(workspace)
        task = options.task or config.run.task
        planned = plan_setup(config, task)
    except SetupError as error:
        complain(str(error))
        return FAILED
    if options.json:
        show.document({"steps": [_document(each) for each in planned]})
    else:
        _show(planned, link_speed(config))
    if all(each.is_done for each in planned):
        print(
            "ready: `wantui doctor` looks at the rest" if not options.json else "", end="" if options.json else "\n"
        )
        return DONE
    if options.dry_run or options.json:
        return FAILED
    if not options.yes and not _agreed():
        return BAD_USAGE
    run = start(workspace, planned, task)
    print(f"run {run.number}: {', '.join(job.id for job in run.jobs)}; ctrl+c leaves it to itself")
    return DONE if watch(workspace, run.number) else FAILED


def _show(planned: tuple[PlannedStep, ...], speed: float) -> None:
    for each in planned:
        print(f"{'✓' if each.is_done else '○'} {each.step.kind:<12} {each.step.says}{_time(each, speed)}")
        for deed in each.deeds:
            print(f"    {deed.says}\n      $ {shlex.join(deed.argv)}")
    seconds = sum(each.seconds or 0.0 for each in planned)
    if seconds:
        loads = gigabytes(sum(each.bytes or 0 for each in planned))
        print(f"  {duration_words(seconds)} in all, {loads} over the network")


def _time(each: PlannedStep, speed: float) -> str:
    """`` (about 12 min at 100 MB/s)``; nothing for a step that is done."""
    if each.seconds is None:
        return ""
    return f" ({duration_words(each.seconds)}{f' at {speed / 1e6:.0f} MB/s' if each.bytes else ''})"


def _agreed() -> bool:
    """Whether a person wants it; without a terminal there is nobody to ask."""
    if not sys.stdin.isatty():
        complain("nothing was done; --yes does it without asking")
        return False
    return input("do it? [y/N] ").strip().lower() in ("y", "yes")


def _document(each: PlannedStep) -> dict[str, Any]:
    deeds = [{"says": deed.says, "argv": list(deed.argv)} for deed in each.deeds]
    return {
        "step": str(each.step.kind),
        "says": each.step.says,
        "done": each.is_done,
        "bytes": each.bytes,
        "seconds": each.seconds,
        "commands": deeds,
    }
