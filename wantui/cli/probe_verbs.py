"""What ``wantui probe``, ``checkpoints`` and ``ema`` take; the actions themselves are imported when one is given."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wantui.cli.numbers import epoch_or_average, epochs, positive, span_of_epochs

if TYPE_CHECKING:
    from wantui.paths import Workspace

Verbs = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it


def add_verbs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add the verbs."""
    text = "asks the checkpoints of a run for their loss on held-out items"
    probe = verbs.add_parser("probe", help=text, description=text[0].upper() + text[1:] + ".")
    probe.set_defaults(act=_probe)
    probe.add_argument("--items", metavar="FILTER", help="about these items (default: those that are held out)")
    probe.add_argument("--draws", type=positive, metavar="N", help="of each item (default: 64 in all, 4 at least)")
    probe.add_argument("--seed", type=int, metavar="S", help="of noise, timesteps and order (default: 1)")
    then = probe.add_mutually_exclusive_group()
    then.add_argument("--show", action="store_true", help="print what is known, start nothing")
    then.add_argument("--no-wait", action="store_true", help="queue it, and do not wait for the answers")
    text = "the LoRA files of a run: epoch, size, loss, held-out loss"
    listed = verbs.add_parser("checkpoints", help=text, description=text[0].upper() + text[1:] + ".")
    listed.set_defaults(act=_checkpoints)
    then = listed.add_mutually_exclusive_group()
    then.add_argument(
        "--inspect", type=epoch_or_average, metavar="EPOCH", help="metadata, formats and ranks of its files"
    )
    then.add_argument("--prune", action="store_true", help="to a trash, but for the chosen, the lowest and the last")
    then.add_argument("--restore", action="store_true", help="bring back what was pruned")
    then.add_argument("--empty-trash", action="store_true", help="remove for good what was pruned")
    listed.add_argument("--keep", type=epochs, metavar="EPOCHS", help="with --prune: 40,60 stay as well")
    listed.add_argument("--dry-run", action="store_true", help="with --prune: say what would go")
    listed.add_argument("--yes", action="store_true", help="with --empty-trash: without asking")
    averaged = _add_ema(verbs)
    for verb in (probe, listed, averaged):
        verb.add_argument("run", type=positive, metavar="RUN")
        verb.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
        verb.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _add_ema(verbs: Verbs[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    text = "averages checkpoints of a run into one LoRA file (post-hoc EMA), by the trainer's own script"
    verb = verbs.add_parser(
        "ema",
        help=text,
        description=f"{text[0].upper()}{text[1:]}, by epoch, whatever the times of the files. It takes no GPU.",
        epilog="`wantui checkpoints RUN` lists it, `wantui probe RUN` asks it for its loss as well, and "
        "`wantui release RUN --high ema-10-40` hands it out.",
    )
    verb.set_defaults(act=_ema)
    verb.add_argument("--expert", choices=("high", "low"), help="of that one (default: of each)")
    which = verb.add_mutually_exclusive_group()
    which.add_argument("--epochs", type=span_of_epochs, metavar="FIRST..LAST", help="10..40 (default: all there are)")
    which.add_argument("--last", type=positive, metavar="N", help="the newest N checkpoints")
    decay = verb.add_mutually_exclusive_group()
    decay.add_argument(
        "--beta", type=float, metavar="B", help="share that the average keeps at each checkpoint, such as 0.9"
    )
    decay.add_argument(
        "--sigma-rel", type=float, metavar="S", help="a share that grows with each checkpoint (default: 0.2)"
    )
    then = verb.add_mutually_exclusive_group()
    then.add_argument("--dry-run", action="store_true", help="check the files, and say how much each counts")
    then.add_argument("--no-wait", action="store_true", help="queue it, and do not wait for it")
    return verb


def _ema(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.averaging import ema  # noqa: PLC0415  not for the other verbs

    return ema(workspace, options)


def _probe(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.probing import probe  # noqa: PLC0415  not for the other verbs

    return probe(workspace, options)


def _checkpoints(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli import pruning  # noqa: PLC0415  not for the other verbs
    from wantui.cli.probing import checkpoints  # noqa: PLC0415  the same

    if options.prune:
        return pruning.prune(workspace, options)
    if options.restore:
        return pruning.restore(workspace, options)
    if options.empty_trash:
        return pruning.empty_trash(workspace, options)
    if options.inspect is not None:
        return pruning.inspect(workspace, options)

    return checkpoints(workspace, options)
