"""``demo``: the whole job on built-in images, in a workspace of its own."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.cli.errors import FAILED, complain
from wantui.cli.runs import begin
from wantui.demo.workspace import create_demo_workspace
from wantui.jobs.model import RunKind
from wantui.paths import Workspace
from wantui.runs.plan import plan_run, start
from wantui.runs.request import RunRequest
from wantui.supervisor import client

if TYPE_CHECKING:
    import argparse


def demo(options: argparse.Namespace) -> int:
    """Make the workspace, start its run, and show it."""
    folder = options.dir or Path(tempfile.mkdtemp(prefix="wantui-demo-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        create_demo_workspace(folder, epochs=options.epochs)
    except OSError as error:
        complain(f"{folder}: {error.strerror}; name a folder that can be written with --dir")
        return FAILED
    workspace = Workspace(folder.resolve())
    request = RunRequest(RunKind.TRAIN, epochs=options.epochs, replaces=True)
    plan = plan_run(workspace, configuration.load(workspace), request)
    headless = options.headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    if headless:
        print(f"rehearsal in {workspace.root}: no GPU is used, and the LoRA files are for show")
        code = begin(workspace, plan, wait=True, as_json=False)
        client.shut_down(workspace)
        print(f"look at it with: wantui --workspace {workspace.root}")
        return code
    start(workspace, plan)
    from wantui.ui.launch import run  # noqa: PLC0415  half a second of imports

    return run(workspace)
