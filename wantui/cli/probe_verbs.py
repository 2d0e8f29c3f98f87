"""What ``wantui probe`` and ``wantui checkpoints`` take; the actions themselves are imported when one is given."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wantui.cli.numbers import epochs, positive

if TYPE_CHECKING:
    from wantui.paths import Workspace

Verbs = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it


def add_verbs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add both verbs."""
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
        "--inspect", type=positive, metavar="EPOCH", help="metadata, formats and ranks of an epoch's files"
    )
    then.add_argument("--prune", action="store_true", help="to a trash, but for the chosen, the lowest and the last")
    then.add_argument("--restore", action="store_true", help="bring back what was pruned")
    then.add_argument("--empty-trash", action="store_true", help="remove for good what was pruned")
    listed.add_argument("--keep", type=epochs, metavar="EPOCHS", help="with --prune: 40,60 stay as well")
    listed.add_argument("--dry-run", action="store_true", help="with --prune: say what would go")
    listed.add_argument("--yes", action="store_true", help="with --empty-trash: without asking")
    for verb in (probe, listed):
        verb.add_argument("run", type=positive, metavar="RUN")
        verb.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
        verb.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


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
