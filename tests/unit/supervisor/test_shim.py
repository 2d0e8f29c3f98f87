"""The shim by itself, as a supervisor starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from wantui import supervisor

SHIM = str(Path(supervisor.__file__).with_name("shim.py"))


def test_a_task_of_a_supervisor_from_before_an_upgrade_is_done(tmp_path: Path) -> None:
    """It runs on in its own memory, and starts the shim that is on the disk now."""
    task: dict[str, object] = {
        "argv": ["/bin/sh", "-c", "echo said; exit 3"],
        "env": {},
        "started": "high.started.json",
        "exit": "high.exit.json",
        "times": "high.times",
        "workspace": str(tmp_path),
        "afterwards": [],
    }
    (tmp_path / "high.task.json").write_text(json.dumps(task), encoding="utf-8")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        words = [sys.executable, "-I", "-S", SHIM, str(tmp_path / "high.task.json"), str(folder)]
        ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, pass_fds=[folder], check=True)
    finally:
        os.close(folder)
    assert ended.stdout == b"said\n"
    assert json.loads((tmp_path / "high.exit.json").read_bytes())["exit_code"] == 3
    assert not (tmp_path / "high.times").exists()
