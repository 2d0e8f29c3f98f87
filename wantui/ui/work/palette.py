"""The commands in Textual's command palette."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from wantui.ui.commands.catalogue import COMMANDS, Command, Place

if TYPE_CHECKING:
    from collections.abc import Iterable


def offered() -> Iterable[Command]:
    """The commands that make sense in a palette: those that say something without a cursor key."""
    moves = {"up", "down", "page_up", "page_down", "first", "last", "next", "previous", "left", "right"}
    moves |= {"clear_filter", "clear_search"}
    seen: set[str] = set()
    for command in sorted(COMMANDS, key=lambda command: command.place is not Place.EVERYWHERE):
        if command.id == "palette" or command.place in (Place.EDITOR, Place.CURVES) or command.says in seen:
            continue
        if command.id.rpartition(".")[2] in moves:
            continue
        seen.add(command.says)
        yield command


class CommandProvider(Provider):
    """Finds commands by words of what they do."""

    async def discover(self) -> Hits:
        """Every command, before anything is typed."""
        for command in offered():
            yield DiscoveryHit(command.says, partial(self._give, command), help=_where(command))

    async def search(self, query: str) -> Hits:
        """The commands that match what is typed."""
        matcher = self.matcher(query)
        for command in offered():
            score = matcher.match(command.says)
            if score > 0:
                yield Hit(score, matcher.highlight(command.says), partial(self._give, command), help=_where(command))

    async def _give(self, command: Command) -> None:
        from wantui.ui.work.work import WorkScreen  # noqa: PLC0415  the palette is opened from there

        screen = next((screen for screen in self.app.screen_stack if isinstance(screen, WorkScreen)), None)
        if screen is not None:
            await screen.give(command)


def _where(command: Command) -> str:
    key = f"key {command.key}" if command.keys else "no key"
    where = "" if command.place is Place.EVERYWHERE else f" in {command.place.value}"
    return Content(f"{key}{where}").plain
