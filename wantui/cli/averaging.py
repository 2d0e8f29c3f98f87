"""``ema``: averages checkpoints of a run into one LoRA file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.cli.watch import watch
from wantui.formatting import file_size
from wantui.services.averaging import Averaging
from wantui.services.runs import Runs
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    import argparse

    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.services.annotations import AverageOrder, WantedAverage


def ema(workspace: Workspace, options: argparse.Namespace) -> int:
    """Say what is averaged, make it, and wait for it."""
    service = Averaging(workspace)
    first, last = options.epochs or (None, None)
    order = service.plan(
        options.run,
        expert=None if options.expert is None else Expert(options.expert),
        first=first,
        last=last,
        newest=options.last,
        beta=options.beta,
        sigma_rel=options.sigma_rel,
    )
    if not options.json:
        for each in order.wanted:
            _announce(each)
    if options.dry_run:
        if options.json:
            show.document(_document(order, None))
        return DONE
    begun = service.begin(order)
    ended_well = begun is None or options.no_wait or _watched(workspace, begun, options)
    if options.json:
        show.document(_document(order, begun))
    else:
        _tell(order, begun, waits=not options.no_wait, ended_well=ended_well)
    return DONE if ended_well else FAILED


def _announce(wanted: WantedAverage) -> None:
    average = wanted.average
    weights = zip(average.epochs, average.decay.weights(len(average.epochs)), strict=True)
    print(f"{average.expert}, {average.decay}: {wanted.target}")
    show.table([[f"epoch {epoch}", f"{100 * weight:.1f} %"] for epoch, weight in weights], indent="  ")


def _watched(workspace: Workspace, begun: Run, options: argparse.Namespace) -> bool:
    if not options.json:
        print(f"run {begun.number}: {', '.join(job.id for job in begun.jobs)}")
    return watch(Runs(workspace), begun.number, quiet=options.json)


def _tell(order: AverageOrder, begun: Run | None, *, waits: bool, ended_well: bool) -> None:
    if begun is None:
        print("exists already; nothing was started")
    elif not waits:
        print(f"run {begun.number}; `wantui wait {begun.number}` waits for it")
    elif ended_well:
        for each in order.wanted:
            print(f"{show.GOOD} {each.target}, {file_size(each.target.stat().st_size)}")
        print(f"  `wantui probe {order.run}` asks it for its loss on held-out items")


def _document(order: AverageOrder, begun: Run | None) -> dict[str, Any]:
    return {
        "of_run": order.run,
        "run": None if begun is None else begun.number,
        "averages": [
            {
                "expert": each.average.expert,
                "name": each.average.name,
                "path": str(each.target),
                "beta": each.average.decay.beta,
                "sigma_rel": each.average.decay.sigma_rel,
                "epochs": list(each.average.epochs),
                "weights": list(each.average.decay.weights(len(each.sources))),
            }
            for each in order.wanted
        ],
    }
