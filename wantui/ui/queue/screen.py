"""The queue on the screen: what waits and runs, moved up and down, held and released, paused and let go."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from wantui.errors import WantuiError
from wantui.formatting import clock_and_day, plural
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.queue.queue_list import UNKNOWN, QueueList

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from wantui.services.annotations import QueuedRun, QueueView
    from wantui.services.queue import Queue

LOOK_S = 2.0
"""How often the queue is looked at again."""

NO_RUN = "No run waits or runs."


class QueueScreen(Dialog[int | None]):
    """Comes back with the run that a changed copy is wanted of, or with None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q,Q", "leave", "Leave", show=False),
        Binding("K,shift+up", "shift(-1)", "Move the run up", show=False),
        Binding("J,shift+down", "shift(1)", "Move the run down", show=False),
        Binding("h,space", "hold", "Hold the run, or release it", show=False),
        Binding("p", "pause", "Pause or resume the queue", show=False),
        Binding("y", "copy", "Queue a changed copy", show=False),
    ]

    def __init__(self, queue: Queue) -> None:
        super().__init__()
        self._queue = queue
        self._in_turn = asyncio.Lock()
        """One key after the other: each finds the queue as the one before has left it."""
        self._refusal: str | None = None
        """Why the last key came to nothing; None: it did not."""

    def compose(self) -> ComposeResult:
        """The list, one run in full, and how the queue stands."""
        with Vertical(id="queue", classes="dialog") as box:
            box.border_title = "Queue"
            box.border_subtitle = key_hints("J K move  h hold/release  p pause/resume  y copy  esc")
            yield QueueList()
            yield Static("", id="queue-says", markup=False)
            yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        """Look, and again every few seconds."""
        runs = self.query_one(QueueList)
        runs.focus()
        self.watch(runs, "cursor", self._tell_more, init=False)
        self._look()
        self.set_interval(LOOK_S, self._look)

    @work(group="look", exit_on_error=False)
    async def _look(self) -> None:
        """Look, unless somebody is about to."""
        if not self._in_turn.locked():
            async with self._in_turn:
                await self._look_now()

    async def _look_now(self) -> None:
        try:
            self._show(await asyncio.to_thread(self._queue.look))
        except WantuiError as error:
            self._say(str(error), "bad")

    def _show(self, found: QueueView) -> None:
        if not self.is_mounted:
            return
        self.query_one(QueueList).queue = found
        self._tell_more()
        counted = [
            f"{count} {state}"
            for state in ("running", "waiting", "paused", "held")
            if (count := sum(row.state == state for row in found.runs))
        ]
        if self._refusal is not None:
            self._say(self._refusal, "bad")
        elif found.trouble is not None:
            self._say(f"This may be old: {found.trouble}", "bad")
        elif found.paused:
            self._say("Paused: running jobs continue, and no other starts. p resumes the queue.", "caution")
        elif found.runs:
            self._say(f"{plural(len(found.runs), 'run')}: {', '.join(counted)}. {self._last_end(found)}", "dim")
        else:
            self._say("", "dim")

    def _last_end(self, found: QueueView) -> str:
        ends = [row.end for row in found.runs]
        known = [end for end in ends if end is not None]
        if len(known) < len(ends):
            return f"The last end is {UNKNOWN}."
        return f"The last ends about {clock_and_day(max(known), now=self.query_one(QueueList).now())}."

    def _tell_more(self) -> None:
        row, styles = self.query_one(QueueList).chosen, text_styles_of(self)
        text = Text()
        if row is not None:
            text.append(clean(f"Run {row.run}, {row.suffix or row.kind}: {row.state}"), styles.strong)
            if row.reason:
                text.append(f"\n{clean(row.waiting_for)}", styles.dim)
        self.query_one("#queue-says", Static).update(text)

    def _say(self, text: str, tone: str) -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.update(clean(text))
        verdict.set_classes(f"-{tone}")

    # -- what can be done ------------------------------------------------------------------------------------------

    @work(group="act", exit_on_error=False)
    async def action_shift(self, by: int) -> None:
        """Move the run under the cursor up or down."""
        async with self._in_turn:
            runs = self.query_one(QueueList)
            row = runs.chosen
            if row is None:
                self._say(NO_RUN, "dim")
                return
            if not 1 <= row.position + by <= runs.row_count:
                self._say(f"Run {row.run} is the {'first' if by < 0 else 'last'} already.", "dim")
                return
            await self._ask(lambda: self._queue.move(row.run, row.position + by))

    @work(group="act", exit_on_error=False)
    async def action_hold(self) -> None:
        """Hold the run under the cursor, or release it."""
        async with self._in_turn:
            row = self.query_one(QueueList).chosen
            if row is None:
                self._say(NO_RUN, "dim")
            elif not row.held:
                await self._ask(lambda: self._queue.hold(row.run))
            elif await self._may_release(row):
                await self._ask(lambda: self._queue.release(row.run))

    async def _may_release(self, row: QueuedRun) -> bool:
        """Ask about a run that this user has not started, with all that it would execute."""
        try:
            foreign = await asyncio.to_thread(self._queue.foreign_jobs, row.run)
        except WantuiError as error:
            self._say(str(error), "bad")
            return False
        if not foreign:
            return True
        lines = "\n".join(
            f"{row.run}.{spec.kind}: {shlex.join(words)}" for spec in foreign for words in spec.commands
        )
        said = f"Release run {row.run}? You have not started it on this machine. It would run\n{lines}"
        question = Confirm(said, Answer(("y",), "release it", "release"), stay="keep it held")
        return await self.app.push_screen_wait(question) != CANCEL

    @work(group="act", exit_on_error=False)
    async def action_pause(self) -> None:
        """Pause the queue after the jobs that run, or let it go on."""
        async with self._in_turn:
            found = self.query_one(QueueList).queue
            if found is not None:
                await self._ask(self._queue.go if found.paused else self._queue.pause)

    async def _ask(self, call: Callable[[], object]) -> None:
        self._refusal = None
        try:
            await asyncio.to_thread(call)
        except WantuiError as error:
            self._refusal = str(error)
        await self._look_now()

    def action_copy(self) -> None:
        """Leave for the run form, filled from the run under the cursor."""
        row = self.query_one(QueueList).chosen
        if row is None:
            self._say(NO_RUN, "dim")
        else:
            self.dismiss(row.run)

    def action_leave(self) -> None:
        """Leave."""
        self.dismiss(None)
