"""How the sidecars of a supervisor, the watcher and the recorder, begin: with a workspace, until their input ends."""

from __future__ import annotations

import argparse
import os
import threading
from pathlib import Path

from wantui.paths import Workspace


def begin(module: str) -> tuple[Workspace, threading.Event]:
    """The workspace that the command line names, and what is set when the supervisor lets go of this process."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("--workspace", required=True, type=Path)
    workspace = Workspace(parser.parse_args().workspace.resolve())
    stop = threading.Event()
    threading.Thread(target=_stop_with_input, args=(stop,), daemon=True).start()
    return workspace, stop


def _stop_with_input(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    stop.set()
