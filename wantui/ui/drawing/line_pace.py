"""Pictures no faster than the line takes them: the terminal is asked where its cursor is, and answers in its turn.

An answer shows that whatever was sent before the question has arrived; nothing on this side of an SSH connection
knows that. Keys are answered at once as long as little is under way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "\x1b7\x1b[2;1H\x1b[6n\x1b8"
"""Where is the cursor? (ctlseqs, DSR 6) In the second line, for an answer from the first one might be a key."""
PATIENCE_S = 4.0
"""A terminal that has not answered by then is not asked again."""
UNKNOWN_S = 0.25
"""Between two pictures where the terminal does not answer."""


class LinePace:
    """What has been sent and is not known to have arrived."""

    def __init__(self, send: Callable[[str], None], may_ask: Callable[[], bool]) -> None:
        """Make it.

        Args:
            send: writes to the terminal.
            may_ask: whether there is a terminal that may answer; else nothing is waited for.
        """
        self._send = send
        self._asked: deque[asyncio.Future[None]] = deque()
        self._may_ask = may_ask
        self.is_silent = False
        """Whether it has not answered: nothing is known of the line."""

    def sent(self) -> None:
        """A picture has been sent: ask whether it has arrived."""
        if not self.is_silent and self._may_ask():
            self._asked.append(asyncio.get_running_loop().create_future())
            self._send(QUESTION)

    def answered(self) -> None:
        """The terminal has answered."""
        if self._asked:
            self._asked.popleft().set_result(None)

    async def room(self, under_way: int = 1) -> None:
        """Wait until no more than so many pictures are under way, less one that is about to be sent."""
        if self.is_silent:
            await asyncio.sleep(UNKNOWN_S)
        while len(self._asked) >= under_way:
            try:
                await asyncio.wait_for(asyncio.shield(self._asked[0]), PATIENCE_S)
            except TimeoutError:
                self.is_silent = True
                self._asked.clear()
