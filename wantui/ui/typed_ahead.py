"""Keys that are pressed while something opens: they are meant for it, so they wait until it is there.

Over a slow line several keys arrive in one packet, and the first editor or form of a session takes a moment to open.
Without this the letters of a caption would be commands of the work screen.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from textual.widget import Widget
    from textual.worker import Worker

LONGEST_S = 5.0
"""What has not opened by then holds up nobody: what was typed for it is forgotten."""

Typed = events.Key | events.Paste


class TypedAhead:
    """Keeps what is typed from the command that opens something until it is open."""

    def __init__(self) -> None:
        self._kept: list[Typed] = []
        self._ended = 0.0
        self._last: Worker[Any] | None = None
        self.opener: Worker[Any] | None = None
        """Who opens something; None: nobody, and nothing is kept."""
        self.is_certain = False
        """Whether it is clear that it opens, though it does not take keys yet."""

    def begin(self, opener: Worker[Any]) -> None:
        """Keep what is typed from here on.

        Args:
            opener: who opens something.
        """
        self.opener, self._last, self.is_certain = opener, opener, False
        self._kept.clear()

    def again(self) -> None:
        """What was opened last is answered, and leads on to something else: keep what is typed until that is open."""
        if self._last is not None and not self._last.is_finished:
            self.begin(self._last)

    def takes(self, event: Typed) -> bool:
        """Whether an event that the application has come to is kept; then nobody else may have it.

        Some were on their way through the widgets when it began. They come back to the application, as whatever no
        widget wants does, and may come behind others that are kept already.
        """
        if self.opener is None:
            return False
        self._kept.append(event)
        return True

    def is_late(self, event: Typed) -> bool:
        """Whether an event was on its way through the widgets all the time that others were kept."""
        return event.is_forwarded and event.time < self._ended

    def forget(self, opener: Worker[Any]) -> None:
        """Keep nothing more, and give it to nobody: what was meant for a form must not be commands.

        Args:
            opener: who has opened nothing; where another one is at it, nothing happens.
        """
        if self.opener is opener:
            self.end()

    def end(self) -> list[Typed]:
        """Keep nothing more.

        Returns:
            What was kept, in the order in which it was typed, as if it came only now.
        """
        kept = sorted(self._kept, key=lambda event: event.time)
        self._kept.clear()
        self.opener = None
        self._ended = time.monotonic()
        return [anew(event) for event in kept]


class TypedAheadApp(App[None]):
    """An application that keeps what is typed while something opens, and gives it to that."""

    def __init__(self) -> None:
        super().__init__()
        self.typed_ahead = TypedAhead()
        """What is typed while something opens."""

    async def on_event(self, event: events.Event) -> None:
        """What is typed while something opens is for that."""
        if isinstance(event, events.Key | events.Paste):
            if self.typed_ahead.takes(event):
                return
            if self.typed_ahead.is_late(event):
                event = anew(event)
        await super().on_event(event)

    def opening(self, opener: Worker[Any]) -> None:
        """Keep what is typed from here on until something is open, or it is clear that nothing opens.

        Args:
            opener: who opens it.
        """
        self.typed_ahead.begin(opener)
        self.set_timer(LONGEST_S, partial(self.typed_ahead.forget, opener))

    def opened(self) -> None:
        """It is open and has the focus by the next message: what was typed for it is given to it."""
        self.call_later(self._give_typed_ahead)

    async def _give_typed_ahead(self) -> None:
        for event in self.typed_ahead.end():
            await super().on_event(event)


def own_action(widget: Widget, key: str) -> str | None:
    """What a key does by a binding of the widget itself; None: it has none, or the key is somebody else's.

    A widget that obeys such a key in its ``on_key`` does so before it gets the next one. By way of the application it
    would come too late for what is typed behind it in the same packet.
    """
    active = widget.screen.active_bindings.get(key)
    return active.binding.action if active is not None and active.node is widget else None


def anew(event: Typed) -> Typed:
    """The same, on its way to nobody yet."""
    if isinstance(event, events.Paste):
        return events.Paste(event.text)
    return events.Key(event.key, event.character)
