"""The commands with the keys that a person wants for them, and why some cannot be had (``[keys]``)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

from wantui.ui.commands.catalogue import BY_ID, COMMANDS, PANES, Command, Place
from wantui.ui.commands.key_names import KeyNameError, is_text, key_of, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.dom import DOMNode

    from wantui.config.schema import KeyChoice

MOST_NAMED = 3
"""Commands that a message names where an unknown one is like several."""


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """One thing that is wrong with ``[keys]``; a ``ConfigProblem``, which takes the whole configuration to import."""

    line: int
    message: str
    """What is wrong and what to write instead."""


@dataclass(frozen=True)
class CommandTable:
    """The commands of a session of the screen, each with the keys that give it."""

    commands: tuple[Command, ...] = COMMANDS

    @cached_property
    def by_id(self) -> dict[str, Command]:
        """Each by its name."""
        return {command.id: command for command in self.commands}

    @cached_property
    def keymap(self) -> dict[str, str]:
        """The keys that differ from those of `catalogue.COMMANDS`, by the command's id, for ``App.set_keymap``.

        Textual leaves a binding as it is where it is given no key: a command without keys gets one that is none.
        """
        changed = (command for command in self.commands if command.keys != BY_ID[command.id].keys)
        return {command.id: command.keys or f"no_key_for_{command.id}" for command in changed}

    def at(self, place: Place) -> tuple[Command, ...]:
        """The commands of one place alone."""
        return tuple(command for command in self.commands if command.place is place)


BUILT_IN = CommandTable()
"""With the keys that the program comes with."""


def commands_of(node: DOMNode) -> CommandTable:
    """The commands that are in force where `node` is shown."""
    table: Any = getattr(node.app, "command_table", BUILT_IN)
    return table if isinstance(table, CommandTable) else BUILT_IN


def key_for(node: DOMNode, command_id: str) -> str:
    """The key of a command as sentences name it: ``t``; where it has none, the way to it through the palette."""
    command = commands_of(node).by_id[command_id]
    return command.key or f'{commands_of(node).by_id["palette"].key or "ctrl+p"} "{command.short or command.id}"'


def titled(node: DOMNode, place: Place, title: str) -> str:
    """The title of a pane, with the key that leads there before it."""
    return f"{commands_of(node).by_id[f'pane.{place.value}'].key} {title}".lstrip()


def table_with(choices: Sequence[KeyChoice]) -> tuple[CommandTable, tuple[KeyProblem, ...]]:
    """The commands with the keys of ``[keys]``.

    Returns:
        The table, which is `BUILT_IN` where anything is wrong; and everything that is, with its line.
    """
    found: dict[str, Command] = {}
    lines: dict[str, int] = {}
    problems: list[KeyProblem] = []
    for choice in choices:
        command = BY_ID.get(choice.command)
        if command is None:
            problems.append(KeyProblem(choice.line, _unknown(choice.command)))
            continue
        lines[command.id] = choice.line
        found[command.id], wrong = _with_keys(command, choice)
        problems += wrong
    table = CommandTable(tuple(found.get(command.id, command) for command in COMMANDS))
    problems += _clashes(table, lines)
    return (BUILT_IN if problems else table), tuple(problems)


def _unknown(name: str) -> str:
    namesakes = [each for each in BY_ID if each.rpartition(".")[2] == name.rpartition(".")[2]]
    near = list(dict.fromkeys([*namesakes, *difflib.get_close_matches(name, BY_ID, n=MOST_NAMED)]))[:MOST_NAMED]
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"keys.{name}: there is no command {name}; {hint}`wantui config --keys` lists them"


def _with_keys(command: Command, choice: KeyChoice) -> tuple[Command, list[KeyProblem]]:
    """The command with other keys, as far as these are keys."""
    keys: list[str] = []
    problems: list[KeyProblem] = []
    for written in filter(None, (part.strip() for part in choice.keys.split(","))):
        try:
            key = key_of(written)
        except KeyNameError as error:
            problems.append(KeyProblem(choice.line, f"keys.{command.id}: {written} {error}"))
            continue
        if command.place is Place.EDITOR and is_text(key):
            said = f"keys.{command.id}: {written} is text in the caption editor; take a key with ctrl, or f1 to f24"
            problems.append(KeyProblem(choice.line, said))
        keys.append(key)
    unique = tuple(dict.fromkeys(keys))
    same = ",".join(unique) == command.keys
    return (command if same else replace(command, keys=",".join(unique), shown=shown(unique[0]) if unique else ""),
            problems)  # fmt: skip


def _clashes(table: CommandTable, lines: dict[str, int]) -> list[KeyProblem]:
    """A key for several commands in one place, where a person has asked for one of them; once for each such key."""
    clashing: dict[tuple[str, str], list[Command]] = {}
    for one, other in combinations(table.commands, 2):
        if not (one.id in lines or other.id in lines) or one.does == other.does or not _meet(one, other):
            continue
        at_first = set(BY_ID[one.id].keys.split(",")) & set(BY_ID[other.id].keys.split(","))
        both = (set(one.keys.split(",")) & set(other.keys.split(","))) - at_first - {""}
        mine, its = (one, other) if lines.get(one.id, 0) >= lines.get(other.id, 0) else (other, one)
        for key in sorted(both):
            clashing.setdefault((mine.id, key), []).append(its)
    return [KeyProblem(lines[mine], _clash(mine, key, others)) for (mine, key), others in clashing.items()]


def _clash(mine: str, key: str, others: Sequence[Command]) -> str:
    """What is said of a key that a command may not have, because others have it already."""
    first, *more = others
    where = "everywhere" if first.place is Place.EVERYWHERE else f"in the {first.place.value}"
    too = f" and of {', '.join(each.id for each in more)}" if more else ""
    which = "them" if more else first.id
    return (
        f'keys.{mine}: {shown(key)} is the key of {first.id} {where} ("{first.says}"){too}; '
        f"choose another, or give {which} another"
    )


def _meet(one: Command, other: Command) -> bool:
    """Whether a key could mean either of two commands at one time."""
    if one.place is other.place:
        return True
    places = {one.place, other.place}
    return Place.EVERYWHERE in places and bool(places & {*PANES, Place.EDITOR})
