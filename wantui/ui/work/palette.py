"""The commands in Textual's command palette."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from wantui.ui.commands.catalogue import COMMANDS, Command, Place
from wantui.ui.commands.command_table import commands_of
from wantui.ui.commands.synonyms import SYNONYMS
from wantui.ui.drawing.themes import SHORT_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

_WORD = re.compile(r"[\w.$+]+")
NEARLY = 0.2
"""What a command is worth at most whose words only have the letters of the query in their order."""


def offered(commands: Iterable[Command] = COMMANDS) -> Iterable[Command]:
    """The commands that make sense in a palette: those that say something without a cursor key."""
    moves = {"up", "down", "page_up", "page_down", "first", "last", "next", "previous", "left", "right"}
    moves |= {"half_up", "half_down", "clear_filter", "clear_search"}
    seen: set[str] = set()
    for command in sorted(commands, key=lambda command: command.place is not Place.EVERYWHERE):
        if command.id == "palette" or command.place in (Place.EDITOR, Place.CURVES) or command.says in seen:
            continue
        if command.id.rpartition(".")[2] in moves:
            continue
        seen.add(command.says)
        yield command


def rank(query: str, command: Command) -> float:
    """How well a command fits: 0, not at all, to 1.

    Its name counts most, then what it does, then other words for it; whole words more than their beginnings. Every
    word of the query has to be found.
    """
    words = _WORD.findall(query.casefold())
    if not words:
        return 0.0
    says = _WORD.findall(command.says.casefold())
    names = {command.id.rpartition(".")[2], *_WORD.findall(command.short.casefold()), command.key.casefold()}
    others = SYNONYMS.get(command.id, "").split()
    found = [_worth(word, says, names, others) for word in words]
    return sum(found) / len(found) if all(found) else 0.0


def _worth(word: str, says: list[str], names: set[str], others: list[str]) -> float:
    ways = (
        (1.0, word in names),
        (0.95, word == says[0]),
        (0.9, word in others[:1]),
        (0.8, word in says),
        (0.75, word in others),
        (0.7, says[0].startswith(word)),
        (0.6, any(each.startswith(word) for each in (*says, *names))),
        (0.5, any(each.startswith(word) for each in others)),
    )
    return next((worth for worth, is_so in ways if is_so), 0.0)


class CommandProvider(Provider):
    """Finds commands by words of what they do."""

    async def discover(self) -> Hits:
        """Every command, before anything is typed."""
        for command in offered(commands_of(self.app).commands):
            yield DiscoveryHit(command.says, partial(self._give, command), help=_where(command))

    async def search(self, query: str) -> Hits:
        """The commands that match what is typed."""
        matcher = self.matcher(query)
        for command in offered(commands_of(self.app).commands):
            nearly = matcher.match(command.says)
            score = rank(query, command) or NEARLY * min(1.0, nearly)
            if score > 0:
                shown = matcher.highlight(command.says) if nearly else command.says
                yield Hit(score, shown, partial(self._give, command), help=_where(command))

    async def _give(self, command: Command) -> None:
        from wantui.ui.work.work import WorkScreen  # noqa: PLC0415  the palette is opened from there

        screen = next((screen for screen in self.app.screen_stack if isinstance(screen, WorkScreen)), None)
        if screen is not None:
            await screen.give(command)


class Themes(Provider):
    """Finds themes by their names; wantui's own come first, under the short names that ``[screen] theme`` has too."""

    def _offered(self) -> dict[str, str]:
        """What each theme is called, by its name."""
        own = {name: short for short, name in SHORT_NAMES.items()}
        return own | {name: name for name in sorted(self.app.available_themes) if name not in own}

    def _use(self, name: str) -> None:
        self.app.theme = name

    def _help(self, name: str) -> str | None:
        return "in use" if name == self.app.theme else None

    async def discover(self) -> Hits:
        """Every theme, before anything is typed."""
        for name, called in self._offered().items():
            yield DiscoveryHit(called, partial(self._use, name), help=self._help(name))

    async def search(self, query: str) -> Hits:
        """The themes whose names match what is typed; those that begin with it, and of these our own, come first."""
        matcher = self.matcher(query)
        for at, (name, called) in enumerate(self._offered().items()):
            nearly = matcher.match(called)
            if nearly > 0:
                score = 1.0 - at / 1000 if called.startswith(query.casefold().strip()) else min(0.5, nearly / 2)
                yield Hit(score, matcher.highlight(called), partial(self._use, name), help=self._help(name))


class PaletteInOrder(CommandPalette):
    """Textual's, but enter in the packet of the query takes what that finds, and not what stood there before."""

    async def on_key(self, event: events.Key) -> None:
        """Let the search for what has been typed come to its end."""
        if event.key == "enter":
            searches = [worker.wait() for worker in self.workers if worker.node is self and not worker.is_finished]
            await asyncio.gather(*searches, return_exceptions=True)


def _where(command: Command) -> str:
    key = f"key {command.key}" if command.keys else "no key"
    where = "" if command.place is Place.EVERYWHERE else f" in {command.place.value}"
    return Content(f"{key}{where}").plain
