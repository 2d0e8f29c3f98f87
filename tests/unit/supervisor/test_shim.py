"""The shim by itself, as a supervisor starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.supervisor.conftest import is_gone
from wantui import supervisor

SHIM = str(Path(supervisor.__file__).with_name("shim.py"))


def run_shim(folder: Path, **changes: object) -> tuple[bytes, int]:
    """Let a shim do a task; what it printed, and the exit code that it wrote down."""
    task: dict[str, object] = {
        "argv": ["/bin/sh", "-c", "echo said; exit 3"],
        "env": {},
        "started": "high.started.json",
        "exit": "high.exit.json",
        "workspace": str(folder),
        "afterwards": [],
    }
    (folder / "high.task.json").write_text(json.dumps(task | changes), encoding="utf-8")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        words = [sys.executable, "-I", "-S", SHIM, str(folder / "high.task.json"), str(descriptor)]
        ended = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, pass_fds=[descriptor], check=True
        )
    finally:
        os.close(descriptor)
    return ended.stdout, json.loads((folder / "high.exit.json").read_bytes())["exit_code"]


def test_a_task_of_a_supervisor_from_before_an_upgrade_is_done(tmp_path: Path) -> None:
    """It runs on in its own memory, and starts the shim that is on the disk now."""
    assert run_shim(tmp_path, times="high.times") == (b"said\n", 3)
    assert not (tmp_path / "high.times").exists()


def test_what_runs_beside_the_trainer_ends_with_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    beside = ["/bin/sh", "-c", f"echo printed; readlink /proc/$$/fd/0 > {pid}; echo $$ >> {pid}; exec sleep 600"]
    trainer = ["/bin/sh", "-c", f"until [ $(cat {pid} | wc -l) = 2 ]; do sleep 0.01; done; exit 3"]
    assert run_shim(tmp_path, beside=beside, argv=trainer) == (b"", 3)
    stdin, number = pid.read_text().split()
    assert stdin == "/dev/null"
    assert is_gone(int(number))


def test_a_job_runs_though_what_is_to_run_beside_it_is_not_there(tmp_path: Path) -> None:
    assert run_shim(tmp_path, beside=["/nowhere/at/all"]) == (b"said\n", 3)
