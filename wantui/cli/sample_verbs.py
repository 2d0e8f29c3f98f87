"""What ``wantui sample`` takes; the action itself is imported when it is given."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wantui.cli.numbers import epoch_or_average, epochs_or_averages, positive

if TYPE_CHECKING:
    from wantui.paths import Workspace

Verbs = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it


def add_verbs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    text = "makes pictures or clips by pairs of checkpoints of a run, one of each expert"
    verb = verbs.add_parser(
        "sample",
        help=text,
        description=f"{text[0].upper()}{text[1:]}; what is there is not made again.",
        epilog="Without --high and --low: each epoch that both have. With one of them: these epochs of both. "
        "With both: each of one with each of the other. An average (`wantui ema`) goes by its name: ema-10-40.",
    )
    verb.set_defaults(act=_sample)
    verb.add_argument("run", type=positive, nargs="?", metavar="RUN")
    verb.add_argument(
        "--high", type=epochs_or_averages, metavar="EPOCHS", help="of the high-noise expert: 40,60 or all"
    )
    verb.add_argument("--low", type=epochs_or_averages, metavar="EPOCHS", help="of the low-noise expert")
    then = verb.add_mutually_exclusive_group()
    then.add_argument("--prompts", action="store_true", help="edit the prompts in your editor, and check them")
    then.add_argument("--dry-run", action="store_true", help="say what would be made and how long it takes")
    then.add_argument("--show", action="store_true", help="print what is there, start nothing")
    then.add_argument("--choose", metavar="HIGH+LOW", type=_pair, help="keep 40+100 as the pair of this run")
    then.add_argument("--no-wait", action="store_true", help="queue it, and do not wait for the pictures")
    verb.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    verb.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _pair(text: str) -> tuple[int | str, int | str]:
    words = text.split("+")
    if len(words) != 2:  # noqa: PLR2004  of each expert one
        raise argparse.ArgumentTypeError(f"{text!r}: an epoch of each expert is wanted, such as 40+100")
    return epoch_or_average(words[0]), epoch_or_average(words[1])


def _sample(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.sampling import prompts, sample  # noqa: PLC0415  not for the other verbs

    return prompts(workspace, options) if options.prompts else sample(workspace, options)
