"""What the terminal is told besides the screen: a bell, a notification, its title."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from wantui.terminal.foreign_text import clean
from wantui.terminal.tmux import passed_through
from wantui.ui.drawing.beside import send

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from textual.app import App
    from textual.screen import Screen

    from wantui.history.model import Event
    from wantui.ui.runs.run_status import RunStatus

ENDS = frozenset({"run-finished", "run-failed", "cache-failed", "uploaded"})
"""Kinds of events that are told of though nothing is wrong."""
MOST_CHARACTERS = 200
"""Of a notification; terminals cut what is longer."""
TITLE_SAVED, TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
"""Keep the terminal's title, and bring it back (xterm's "window operations")."""


def announce(app: App[Any], news: Iterable[Event], *, has_bell: bool) -> None:
    """Ring, and ask the terminal for a notification, once for all that has come at a time."""
    from wantui.history.model import EventSeverity  # noqa: PLC0415  when something has happened

    told = [event for event in news if event.severity is not EventSeverity.INFO or event.kind in ENDS]
    if not told or not has_bell:
        return
    last = max(told, key=lambda event: (event.severity is EventSeverity.ERROR, event.number or 0))
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    app.bell()
    send(app, notification(f"{last.message}{more}", os.environ))


def notification(text: str, environ: Mapping[str, str]) -> str:
    """The sequence that asks for a notification: OSC 777 for urxvt, foot and VTE's terminals, else OSC 9 (iTerm2).

    Each terminal gets one, since some know both (kitty, WezTerm, Ghostty) and would tell twice. A semicolon would end
    the title of the first.
    """
    said = clean(text).replace(";", ",")[:MOST_CHARACTERS]
    knows_777 = environ.get("TERM", "").startswith(("rxvt", "foot")) or "VTE_VERSION" in environ
    sequence = f"\x1b]777;notify;wantui;{said}\x1b\\" if knows_777 else f"\x1b]9;{said}\x1b\\"
    return passed_through(sequence) if environ.get("TMUX") else sequence


class TerminalTitle:
    """The title of the terminal: written when it differs, and brought back in the end."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._shown: str | None = None

    def show(self, text: str) -> None:
        """Set it."""
        if text == self._shown:
            return
        saved = TITLE_SAVED if self._shown is None else ""
        self._shown = text
        send(self._screen.app, f"{saved}\x1b]2;{clean(text)}\x1b\\")

    def bring_back(self) -> None:
        """As it was before."""
        if self._shown is not None:
            self._shown = None
            send(self._screen.app, TITLE_BACK)


def title_of(root: Path, status: RunStatus | None) -> str:
    """``wantui: run 7 64 %``; without a run the name of the workspace's folder."""
    if status is None:
        return f"wantui: {root.name}"
    percent = "" if status.percent is None else f" {status.percent} %"
    return f"wantui: run {status.run}{percent if status.state.value == 'running' else f' {status.state}'}"
