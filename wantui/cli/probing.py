"""``probe`` and ``checkpoints``: losses on held-out items, and what they say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.cli.show import UNKNOWN
from wantui.cli.watch import watch
from wantui.formatting import file_size, plain_plural
from wantui.services.probing import Probing
from wantui.services.runs import Runs
from wantui.services.samples import Samples

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace
    from wantui.services.annotations import ItemLoss, Pair, Probed
    from wantui.services.probing import AverageView, CheckpointView, ProbeAnswers

LOWEST = "◆"
HARDEST = 3
"""Items that are named: those with the highest loss."""


def probe(workspace: Workspace, options: argparse.Namespace) -> int:
    """Ask what has not been asked, wait for the answers, and print them."""
    service = Probing(workspace)
    ended_well = True
    if not options.show:
        begun = service.begin(options.run, options.items, draws=options.draws, seed=options.seed)
        if begun is not None:
            if not options.json:
                print(f"run {begun.number}: {', '.join(job.id for job in begun.jobs)}")
            if options.no_wait:
                return _later(begun.number, as_json=options.json)
            ended_well = watch(Runs(workspace), begun.number, quiet=options.json)
    answers = service.answers(options.run)
    if options.json:
        every = (each for found in answers for each in (*found.probed, *found.averages))
        show.document([_document(each, item) for each in every for item in each.items])
    else:
        _print(answers, options.run)
    return DONE if ended_well else FAILED


def checkpoints(workspace: Workspace, options: argparse.Namespace) -> int:
    """List the checkpoints of a run."""
    if options.json:
        service = Probing(workspace)
        found = service.checkpoints(options.run)
        chosen = Samples(workspace).judged(options.run).chosen
        documents = [_checkpoint_document(each, chosen) for each in found]
        show.document([*documents, *(_average_document(each, chosen) for each in service.averages(options.run))])
    else:
        show_checkpoints(workspace, options.run)
    return DONE


def show_checkpoints(workspace: Workspace, number: int) -> None:
    """Print the checkpoints of a run, and what is said of them."""
    service = Probing(workspace)
    found, averages = service.checkpoints(number), service.averages(number)
    if not found and not averages:
        print(f"run {number} has no checkpoint that is there")
        return
    head = ["expert", "epoch", "loss", "held out", "", "size", "file"]
    show.table([head, *map(_row, found), *map(_average_row, averages)])
    _verdicts(service.answers(number))
    if all(each.held_out is None for each in found):
        print(f"`wantui probe {number}` asks them for their loss on held-out items")
    chosen = Samples(workspace).judged(number).chosen
    if chosen is not None:
        print(f"chosen: {chosen}")


def _later(number: int, *, as_json: bool) -> int:
    if as_json:
        show.document({"run": number})
    else:
        print(f"it comes last in the queue; `wantui wait {number}` waits, `wantui probe --show` prints the answers")
    return DONE


def _print(answers: tuple[ProbeAnswers, ...], run: int) -> None:
    if not answers:
        print(f"no checkpoint of run {run} has been asked")
        return
    head = ["expert", "epoch", "held out", "", "trained on"]
    show.table([head, *(_answer_row(found, each) for found in answers for each in (*found.probed, *found.averages))])
    _verdicts(answers)
    for found in answers:
        hardest = sorted(found.probed[-1].items, key=lambda item: -item.loss)[:HARDEST]
        print(f"{found.expert}, hardest items at epoch {found.probed[-1].epoch} (loss ± error over the draws)")
        show.table([[item.name, _with_error(item.loss, item.error), item.which] for item in hardest], indent="  ")


def _verdicts(answers: tuple[ProbeAnswers, ...]) -> None:
    for found in answers:
        if found.over_fit is not None:
            print(f"{show.CAUTION} {found.expert} {found.over_fit}")
        elif found.lowest is not None and found.held_out_items == 1:
            print(f"{found.expert}: one held-out item tells no spread, so nothing is said of over-fitting")
        elif found.lowest is not None:
            items = plain_plural(found.held_out_items, "held-out item")
            print(f"{found.expert}: lowest at epoch {found.lowest}; no rise after it beyond the spread over {items}")


def _answer_row(found: ProbeAnswers, each: Probed) -> list[str]:
    mark = LOWEST if each.epoch == found.lowest and each.average is None else ""
    held_out = each.in_words("held-out") or UNKNOWN
    return [found.expert, each.average or str(each.epoch), held_out, mark, each.in_words("training")]


def _row(each: CheckpointView) -> list[str]:
    loss = UNKNOWN if each.loss is None else f"{each.loss:.4f}"
    held_out = UNKNOWN if each.held_out is None else _with_error(each.held_out, each.held_out_error)
    mark = LOWEST if each.is_lowest else ""
    return [each.expert, str(each.epoch), loss, held_out, mark, file_size(each.size), str(each.path)]


def _average_row(each: AverageView) -> list[str]:
    held_out = UNKNOWN if each.held_out is None else _with_error(each.held_out, each.held_out_error)
    return [each.expert, each.label, UNKNOWN, held_out, "", file_size(each.size), str(each.path)]


def _with_error(value: float, error: float | None) -> str:
    return f"{value:.4f}" if error is None or not math.isfinite(error) else f"{value:.4f} ± {error:.4f}"


def _document(each: Probed, item: ItemLoss) -> dict[str, Any]:
    return {
        "expert": each.expert,
        "epoch": each.epoch if each.average is None else None,
        "average": each.average,
        "set": item.which,
        "item": item.name,
        "section": int(item.key.partition("/")[0]) + 1,
        "loss": _number(item.loss),
        "error": _number(item.error),
        "draws": len(item.draws),
    }


def _checkpoint_document(each: CheckpointView, chosen: Pair | None) -> dict[str, Any]:
    return {
        "expert": each.expert,
        "epoch": each.epoch,
        "path": str(each.path),
        "size": each.size,
        "loss": None if each.loss is None else _number(each.loss),
        "held_out": None if each.held_out is None else _number(each.held_out),
        "held_out_error": None if each.held_out_error is None else _number(each.held_out_error),
        "lowest": each.is_lowest,
        "chosen": chosen is not None and each.member == chosen.of(each.expert),
        "average": None,
    }


def _average_document(each: AverageView, chosen: Pair | None) -> dict[str, Any]:
    return {
        "expert": each.expert,
        "epoch": None,
        "path": str(each.path),
        "size": each.size,
        "loss": None,
        "held_out": None if each.held_out is None else _number(each.held_out),
        "held_out_error": None if each.held_out_error is None else _number(each.held_out_error),
        "lowest": False,
        "chosen": chosen is not None and each.member == chosen.of(each.expert),
        "average": {
            "name": each.name,
            "epochs": list(each.epochs),
            "beta": each.beta,
            "sigma_rel": each.sigma_rel,
        },
    }


def _number(value: float) -> float | None:
    """JSON has no nan."""
    return value if math.isfinite(value) else None
