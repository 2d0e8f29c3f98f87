"""``demo``: the whole job on built-in images, in a workspace of its own."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.cli.errors import FAILED, complain
from wantui.cli.runs import follow
from wantui.cli.watch import watch
from wantui.services import demo as service
from wantui.services.runs import Runs
from wantui.services.supervisor import Supervisor

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace


def demo(options: argparse.Namespace) -> int:
    """Make the workspace, start its run and what follows it, and show them."""
    folder = options.dir or Path(tempfile.mkdtemp(prefix="wantui-demo-"))
    try:
        workspace = service.make(folder, options.epochs)
    except OSError as error:
        complain(f"{folder}: {error.strerror}; name a folder that can be written with --dir")
        return FAILED
    runs = Runs(workspace)
    run = runs.start(service.plan(runs, options.epochs))
    headless = options.headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    if headless:
        print(f"rehearsal in {workspace.root}: no GPU is used, and the LoRA files are for show")
        code = follow(runs, run, wait=True, as_json=False)
        ended_well = [watch(runs, each.number) for each in runs.followers(run.number)]
        Supervisor(workspace).shut_down()
        _show(workspace, run.number)
        print(f"look at it with: wantui --workspace {workspace.root}")
        return code if all(ended_well) else FAILED
    from wantui.ui.launch import run as open_screen  # noqa: PLC0415  half a second of imports

    code = open_screen(workspace)
    print(f"the demo's jobs go on; open it again: wantui --workspace {workspace.root}")
    return code


def _show(workspace: Workspace, number: int) -> None:
    """Print what has come of the run: its checkpoints with their held-out loss, and its pictures."""
    from wantui.cli.probing import show_checkpoints  # noqa: PLC0415  not for the screen
    from wantui.cli.sampling import show_pictures  # noqa: PLC0415  the same

    show_checkpoints(workspace, number)
    show_pictures(workspace, number)
