"""Keys are obeyed one after the other, in the order in which they were pressed, whatever has the focus.

Over a slow line several keys arrive in one packet. A widget of Textual puts letters in at once, but a key with a
binding (``backspace``, ``ctrl+u``, ``left``, ``enter``) goes up to the application first, so letters behind it
would be there before it. And what a key opens takes a moment to be there: without this the letters of a caption
would be commands of the work screen. So a key is given to the focus only when the one before it has been obeyed,
and nothing is opening.
"""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual.dom import DOMNode
    from textual.screen import Screen
    from textual.worker import Worker

LONGEST_S = 5.0
"""What takes longer holds up nobody: the next key is given; what was typed for something that opens is forgotten."""

Typed = events.Key | events.Paste


class TypedAhead:
    """What has been typed and not been given to anybody yet, and what it waits for."""

    def __init__(self) -> None:
        self.waiting: deque[Typed] = deque()
        self.under_way: Typed | None = None
        """What has been given last; None: it has been obeyed."""
        self.given = 0.0
        """When that was, in monotonic seconds."""
        self.opener: Worker[Any] | None = None
        """Who opens something; None: nobody."""
        self.last: Worker[Any] | None = None
        """Who has opened something last."""
        self.times = 0
        """How often somebody has begun to open something."""
        self.is_certain = False
        """Whether it is clear that it opens, though it does not take keys yet."""

    def begin(self, opener: Worker[Any]) -> None:
        """Keep what is typed from here on.

        Args:
            opener: who opens something.
        """
        self.opener, self.last, self.is_certain = opener, opener, False
        self.times += 1

    def forget(self, opener: Worker[Any]) -> None:
        """Keep nothing more, and give it to nobody: what was meant for a form must not be commands.

        Args:
            opener: who has opened nothing; where another one is at it, nothing happens.
        """
        if self.opener is opener:
            self.opener = None
            self.waiting.clear()

    def next(self) -> Typed | None:
        """What is to be given now; None: there is nothing, or it has to wait."""
        is_busy = self.under_way is not None and time.monotonic() - self.given < LONGEST_S
        if not self.waiting or is_busy or self.opener is not None:
            return None
        self.under_way, self.given = self.waiting.popleft(), time.monotonic()
        return self.under_way


class TypedAheadApp(App[None]):
    """An application whose keys are obeyed in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.typed_ahead = TypedAhead()
        """What is typed faster than it is obeyed."""

    async def on_event(self, event: events.Event) -> None:
        """What is typed takes its turn; what comes back from the widgets is no news."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self.typed_ahead.waiting.append(event)
            await self._give_next()
        else:
            await super().on_event(event)

    async def _give_next(self) -> None:
        event = self.typed_ahead.next()
        if event is None:
            return
        screen, path = self.screen, self._path
        await super().on_event(event)
        # Once to where the key is obeyed, and once more for what that has told the widgets, as that a text changed.
        self._follow(path, lambda: self._follow(self._path, partial(self._is_obeyed, event, screen)))

    @property
    def _path(self) -> Iterator[DOMNode]:
        """From what has the focus up to the application: the way that a key takes until somebody obeys it."""
        return iter((self.focused or self.screen).ancestors_with_self)

    def _follow(self, path: Iterator[DOMNode], then: Callable[[], object]) -> None:
        """Go the way of a key behind it: each widget does first what came first."""
        for node in path:
            if node.call_later(self._follow, path, then):
                return
        then()

    def _is_obeyed(self, event: Typed, screen: Screen[Any]) -> None:
        if self.screen is screen:
            self.call_later(self._end, event)
        else:  # it has opened something, which has the focus once it is drawn
            self.screen.call_after_refresh(self.call_later, self._end, event)

    async def _end(self, event: Typed) -> None:
        if self.typed_ahead.under_way is event:
            self.typed_ahead.under_way = None
            await self._give_next()

    def give_again(self, kept: Iterable[Typed]) -> None:
        """Give what somebody has kept, before whatever was typed behind it."""
        self.typed_ahead.waiting.extendleft(reversed([anew(event) for event in kept]))
        self.call_later(self._give_next)

    def opening(self, opener: Worker[Any]) -> None:
        """Keep what is typed from here on until something is open, or it is clear that nothing opens.

        Args:
            opener: who opens it.
        """
        self.typed_ahead.begin(opener)
        self.set_timer(LONGEST_S, partial(self._opens_too_late, opener, self.typed_ahead.times))

    def opening_again(self) -> None:
        """What was opened last is answered, and leads on to something else: keep what is typed until that is open."""
        last = self.typed_ahead.last
        if last is not None and not last.is_finished:
            self.opening(last)

    def _opens_too_late(self, opener: Worker[Any], times: int) -> None:
        if self.typed_ahead.times == times:  # else it has opened something, was answered, and opens something else
            self.typed_ahead.forget(opener)

    def opened_above(self) -> None:
        """Something is laid over the screen whose key has begun it: it gets what was typed behind that key."""
        if self.typed_ahead.opener is not None:
            self.typed_ahead.is_certain = True
            self.screen.call_after_refresh(self.opened)
        elif (event := self.typed_ahead.under_way) is not None:
            # It may wait for a screen that is covered now before it was drawn: Textual calls nobody back from there.
            self.screen.call_after_refresh(self.call_later, self._end, event)

    def opened(self) -> None:
        """It is open and has the focus by the next message: what was typed for it is given to it."""
        self.call_later(self._give_to_opened)

    async def _give_to_opened(self) -> None:
        # The key that has opened it is obeyed. The screen that it was given to may be covered before it is drawn, and
        # Textual calls nobody back from a screen that is covered.
        self.typed_ahead.opener = self.typed_ahead.under_way = None
        await self._give_next()


def anew(event: Typed) -> Typed:
    """The same, on its way to nobody yet."""
    if isinstance(event, events.Paste):
        return events.Paste(event.text)
    return events.Key(event.key, event.character)
