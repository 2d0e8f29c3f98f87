"""Whether the queue of a workspace is paused: a file in its state folder says so, for as long as it is there.

A file that is there or not cannot be half written, so a crash leaves the queue either paused or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import atomic

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace

_SAYS = "The queue is paused: no job starts until `wantui queue go`, or until this file is removed.\n"


def is_paused(workspace: Workspace) -> bool:
    """Whether no job may start.

    Raises:
        OSError: that cannot be told.
    """
    try:
        _file(workspace).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def pause(workspace: Workspace) -> None:
    """Let no job start until `go`.

    Raises:
        OSError: it cannot be written down; nothing has changed.
    """
    atomic.write_text(_file(workspace), _SAYS)


def go(workspace: Workspace) -> None:
    """Let jobs start again.

    Raises:
        OSError: it cannot be written down; nothing has changed.
    """
    _file(workspace).unlink(missing_ok=True)
    atomic.sync_folder(workspace.state)


def _file(workspace: Workspace) -> Path:
    return workspace.state / "queue-paused"
