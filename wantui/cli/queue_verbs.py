"""The actions of ``queue``; what they need is imported when one is given."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wantui.cli.numbers import positive

if TYPE_CHECKING:
    from wantui.paths import Workspace

Actions = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it


def add_verbs(verbs: Actions[argparse.ArgumentParser]) -> None:
    """Add ``queue`` with its actions."""
    text = "the runs that wait and run, and their order"
    queue = verbs.add_parser("queue", help=text, description=text[0].upper() + text[1:] + ".")
    actions = queue.add_subparsers(dest="action", metavar="ACTION", required=True)
    _action(actions, "list", "the runs in their order, what each waits for, and when it probably starts and ends")
    moved = _of_run(actions, "move", "gives a run another place in the queue")
    moved.add_argument("position", type=positive, metavar="POSITION", help="1: before all others")
    _of_run(actions, "hold", "starts no other job of a run until it is released; those that run go on")
    _of_run(actions, "release", "lets a run go on that is held, or that came with the workspace")
    _action(actions, "pause", "starts no other job of any run until `queue go`; those that run go on")
    _action(actions, "go", "lets jobs start again")


def _action(actions: Actions[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    action.set_defaults(act=_queue)
    action.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    action.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else: the queue")
    return action


def _of_run(actions: Actions[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    action = _action(actions, name, text)
    action.add_argument("run", type=positive, metavar="RUN", help="its number")
    return action


def _queue(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.queue import queue  # noqa: PLC0415  few calls need it

    return queue(workspace, options)
