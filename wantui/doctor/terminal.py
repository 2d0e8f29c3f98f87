"""Checks of the terminal that the screen is drawn on."""

from __future__ import annotations

import locale
import os
import shutil
import sys

from wantui.doctor.model import Finding, caution, good

LEAST_COLUMNS, LEAST_LINES = 80, 24


def terminal(environment: dict[str, str] | None = None) -> Finding:
    """Size, colours and characters."""
    given = dict(os.environ) if environment is None else environment
    kind = given.get("TERM", "")
    if not sys.stderr.isatty():
        return good("terminal", "none: only the command line is used")
    if kind in ("", "dumb"):
        return caution("terminal", f"TERM={kind or 'nothing'}", "set TERM=xterm-256color")
    columns, lines = shutil.get_terminal_size()
    encoding = (locale.getpreferredencoding() or "").upper()
    seen = f"{kind}, {columns}x{lines}, {colours(given)}, {encoding or 'no encoding'}"
    if columns < LEAST_COLUMNS or lines < LEAST_LINES:
        return caution("terminal", seen, f"make it {LEAST_COLUMNS}x{LEAST_LINES} or larger")
    if encoding.replace("-", "") != "UTF8":
        return caution("terminal", seen, "set LC_ALL=C.UTF-8: without it pictures and lines are drawn in ASCII")
    return good("terminal", seen)


def colours(environment: dict[str, str]) -> str:
    """How many colours the terminal says it has."""
    if environment.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in environment.get("TERM", "") else "16 colours"


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
