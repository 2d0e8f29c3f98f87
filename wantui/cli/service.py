"""``supervisor``: the background process, for whoever wants to see to it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.cli.errors import DONE, FAILED
from wantui.services.supervisor import Supervisor

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace


def supervisor(workspace: Workspace, options: argparse.Namespace) -> int:
    """Start it, stop it, or say whether it is there."""
    service = Supervisor(workspace)
    if options.action == "start":
        found = service.start()
        print(f"supervisor of {workspace.root}: process {found.pid}")
        return DONE
    if options.action == "stop":
        running = service.shut_down()
        if running is None:
            print("no supervisor was running")
        elif running:
            print(f"stopped; {', '.join(running)} {'goes' if len(running) == 1 else 'go'} on without it")
        else:
            print("stopped")
        return DONE
    found = service.status()
    if found.is_deaf:
        print(found.trouble)
        return FAILED
    if not found.running:
        print(f"no supervisor serves {workspace.root}; it starts with the first run")
        return FAILED
    print(f"supervisor of {workspace.root}: process {found.pid}, wantui {found.version}")
    print(f"log: {workspace.state / 'supervisor.log'}")
    if found.trouble:
        print(found.trouble)
    return DONE
