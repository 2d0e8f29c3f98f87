"""``python -m wantui.supervisor --workspace DIR``: become the workspace's supervisor, in the background.

Returns at once: 0 when a supervisor serves the workspace, this one or another; 1 with a sentence on stderr when none
could be started. A job whose end no supervisor sees starts it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wantui.access import explain
from wantui.paths import Workspace, WorkspaceError
from wantui.supervisor.endpoint import Endpoint
from wantui.supervisor.process import become_supervisor, supervise


def main() -> int:
    """Start a supervisor unless one serves the workspace already."""
    arguments = argparse.ArgumentParser(prog="python -m wantui.supervisor", description=__doc__)
    arguments.add_argument("--workspace", required=True, type=Path)
    arguments.add_argument("--unless-stopped", action="store_true", help="not where a person has stopped it")
    arguments.add_argument("--foreground", action="store_true", help="stay in the foreground, log to stderr")
    options = arguments.parse_args()
    workspace = Workspace(options.workspace.resolve())
    if options.unless_stopped and not workspace.state.is_dir():
        return 0  # the workspace was removed while a job of it ran
    try:
        workspace.create_state()
        endpoint = Endpoint.of(workspace)
        presence = become_supervisor(workspace, endpoint, unless_stopped=options.unless_stopped)
    except (WorkspaceError, OSError) as error:
        said = explain(error) if isinstance(error, OSError) else str(error)
        print(f"wantui supervisor: {said}", file=sys.stderr)  # noqa: T201
        return 1
    if presence is not None:
        supervise(workspace, endpoint, presence, in_foreground=options.foreground)
    return 0


if __name__ == "__main__":
    sys.exit(main())
