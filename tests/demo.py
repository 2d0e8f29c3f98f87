"""The demo's workspace for tests: its pictures are drawn once in each process, and copied from then on."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from wantui.demo.workspace import create_demo_workspace


@cache
def _drawn() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="wantui-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    create_demo_workspace(folder)
    return folder / "dataset" / "images"


def demo_workspace(folder: Path, *, epochs: int | None = None) -> None:
    """As `wantui.demo.workspace.create_demo_workspace`, which lets stand what is there."""
    shutil.copytree(_drawn(), folder / "dataset" / "images", dirs_exist_ok=True)
    create_demo_workspace(folder, epochs=epochs)
