"""The actions of ``models``; what they need is imported when one is given."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wantui.paths import Workspace

Actions = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it


def add_verbs(verbs: Actions[argparse.ArgumentParser]) -> None:
    """Add ``models`` with its actions."""
    text = "weight files: list, download, verify"
    models = verbs.add_parser("models", help=text, description=text[0].upper() + text[1:] + ".")
    actions = models.add_subparsers(dest="action", metavar="ACTION", required=True)
    _action(actions, "list", "which files are here, and how large they are")
    load = _action(actions, "download", "downloads or links what is missing; ctrl-C pauses, the next call continues")
    load.add_argument("--replace", action="store_true", help="download again the files that differ from the Hub's")
    ending = load.add_mutually_exclusive_group()
    ending.add_argument("--pause", action="store_true", help="stop a download elsewhere; what has arrived is kept")
    ending.add_argument("--cancel", action="store_true", help="stop it, and remove partial files")
    _action(actions, "verify", "reads every file to its end and compares its sha256 with the Hub's")


def _action(actions: Actions[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    action.set_defaults(act=_models)
    action.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    action.add_argument("--task", choices=("t2v", "i2v", "all"), help="whose files (default: [run] task)")
    action.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    return action


def _models(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.models import models  # noqa: PLC0415  the network's modules are not for the other verbs

    return models(workspace, options)
