"""Opening the screen."""

from __future__ import annotations

import os
import sys

from wantui.cli.errors import BAD_USAGE, complain
from wantui.terminal.foreign_text import guard_streams
from wantui.ui.skeleton import Skeleton


def open_screen(named: str | None) -> int:
    """Open the screen on the workspace called `named`, else on the nearest one."""
    guard_streams()  # not what the screen draws on: that is `sys.__stderr__`
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        complain("the screen needs a terminal; `wantui -h` lists what works without one")
        return BAD_USAGE
    if os.environ.get("TERM") in (None, "", "dumb"):
        complain("the screen needs a terminal that can place its cursor; set TERM, to xterm-256color say")
        return BAD_USAGE
    skeleton = Skeleton()
    skeleton.raise_(os.path.realpath(named or os.environ.get("WANTUI_WORKSPACE") or os.curdir))
    from wantui.paths import WorkspaceError, find_workspace  # noqa: PLC0415  40 ms, and a frame is wanted first

    try:
        workspace = find_workspace(named)
    except WorkspaceError as error:
        skeleton.lower()
        complain(str(error))
        return BAD_USAGE
    from wantui.ui.launch import run  # noqa: PLC0415  half a second of imports

    return run(workspace, skeleton)
