"""Checks of the terminal that the screen is drawn on."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from wantui.doctor.model import Finding, caution, good
from wantui.terminal.characters import encoding_of
from wantui.terminal.graphics import Protocol, has_true_colour

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.terminal.graphics import TerminalGraphics

LEAST_COLUMNS, LEAST_LINES = 80, 24


def terminal(environment: dict[str, str] | None = None) -> Finding:
    """Size, colours and characters."""
    given = dict(os.environ) if environment is None else environment
    kind = given.get("TERM", "")
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        return good("terminal", "none: only the command line is used")
    if kind in ("", "dumb"):
        return caution("terminal", f"TERM={kind or 'nothing'}", "set TERM=xterm-256color")
    columns, lines = shutil.get_terminal_size()
    return judged(given, (columns, lines), encoding_of(given))


def judged(environment: dict[str, str], size: tuple[int, int], encoding: str) -> Finding:
    """Whether the screen can be drawn as it is meant.

    Args:
        environment: tells the terminal's kind and colours.
        size: columns and lines.
        encoding: of characters, by Python's name for it.
    """
    columns, lines = size
    kind = environment.get("TERM", "")
    seen = f"{kind}, {columns}x{lines}, {colours(environment)}, {encoding.upper()}"
    if columns < LEAST_COLUMNS or lines < LEAST_LINES:
        return caution("terminal", seen, f"make it {LEAST_COLUMNS}x{LEAST_LINES} or larger")
    if environment.get("WANTUI_ASCII", "0") not in {"", "0"}:
        return good("terminal", f"{seen} (WANTUI_ASCII)")
    if encoding != "utf-8":
        return caution("terminal", seen, "set LC_ALL=C.UTF-8: without it pictures and lines are drawn in ASCII")
    if not (environment.get("NO_COLOR") or has_true_colour(environment)):
        cure = "give `export COLORTERM=truecolor` if it shows all colours, as most do: SSH does not pass that on"
        return caution("terminal", seen, cure)
    return good("terminal", seen)


def colours(environment: dict[str, str]) -> str:
    """How many colours the terminal says it has."""
    if environment.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if has_true_colour(environment):
        return "16 million colours"
    return "256 colours" if "256" in environment.get("TERM", "") else "16 colours"


_SHOWN_BY = {
    Protocol.KITTY: "pictures by kitty's protocol",
    Protocol.SIXEL: "pictures as sixels",
    Protocol.HALFCELL: "pictures as coloured half cells",
    Protocol.QUADRANT: "pictures as quadrants, 2x2 pixels a cell",
    Protocol.SEXTANT: "pictures as sextants, 2x3 pixels a cell",
    Protocol.OFF: "no pictures",
}


def graphics(sight: Callable[[], TerminalGraphics] | None) -> Finding:
    """How pictures reach the terminal, and whether tmux is in the way.

    Args:
        sight: tells how they are shown; None: nobody has asked the terminal.
    """
    if sight is None:
        return good("graphics", "not asked: only the command line is used")
    found = sight()
    seen = _SHOWN_BY[found.protocol]
    if found.protocol in (Protocol.KITTY, Protocol.SIXEL):
        seen += f", cells of {found.cell[0]}x{found.cell[1]} pixels{', through tmux' if found.is_in_tmux else ''}"
    if found.why:
        seen += f": {found.why}"
    return good("graphics", seen) if found.cure is None else caution("graphics", seen, found.cure)


def multiplexer(environment: dict[str, str] | None = None) -> Finding:
    """Whether the screen outlives the connection. Runs do so in any case."""
    given = dict(os.environ) if environment is None else environment
    if given.get("TMUX"):
        return good("tmux", "inside tmux: the screen outlives the connection, as runs do in any case")
    if given.get("STY"):
        return good("tmux", "inside screen: the screen outlives the connection, as runs do in any case")
    if given.get("SSH_CONNECTION"):
        has = shutil.which("tmux") is not None
        how = "start wantui in tmux" if has else "install tmux"
        return caution("tmux", "not in tmux: runs outlive the connection, the screen does not", how)
    return good("tmux", "not in tmux; runs outlive the terminal in any case")
