"""``resume``, ``stop`` and ``retry``: runs that end, go on, or start over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.cli.runs import follow
from wantui.services.resuming import ResumeRequest, Resuming
from wantui.services.runs import NamesInUseError, Runs

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from wantui.paths import Workspace
    from wantui.services.annotations import ResumePlan

BARS = "▁▂▃▄▅▆▇█"
RATES_SHOWN = 40
"""Columns of a learning rate's course."""
GOES_ON = "`wantui wait {}` waits for it, `wantui` shows it"


def resume(workspace: Workspace, options: argparse.Namespace) -> int:
    """Let a job or run go on from its newest whole state."""
    request = ResumeRequest(
        options.name,
        epochs=options.epochs,
        memory=options.memory,
        save_every=options.save_every,
        present_captions=options.present_captions,
    )
    service = Resuming(workspace)
    plan = service.plan(request, options.set)
    if options.dry_run:
        if options.json:
            show.document(document(plan))
        else:
            _show(plan)
        return DONE
    if not options.json:
        _show(plan)
    return follow(Runs(workspace), service.start(plan), wait=options.wait, as_json=options.json, then=GOES_ON)


def document(plan: ResumePlan) -> dict[str, object]:
    """A plan as the JSON contract has it."""
    return {
        "run": plan.run.number,
        "present_captions": plan.anew,
        "captions": None if plan.captions is None else str(plan.captions),
        "jobs": [
            {
                "id": each.job.id,
                "from": {
                    "epoch": each.start.epoch,
                    "step": each.start.step,
                    "state": None if each.start.state is None else str(each.start.state),
                },
                "epochs": each.epochs,
                "learning_rate": [{"step": step, "rate": rate} for step, rate in each.rates],
                "differs": {what: {"was": was, "is": new} for what, was, new in each.differs},
            }
            for each in plan.experts
        ],
    }


def _show(plan: ResumePlan) -> None:
    for each in plan.experts:
        if each.start.state is None:
            print(f"{each.job.id} begins at epoch 1 of {each.epochs}: it has saved nothing yet")
        else:
            print(f"{each.job.id} goes on after epoch {each.start.epoch} of {each.epochs}, from {each.start.state}")
        for what, was, new in each.differs:
            print(f"  {what}: {was} → {new}")
        if each.rates:
            first, last = each.rates[0][1], each.rates[-1][1]
            print(f"  learning rate {first:.3g} {bars([rate for _, rate in each.rates])} {last:.3g}")
    if plan.trains_on:
        print(f"trains on {plan.trains_on} (since then: {plan.captions})")


def bars(values: Sequence[float], width: int = RATES_SHOWN) -> str:
    """Values as a row of bars, the highest one full."""
    highest = max(values, default=0.0)
    if highest <= 0:
        return ""
    count = min(width, len(values))
    shown = [values[(len(values) - 1) * number // max(1, count - 1)] for number in range(count)]
    return "".join(BARS[min(len(BARS) - 1, int(value / highest * len(BARS)))] for value in shown)


def stop(workspace: Workspace, options: argparse.Namespace) -> int:
    """End a job or run, now or after an epoch."""
    if options.after_epoch or options.at_epoch is not None:
        for name, epoch in Resuming(workspace).end_after(options.name, options.at_epoch).items():
            print(f"{name} stops when epoch {epoch} is saved; `wantui stop {name} --take-back` cancels that")
        return DONE
    if options.take_back:
        names = Resuming(workspace).take_back(options.name)
        print(f"{' and '.join(names)} {'trains' if len(names) == 1 else 'train'} to the end")
        return DONE
    found = Runs(workspace).end(options.name)
    if not found.stopped:
        print(f"{options.name} has ended already")
    for name in found.stopped:
        print(f"{name} {'is still being stopped' if name in found.left else 'stopped'}")
    return FAILED if found.left else DONE


def retry(workspace: Workspace, options: argparse.Namespace) -> int:
    """Queue a job or run again from its beginning, unless that would overwrite what was saved."""
    runs = Runs(workspace)
    in_use = runs.retry_meets(options.name)
    if in_use is not None and (in_use.writers or not options.replace):
        raise NamesInUseError(
            in_use,
            f"`wantui resume {options.name}` resumes from the last state; "
            f"`wantui retry {options.name} --replace` starts over, and moves them to a folder beside them",
        )
    run = runs.retry(options.name, replaces=options.replace)
    waiting = [job.id for job in run.jobs if not job.state.has_ended]
    print(f"queued again: {', '.join(waiting)}")
    return DONE
