"""What a flow may do and know: a flow is what happens after a key, from the first question to the last message."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from wantui.ui.commands.catalogue import Place
from wantui.ui.commands.command_table import key_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from pathlib import Path

    from textual.app import App
    from textual.notifications import SeverityLevel
    from textual.screen import Screen
    from textual.widget import Widget

    from wantui.listing.rows import ItemRow
    from wantui.services.annotations import JobView, WatchState
    from wantui.services.machine import MachineView
    from wantui.services.values import Defaults
    from wantui.services.workspace import Services

Args = ParamSpec("Args")
Result = TypeVar("Result")
W = TypeVar("W", bound="Widget")


class WorkContext:
    """The little of the work screen that flows are given."""

    def __init__(
        self,
        screen: Screen[None],
        services: Services,
        *,
        rescan: Callable[[], None],
        rescan_file: Callable[[Path], None],
        look_now: Callable[[], None],
        enter: Callable[[Place], None],
        go: Callable[[Place], None],
        give: Callable[[str], Awaitable[None]],
    ) -> None:
        """Tie a flow's means to a screen.

        Args:
            screen: which questions are laid over.
            services: what is asked.
            rescan: looks at the whole dataset again, in a thread.
            rescan_file: shows at once what became of the item of a file; the whole dataset is looked at once, later.
            look_now: looks at jobs and machine at once rather than within the second.
            enter: shows a pane, without the focus.
            go: goes to a pane, unless a caption is being edited.
            give: does what the command of an id says.
        """
        self.services = services
        self.rescan, self.rescan_file, self.look_now = rescan, rescan_file, look_now
        self.enter, self.go, self.give = enter, go, give
        self._screen = screen
        self.place = Place.DATASET
        """Where the keys go."""
        self.came_from = Place.DATASET
        """Where a person was before the editor was opened."""
        self.after_edit = ""
        """Id of a command that is given once the editor is left: it was opened from there. Empty: none."""
        self.rows: tuple[ItemRow, ...] = ()
        """Every item that is known."""
        self.is_reading = True
        """Whether the dataset is being looked at."""
        self.jobs: tuple[JobView, ...] = ()
        self.since: dict[int, str] = {}
        """By run: how what it trains on differs from what is there now."""
        self.defaults: Defaults | None = None
        self.watching: WatchState | None = None
        self.machine: MachineView | None = None

    @property
    def app(self) -> App[Any]:
        """The application."""
        return self._screen.app

    def key(self, command_id: str) -> str:
        """The key of a command, for a sentence."""
        return key_for(self._screen, command_id)

    def find(self, kind: type[W]) -> W:
        """The pane of a kind."""
        return self._screen.query_one(kind)

    async def ask(self, call: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
        """Ask the services without holding up the screen.

        Raises:
            WantuiError: what it says.
        """
        return await asyncio.to_thread(call, *args, **kwargs)

    async def push(self, screen: Screen[Result]) -> Result:
        """Lay a screen over this one, and wait for what comes of it."""
        return await self.app.push_screen_wait(screen)

    def go_on(self, rest: Coroutine[Any, Any, None]) -> None:
        """Do the rest of a flow to its end, whatever is asked for meanwhile: something is being written."""
        self._screen.run_worker(rest, group="writing", exit_on_error=False)

    def tell(self, what: str, *, is_error: bool = False) -> None:
        """Say something in passing."""
        what = what.partition("\n\n")[0]  # the rest, as an example of a file, is for a pane
        severity: SeverityLevel = "error" if is_error else "information"
        self._screen.notify(what, severity=severity, timeout=8 if is_error else 3, markup=False)
