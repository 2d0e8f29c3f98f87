"""``python -m wantui.supervisor --workspace DIR``: become the workspace's supervisor, in the background.

Returns at once: 0 when a supervisor serves the workspace, this one or another; 1 with a sentence on stderr when none
could be started.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import locks
from wantui.jobs.store import RunStore
from wantui.paths import Workspace, WorkspaceError
from wantui.supervisor.companion import Companion
from wantui.supervisor.devices import Devices
from wantui.supervisor.endpoint import Endpoint
from wantui.supervisor.engine import Engine
from wantui.supervisor.server import Server

log = logging.getLogger("wantui.supervisor")

if TYPE_CHECKING:
    from collections.abc import Callable

WATCHER = "wantui.pipeline.watcher"
"""Run, never imported."""
GLANCE_S = 0.2
"""How long the lock may be had by somebody who only looks at it, or by a supervisor that was killed and is going."""
LONGEST_LOG = 4 << 20
"""Bytes; the log is then put aside as ``supervisor.log.1``."""


def main() -> int:
    """Start a supervisor unless one serves the workspace already."""
    arguments = argparse.ArgumentParser(prog="python -m wantui.supervisor", description=__doc__)
    arguments.add_argument("--workspace", required=True, type=Path)
    arguments.add_argument("--unless-stopped", action="store_true", help="not where a person has stopped it")
    arguments.add_argument("--foreground", action="store_true", help="stay in the foreground, log to stderr")
    options = arguments.parse_args()
    workspace = Workspace(options.workspace.resolve())
    try:
        workspace.create_state()
        endpoint = Endpoint.of(workspace)
    except (WorkspaceError, OSError) as error:
        print(f"wantui supervisor: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if options.unless_stopped and (endpoint.stopped.exists() or is_all_done(workspace)):
        return 0
    try:
        lock = locks.take(endpoint.lock, patience_s=GLANCE_S)
    except locks.LockedError:  # another supervisor has it
        return 0
    if options.unless_stopped and endpoint.stopped.exists():  # while the lock was waited for
        return 0
    endpoint.stopped.unlink(missing_ok=True)
    try:
        listener = listen(endpoint)
    except OSError as error:  # a path of more than 107 bytes, for one
        print(f"wantui supervisor: {endpoint.socket}: {error}; set WANTUI_RUNTIME_DIR", file=sys.stderr)  # noqa: T201
        return 1
    if not options.foreground:
        detach(workspace)
    state = os.open(workspace.state, os.O_RDONLY | os.O_CLOEXEC)
    serve(workspace, listener, lambda: is_still(workspace.state, state) and is_still(endpoint.lock, lock))
    endpoint.socket.unlink(missing_ok=True)
    os.close(lock)
    return 0


def is_all_done(workspace: Workspace) -> bool:
    """Whether no run is left that somebody has to look after."""
    return all(run.has_ended for run in RunStore(workspace).runs())


def listen(endpoint: Endpoint) -> socket.socket:
    """The listening socket; clients may connect from here on, they are served once the loop runs."""
    endpoint.socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(endpoint.socket))
    endpoint.socket.chmod(0o600)
    listener.listen(32)
    return listener


def detach(workspace: Workspace) -> None:
    """Leave terminal, session and parent: two forks with a session of its own in between (`daemon(7)`)."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    path = workspace.state / "supervisor.log"
    if path.exists() and path.stat().st_size > LONGEST_LOG:
        path.replace(path.with_name("supervisor.log.1"))
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(nothing)
    os.close(output)
    os.chdir(workspace.root)


def is_still(path: Path, descriptor: int) -> bool:
    """Whether `path` is still the file or folder that was opened as `descriptor`: not deleted, not made anew."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def serve(workspace: Workspace, listener: socket.socket, is_wanted: Callable[[], bool]) -> None:
    """Serve until told to leave; what goes wrong is in the log."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    log.info("supervisor %s of %s", os.getpid(), workspace.root)
    engine = Engine(workspace, Devices(workspace))
    watcher = [sys.executable, "-P", "-m", WATCHER, "--workspace", str(workspace.root)]
    Server(engine, listener, Companion(workspace, watcher)).serve(is_wanted)
    log.info("supervisor %s leaves", os.getpid())


if __name__ == "__main__":
    sys.exit(main())
