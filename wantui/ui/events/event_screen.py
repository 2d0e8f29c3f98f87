"""The events on the screen: the list, the evidence of one, and the key that acts on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from wantui.errors import WantuiError
from wantui.formatting import in_words, moment, plural
from wantui.history.model import Event, EventSeverity
from wantui.terminal.foreign_text import clean
from wantui.ui.commands.catalogue import BY_ID
from wantui.ui.copying import copy
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.events.event_list import EventList

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from wantui.services.history import History
    from wantui.services.outlook import Outlooks

LOOK_S = 1.0
MOST = 2000
"""Events listed, the latest; `wantui events` has all of them."""


class EventScreen(Dialog[Event | None]):
    """Comes back with the event that something is to be done about, or with None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q,exclamation_mark", "leave", "Leave", show=False),
        Binding("enter", "act", "Do what helps", show=False),
        Binding("w", "only_bad", "Only warnings and errors, or everything", show=False),
        Binding("y", "copy", "Copy what has happened", show=False),
    ]

    def __init__(self, history: History, outlooks: Outlooks) -> None:
        super().__init__()
        self._history = history
        self._outlooks = outlooks

    def compose(self) -> ComposeResult:
        """The list, and one event in full."""
        with Vertical(id="events", classes="dialog") as box:
            box.border_title = "Events"
            box.border_subtitle = key_hints("enter acts  w warnings only  y copies  esc")
            yield EventList()
            yield Static("", id="event-says", markup=False)

    def on_mount(self) -> None:
        """Look, and again every second."""
        events = self.query_one(EventList)
        events.focus()
        self.watch(events, "cursor", self._tell_more, init=False)
        self._look()
        self.set_interval(LOOK_S, self._look)

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        listed = self.query_one(EventList)
        known = listed.events
        try:
            found = await asyncio.to_thread(self._history.events, (known[-1].number or 0) if known else 0, MOST)
            if not known:
                listed.seen = await asyncio.to_thread(self._outlooks.seen_until)
            if found:
                await asyncio.to_thread(self._outlooks.seen, found[-1].number or 0)
        except WantuiError as error:
            self.query_one("#event-says", Static).update(clean(str(error)))
            return
        if found and self.is_mounted:
            listed.events = (*known, *found)[-MOST:]
            self._tell_more()

    def _tell_more(self) -> None:
        listed, styles = self.query_one(EventList), text_styles_of(self)
        event, text = listed.chosen, Text()
        if event is not None:
            text.append(clean(event.message), styles.strong)
            facts = [f"{name.replace('_', ' ')} {in_words(value, ' ')}" for name, value in event.evidence.items()]
            text.append("\n" + clean("  ".join((moment(event.time), *facts))), styles.dim)
            if event.action is not None:
                command = BY_ID.get(event.action.command or "")
                if command is not None:
                    text.append("\nenter ", styles.accent)
                    text.append(f"{command.says[0].lower()}{command.says[1:]}", styles.plain)
                text.append(f"{'   ' if command else chr(10)}{clean(event.action.verb)}", styles.dim)
        self.query_one("#event-says", Static).update(text)
        bad = sum(each.severity is not EventSeverity.INFO for each in listed.events)
        box = self.query_one("#events")
        box.border_title = f"{plural(len(listed.events), 'event')}, {bad} of them warnings or errors"

    def action_act(self) -> None:
        """Leave for what helps, where a key does."""
        event = self.query_one(EventList).chosen
        if event is None or event.action is None or event.action.command is None:
            said = "No events are listed." if event is None else "No key helps with this event."
            self.notify(said, timeout=3, markup=False)
        else:
            self.dismiss(event)

    def action_only_bad(self) -> None:
        """List warnings and errors alone, or everything."""
        listed = self.query_one(EventList)
        listed.only_bad = not listed.only_bad
        self._tell_more()

    def action_copy(self) -> None:
        """Copy what has happened, and the command that helps."""
        event = self.query_one(EventList).chosen
        verb = "" if event is None or event.action is None else f"\n{event.action.verb}"
        copy(self, None if event is None else f"{moment(event.time)} {event.message}{verb}", "the event")

    def action_leave(self) -> None:
        """Leave."""
        self.dismiss(None)
