"""The verbs of the journal, with their actions; what an action needs is imported when it is given."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.cli import caption_verbs, item_verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wantui.paths import Workspace

    Act = Callable[[Workspace, argparse.Namespace], int]

Actions = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it
PROPOSED = "the names of items, or of their files; all that have a proposal unless given"


def add_verbs(verbs: Actions[argparse.ArgumentParser]) -> None:
    """Add ``captions``, ``items``, ``fix`` and ``dataset``."""
    captions = _actions(verbs, "captions", "captions: list, write, change many, undo, propose")
    caption_verbs.add_actions(partial(_action, captions))
    _add_conversion(captions)
    _add_proposals(captions)
    items = _actions(verbs, "items", "items: trash, restore, import, hold out; what a step changed")
    item_verbs.add_actions(partial(_action, items))
    _add_fix(verbs)
    _add_dataset(_actions(verbs, "dataset", "the settings of dataset.toml: show, change, make from a folder"))


def _add_conversion(actions: Actions[argparse.ArgumentParser]) -> None:
    convert = _action(actions, "convert", "shows what captions that are not UTF-8 say, and converts them", _convert)
    convert.add_argument("names", nargs="*", metavar="NAME", help="items (default: all whose caption is not UTF-8)")
    convert.add_argument("--encoding", metavar="E", help="that they are in; without it nothing is written")
    convert.add_argument("--dataset", type=Path, metavar="T", help="the dataset.toml (default: [run] dataset)")
    convert.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")


def _convert(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.conversion import convert  # noqa: PLC0415  not for the other verbs

    return convert(workspace, options)


def _add_proposals(actions: Actions[argparse.ArgumentParser]) -> None:
    propose = _action(actions, "propose", "asks the program of [captions] for captions, as a job", _propose)
    propose.add_argument("--filter", metavar="F", help="for the items that the filter leaves, captioned or not")
    propose.add_argument("--all", action="store_true", help="for every item (default: for those without a caption)")
    propose.add_argument("--wait", action="store_true", help="show progress until it has ended")
    propose.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    proposals = _action(actions, "proposals", "what is proposed and not decided on", _proposals)
    proposals.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    for name, text, act in (
        ("accept", "makes captions of proposals, as one step that can be undone", _accept),
        ("reject", "forgets proposals", _reject),
    ):
        decide = _action(actions, name, text, act)
        decide.add_argument("names", nargs="*", metavar="NAME", help=PROPOSED)
        decide.add_argument("--filter", metavar="F", help="only for the items that the filter leaves")


def _add_dataset(actions: Actions[argparse.ArgumentParser]) -> None:
    shown = _action(actions, "show", "the settings, section by section", _dataset)
    shown.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")
    put = _action(actions, "set", "gives a key a value", _dataset)
    put.add_argument("key", metavar="KEY")
    put.add_argument("value", metavar="VALUE", help="as in 960x544, true, .txt or 1,25,45")
    unset = _action(actions, "unset", "removes a key", _dataset)
    unset.add_argument("key", metavar="KEY")
    for verb in (put, unset):
        verb.add_argument(
            "--section", type=_section, metavar="N|general",
            help="which [[datasets]], from 1 (default: where the key is, else the only one, else general)",
        )  # fmt: skip
    remove = _action(actions, "remove", "removes a [[datasets]] section; its files stay", _dataset)
    remove.add_argument("section", type=_section, metavar="N", help="from 1")
    add = _action(actions, "add", "adds a section for a folder of images or clips", _dataset)
    add.add_argument("folder", type=Path, metavar="FOLDER")
    add.add_argument("--video", action="store_true", help="take the clips of it alone")
    new = _action(actions, "new", "makes a dataset.toml for a folder of images or clips", _dataset)
    new.add_argument("folder", type=Path, metavar="FOLDER")
    for verb in (put, unset, remove, add, new):
        verb.add_argument("--dry-run", action="store_true", help="print what would change and write nothing")
    for verb in (shown, put, unset, remove, add, new):
        verb.add_argument("--dataset", type=Path, metavar="T", help="the dataset.toml (default: [run] dataset)")


def _add_fix(verbs: Actions[argparse.ArgumentParser]) -> None:
    text = "fixes the dataset's problems that can be fixed automatically"
    fix = _action(verbs, "fix", text, _fix, aliases=("mend",))
    fix.add_argument("codes", nargs="*", metavar="CODE", help="only problems of these codes, as `check` prints them")
    fix.add_argument("--yes", action="store_true", help="also what asks first: trash, folders, guesses")
    fix.add_argument("--dry-run", action="store_true", help="print what would be done and write nothing")
    fix.add_argument("--dataset", type=Path, metavar="T", help="the dataset.toml (default: [run] dataset)")
    fix.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")


def _actions(verbs: Actions[argparse.ArgumentParser], name: str, text: str) -> Actions[argparse.ArgumentParser]:
    verb = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    return verb.add_subparsers(dest="action", metavar="ACTION", required=True)


def _action(
    actions: Actions[argparse.ArgumentParser], name: str, text: str, act: Act, *, aliases: Sequence[str] = ()
) -> argparse.ArgumentParser:
    description = text[0].upper() + text[1:] + "."
    action = actions.add_parser(name, help=text, description=description, aliases=aliases)
    action.set_defaults(act=act)
    action.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return action


def _section(text: str) -> int:
    """A section from 1, as it is numbered for people; 0 is ``[general]``."""
    if text == "general":
        return 0
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither general nor a number from 1")
    return int(text)


def _dataset(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.dataset import dataset  # noqa: PLC0415  see above

    return dataset(workspace, options)


def _fix(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.fix import fix  # noqa: PLC0415  see above

    return fix(workspace, options)


def _propose(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.proposals import propose  # noqa: PLC0415  see above

    return propose(workspace, options)


def _proposals(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.proposals import proposals  # noqa: PLC0415  see above

    return proposals(workspace, options)


def _accept(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.proposals import accept  # noqa: PLC0415  see above

    return accept(workspace, options)


def _reject(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.proposals import reject  # noqa: PLC0415  see above

    return reject(workspace, options)
