"""``demo``: the whole job on built-in images, in a workspace of its own."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.cli.errors import FAILED, complain
from wantui.cli.runs import begin
from wantui.services import demo as service
from wantui.services.runs import Runs
from wantui.services.supervisor import Supervisor

if TYPE_CHECKING:
    import argparse


def demo(options: argparse.Namespace) -> int:
    """Make the workspace, start its run, and show it."""
    folder = options.dir or Path(tempfile.mkdtemp(prefix="wantui-demo-"))
    try:
        workspace = service.make(folder, options.epochs)
    except OSError as error:
        complain(f"{folder}: {error.strerror}; name a folder that can be written with --dir")
        return FAILED
    runs = Runs(workspace)
    plan = service.plan(runs, options.epochs)
    headless = options.headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    if headless:
        print(f"rehearsal in {workspace.root}: no GPU is used, and the LoRA files are for show")
        code = begin(runs, plan, wait=True, as_json=False)
        Supervisor(workspace).shut_down()
        print(f"look at it with: wantui --workspace {workspace.root}")
        return code
    runs.start(plan)
    from wantui.ui.launch import run  # noqa: PLC0415  half a second of imports

    code = run(workspace)
    print(f"the demo's jobs go on; open it again: wantui --workspace {workspace.root}")
    return code
