"""Opening the screen."""

from __future__ import annotations

import sys

from wantui.cli.errors import BAD_USAGE, complain
from wantui.paths import WorkspaceError, find_workspace


def open_screen(named: str | None) -> int:
    """Open the screen on the workspace called `named`, else on the nearest one."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        complain("the screen needs a terminal; `wantui -h` lists what works without one")
        return BAD_USAGE
    try:
        workspace = find_workspace(named)
    except WorkspaceError as error:
        complain(str(error))
        return BAD_USAGE
    from wantui.ui.launch import run  # noqa: PLC0415  half a second of imports

    return run(workspace)
