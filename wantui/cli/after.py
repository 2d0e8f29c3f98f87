"""``after``: what is done once a run has ended, asked for and shown before."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.asking import agreed
from wantui.cli.errors import BAD_USAGE, DONE
from wantui.services.afterwards import Afterwards

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wantui.paths import Workspace
    from wantui.services.annotations import AfterOrder


def after(workspace: Workspace, options: argparse.Namespace) -> int:
    """Show what would be done, ask, and queue it."""
    service = Afterwards(workspace)
    order = service.plan(
        options.run, upload=options.upload, public=options.public, runs_command=not options.no_command
    )
    if not options.json:
        for line in _says(order):
            print(line)
    if not options.yes and not agreed(as_json=options.json):
        return BAD_USAGE
    run = service.begin(order)
    if options.json:
        show.document(_document(order) | {"run": run.number})
    else:
        print(f"run {run.number}: `wantui stop {run.number}` takes it back; the screen may be closed")
    return DONE


def _says(order: AfterOrder) -> Iterator[str]:
    yield f"when run {order.run} has ended, well or not:"
    if order.upload is not None:
        seen = "public" if order.public else "private"
        yield f"  its release is uploaded to {order.upload} ({seen}), and each file compared"
    if order.command:
        only = "only if that went well, and " if order.upload is not None else ""
        yield f"  {only}when no other run is under way or waits: {shlex.join(order.command)}"


def _document(order: AfterOrder) -> dict[str, Any]:
    return {"after": order.run, "upload": order.upload, "public": order.public, "command": list(order.command)}
