"""What ``wantui release`` and ``wantui after`` take; the actions themselves are imported when one is given."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.cli.numbers import epoch_or_average, positive

if TYPE_CHECKING:
    from wantui.paths import Workspace

Verbs = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it


def add_verbs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add both verbs."""
    text = "the LoRA files of a run as a folder to hand out: both files, model card, samples, hashes"
    verb = verbs.add_parser(
        "release",
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog="Without --high and --low: the pair that was chosen with `wantui sample --choose`, else the lowest "
        "held-out loss of each, else the last. Exit code 3: the release is there, and not on the Hub; the same call "
        "goes on with what is missing.",
    )
    verb.set_defaults(act=_release)
    verb.add_argument("run", type=positive, metavar="RUN")
    verb.add_argument(
        "--high", type=epoch_or_average, metavar="EPOCH", help="of the high-noise expert: 40, or ema-10-40"
    )
    verb.add_argument("--low", type=epoch_or_average, metavar="EPOCH", help="of the low-noise expert")
    verb.add_argument("--name", metavar="NAME", help="what the files are called (default: the run's suffix)")
    verb.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="the folder to make (default: releases/NAME)"
    )
    verb.add_argument("--comfyui", action="store_true", help="put the files into ComfyUI's loras folder as well")
    verb.add_argument(
        "--upload", metavar="PERSON/NAME", help="put it on the Hugging Face Hub, privately, and compare"
    )
    verb.add_argument("--public", action="store_true", help="with --upload: for everybody to see")
    verb.add_argument("--dry-run", action="store_true", help="say what would be written")
    verb.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    verb.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)

    text = "what is done once a run has ended: an upload of its release, then the command of [after]"
    then = verbs.add_parser(
        "after",
        help=text,
        description=f"{text[0].upper()}{text[1:]}. The background process does it, once, with or without a screen.",
        epilog="The command is run when no other run is under way or waits, and only if the upload went well.",
    )
    then.set_defaults(act=_after)
    then.add_argument("run", type=positive, metavar="RUN")
    then.add_argument("--upload", metavar="PERSON/NAME", help="release it on the Hugging Face Hub, privately")
    then.add_argument("--public", action="store_true", help="with --upload: for everybody to see")
    then.add_argument("--no-command", action="store_true", help="the upload alone")
    then.add_argument("--yes", action="store_true", help="without asking")
    then.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    then.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _after(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.after import after  # noqa: PLC0415  not for the other verbs

    return after(workspace, options)


def _release(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.releasing import release  # noqa: PLC0415  not for the other verbs

    return release(workspace, options)
