"""What tmux shows a pane on. tmux itself answers for its own build, not for the terminal in front of the person."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE_S = 1.0
"""A server that hangs is not waited for."""
_FORMAT = (
    "#{client_termname}\t#{client_termfeatures}\t#{allow-passthrough}\t#{client_cell_width}x#{client_cell_height}"
    "\t#{client_termtype}\t#{w:#{l:\U0001fb00}}"
)
"""The last two: what the terminal has answered to tmux's XTVERSION, and the columns that tmux gives a sextant: it
drops characters that its C library does not know (glibc before 2.32)."""
_FIELDS = _FORMAT.count("\t") + 1
_KITTY_NAMES = ("kitty", "ghostty")
"""In the names of terminals that know kitty's placeholder characters."""


@dataclass(frozen=True, slots=True)
class TmuxClient:
    """What every client that shows the pane can do."""

    has_kitty: bool = False
    has_sixel: bool = False
    cell: tuple[int, int] | None = None
    """Width and height of a cell in pixels; None where not known."""
    cure: str | None = None
    """What keeps tmux from passing on pictures that every client knows; None where nothing does."""
    names: tuple[str, ...] = ()
    """What the terminals of all clients call themselves, with their versions; empty where one is not known."""
    has_sextants: bool = False
    """Whether tmux itself passes sextants on."""


def knows_placeholders(terminal: str) -> bool:
    """Whether a terminal of this name knows kitty's placeholder characters."""
    return any(name in terminal.lower() for name in _KITTY_NAMES)


def ask_tmux(environ: Mapping[str, str]) -> TmuxClient | None:
    """Ask the tmux around us; None where there is none."""
    if not environ.get("TMUX"):
        return None
    pane = environ.get("TMUX_PANE")
    try:
        session = _tmux("display-message", "-p", *(("-t", pane) if pane else ()), "#{session_id}").strip()
        return read_clients(_tmux("list-clients", "-t", session, "-F", _FORMAT))
    except (OSError, subprocess.SubprocessError):
        return TmuxClient()


def _tmux(*arguments: str) -> str:
    done = subprocess.run(
        ["tmux", *(argument.encode() for argument in arguments)],
        check=True, capture_output=True, text=True, errors="replace", timeout=PATIENCE_S, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout


def read_clients(listed: str) -> TmuxClient:
    """What all clients have in common.

    Args:
        listed: a line a client: name of its terminal, its features, whether escapes are passed on, size of a cell,
            the terminal's answer to XTVERSION, columns of a sextant; tabs between them.
    """
    clients = [fields for line in listed.splitlines() if len(fields := line.split("\t")) == _FIELDS]
    if not clients:
        return TmuxClient()
    cells = {_cell(client[3]) for client in clients}
    cure = _kitty_cure(clients)
    knows = all(knows_placeholders(name) for name, *_ in clients)
    names = tuple(client[4] for client in clients)
    return TmuxClient(
        knows and cure is None,
        all("sixel" in client[1].split(",") for client in clients),
        cells.pop() if len(cells) == 1 else None,
        cure if knows else None,
        names if all(name.isprintable() and name for name in names) else (),
        all(client[5] == "1" for client in clients),
    )


def _kitty_cure(clients: list[list[str]]) -> str | None:
    """The command without which kitty's pictures do not get through."""
    for name, features, passes, *_ in clients:
        if passes not in ("1", "2", "on", "all"):
            return "give `tmux set -g allow-passthrough on`: kitty's pictures pass through tmux then"
        if "RGB" not in features.split(","):
            return f"give `tmux set -as terminal-features ',{name}:RGB'`, then detach and attach"
    return None


def _cell(said: str) -> tuple[int, int] | None:
    width, _, height = said.partition("x")
    if width.isdigit() and height.isdigit() and int(width) and int(height):
        return int(width), int(height)
    return None


def passed_through(sequence: str) -> str:
    """An escape sequence wrapped so that tmux hands it to its client (``tmux(1)``, allow-passthrough)."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
