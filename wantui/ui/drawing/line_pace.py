"""Pictures, and what else can wait, no faster than the line takes it.

The terminal is asked where its cursor is, and answers in its turn.

An answer shows that whatever was sent before the question has arrived; nothing on this side of an SSH connection
knows that. Keys are answered at once as long as little is under way.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from wantui.ui.drawing.sent_cells import SentCells

QUESTION = "\x1b7\x1b[2;1H\x1b[6n\x1b8"
"""Where is the cursor? (ctlseqs, DSR 6) In the second line, for an answer from the first one might be a key."""
PATIENCE_S = 4.0
"""A terminal that has not answered by then is not asked again."""
UNKNOWN_S = 0.25
"""Between two pictures where the terminal does not answer."""
FAST_S = 0.05
"""A line on which an answer takes no longer takes whatever is sent, as far as a person sees."""
PORTION = 1_000
"""Bytes that are sent before it is asked whether they have arrived."""
AHEAD = 4_000
"""Bytes that may be under way: about as many as 15 kB a second pass in the 300 ms of a round trip, so that next to
nothing waits in front of a key's answer."""


class LinePace:
    """What has been sent and is not known to have arrived."""

    def __init__(self, send: Callable[[str], None], may_ask: Callable[[], bool]) -> None:
        """Make it.

        Args:
            send: writes to the terminal.
            may_ask: whether there is a terminal that may answer; else nothing is waited for.
        """
        self._send = send
        self._asked: deque[tuple[float, asyncio.Future[None]]] = deque()
        """When, and what its answer sets."""
        self._may_ask = may_ask
        self.is_silent = False
        """Whether it has not answered: nothing is known of the line."""
        self.answer_s: float | None = None
        """Seconds that the last answer took; None: there was none yet."""

    @property
    def is_slow(self) -> bool:
        """Whether it answers, but not at once."""
        return not self.is_silent and self.answer_s is not None and self.answer_s > FAST_S

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._asked)

    def sent(self) -> None:
        """A picture has been sent: ask whether it has arrived."""
        if not self.is_silent and self._may_ask():
            self._asked.append((time.monotonic(), asyncio.get_running_loop().create_future()))
            self._send(QUESTION)

    def answered(self) -> None:
        """The terminal has answered."""
        if self._asked:
            asked, future = self._asked.popleft()
            self.answer_s = time.monotonic() - asked
            future.set_result(None)

    async def room(self, under_way: int = 1) -> None:
        """Wait until no more than so many pictures are under way, less one that is about to be sent."""
        if self.is_silent:
            await asyncio.sleep(UNKNOWN_S)
        while len(self._asked) >= under_way:
            try:
                await asyncio.wait_for(asyncio.shield(self._asked[0][1]), PATIENCE_S)
            except TimeoutError:
                self.is_silent = True
                self._asked.clear()


async def send_rest(sent: SentCells, pace: LinePace, console: Console, send: Callable[[str], None]) -> None:
    """Send what is kept back, no faster than the line takes it.

    Args:
        sent: keeps it back.
        pace: the line's.
        console: knows the terminal's colours.
        send: writes to the terminal.
    """
    while sent.has_rest:
        portion = ""
        while sent.has_rest and (len(portion) < PORTION or not pace.is_slow):
            portion += sent.rest().render_segments(console)
        if portion:
            send(f"\x1b7{portion}\x1b8")
            pace.sent()
            await pace.room(max(1, AHEAD // len(portion)))
