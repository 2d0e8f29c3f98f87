"""The actions of ``presets``; what they need is imported when one is given."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.cli.numbers import positive

if TYPE_CHECKING:
    from wantui.paths import Workspace

Actions = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it


def add_verbs(verbs: Actions[argparse.ArgumentParser]) -> None:
    """Add ``presets`` with its actions."""
    text = "settings of a run under a name, in presets/NAME.toml; `train --load NAME` trains with them"
    presets = verbs.add_parser("presets", help=text, description=text[0].upper() + text[1:] + ".")
    actions = presets.add_subparsers(dest="action", metavar="ACTION", required=True)
    _with_json(_action(actions, "list", "the presets of the workspace, and what each has"))
    _with_json(_named(_action(actions, "show", "a preset, as its file has it")))
    saved = _named(_action(actions, "save", "keeps the settings of wantui.toml, or of a run, under a name"))
    saved.add_argument("--run", type=positive, metavar="RUN", help="of this run (default: of wantui.toml)")
    compared = _action(actions, "diff", "what differs, value by value")
    compared.add_argument("one", metavar="NAME|RUN")
    compared.add_argument("other", nargs="?", metavar="NAME|RUN", help="default: wantui.toml")
    _with_json(compared)
    exported = _named(_action(actions, "export", "exports a preset to a file or to stdout"))
    exported.add_argument("--to", type=Path, metavar="FILE")
    taken = _action(actions, "import", "imports a file as a preset, after checking every line")
    taken.add_argument("file", type=Path, metavar="FILE")
    taken.add_argument("--name", metavar="NAME", help="default: the file's")
    for action in (saved, taken):
        action.add_argument("--replace", action="store_true", help="where there is one of that name")
    _named(_action(actions, "remove", "moves a preset to wantui's trash"))


def _action(actions: Actions[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    action.set_defaults(act=_presets)
    action.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return action


def _named(action: argparse.ArgumentParser) -> argparse.ArgumentParser:
    action.add_argument("name", metavar="NAME")
    return action


def _with_json(action: argparse.ArgumentParser) -> None:
    action.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")


def _presets(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.presets import presets  # noqa: PLC0415  few calls need it

    return presets(workspace, options)
