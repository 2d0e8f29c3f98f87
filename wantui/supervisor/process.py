"""A process that becomes the workspace's supervisor, leaves terminal and session, and serves until told to end."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from wantui import locks
from wantui.jobs.store import RunStore
from wantui.paths import WorkspaceError
from wantui.supervisor.engine import Engine
from wantui.supervisor.log_files import open_log
from wantui.supervisor.machines import Machines
from wantui.supervisor.presence import Presence
from wantui.supervisor.server import Server
from wantui.supervisor.sidecar import Sidecar

if TYPE_CHECKING:
    from wantui.paths import Workspace
    from wantui.supervisor.endpoint import Endpoint

log = logging.getLogger("wantui.supervisor")

SIDECARS = {"watcher": "wantui.runs.watch.watcher", "recorder": "wantui.runs.record.recorder"}
"""Run, never imported."""
LONGEST_LOG = 4 << 20
"""Bytes; the log is then put aside as ``supervisor.log.1``."""


def supervise(workspace: Workspace, endpoint: Endpoint, presence: Presence, *, in_foreground: bool) -> None:
    """Serve until told to end; in the background this process ends as soon as the one that serves is there."""
    endpoint.stopped.unlink(missing_ok=True)
    notice = None if in_foreground else detach(workspace)
    presence.sign()
    serve(workspace, presence, notice)
    presence.leave()


def become_supervisor(workspace: Workspace, endpoint: Endpoint, *, unless_stopped: bool) -> Presence | None:
    """Become the supervisor; None: there is one already, or none is wanted.

    Raises:
        WorkspaceError, OSError: lock or socket cannot be made.
    """
    if unless_stopped and (endpoint.stopped.exists() or is_all_done(workspace)):
        return None
    try:
        presence = Presence(workspace, endpoint)
    except locks.LockedError:
        return None
    except OSError as error:
        if error.filename is not None:
            raise
        # a path of more than 107 bytes, for one
        raise WorkspaceError(f"{endpoint.socket}: {error}; set WANTUI_RUNTIME_DIR") from error
    if unless_stopped and endpoint.stopped.exists():  # while the lock was waited for
        presence.leave()
        return None
    return presence


def is_all_done(workspace: Workspace) -> bool:
    """Whether no run is left that somebody has to look after."""
    return all(run.has_ended for run in RunStore(workspace).runs())


def detach(workspace: Workspace) -> str | None:
    """Leave terminal, session and parent: two forks with a session of its own in between (`daemon(7)`).

    Returns:
        Why nothing is logged, where the log cannot be written.
    """
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    path = workspace.state / "supervisor.log"
    with suppress(OSError):
        if path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_name("supervisor.log.1"))
    nothing = os.open(os.devnull, os.O_RDONLY)
    output, notice = open_log(path)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(nothing)
    os.close(output)
    os.chdir(workspace.root)
    return notice


def serve(workspace: Workspace, presence: Presence, notice: str | None) -> None:
    """Serve until told to leave; what goes wrong is in the log, `notice` in what clients are told."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    log.info("supervisor %s of %s", os.getpid(), workspace.root)
    engine = Engine(workspace, Machines(workspace))
    engine.notice = notice
    sidecars = [
        Sidecar(workspace, name, [sys.executable, "-P", "-m", module, "--workspace", str(workspace.root)])
        for name, module in SIDECARS.items()
    ]
    Server(engine, presence, sidecars).serve()
    log.info("supervisor %s leaves", os.getpid())
