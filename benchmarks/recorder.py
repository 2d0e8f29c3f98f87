"""What the recorder costs while two experts train on simulated GPUs: memory, and time of a core."""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path

from benchmarks.supervisor import cost
from wantui.demo.workspace import create_demo_workspace
from wantui.jobs.model import EXPERT_KINDS, JobState, RunKind
from wantui.jobs.process import descendants
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.runs.request import RunRequest
from wantui.services.runs import Runs
from wantui.supervisor import client

EPOCHS = 400
STEP_S = "0.5"


def recorder_of(supervisor: int) -> int:
    """The recorder's process id."""
    for pid in descendants(supervisor):
        if b"wantui.runs.record.recorder" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    raise SystemExit("there is no recorder")


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="wb-") as temporary:
        os.environ["WANTUI_RUNTIME_DIR"] = f"{temporary}/runtime"
        folder = Path(temporary) / "workspace"
        create_demo_workspace(folder, epochs=EPOCHS)
        file = folder / "wantui.toml"
        file.write_text(re.sub(r'STEP_S = "[^"]*"', f'STEP_S = "{STEP_S}"', file.read_text()))
        workspace = Workspace(folder)
        runs = Runs(workspace)
        number = runs.start(runs.plan(RunRequest(RunKind.TRAIN))).number
        store = RunStore(workspace)
        while sum(job.state is JobState.RUNNING for job in store.get(number).jobs if job.kind in EXPERT_KINDS) < 2:
            time.sleep(0.1)
        time.sleep(5)  # what each of them costs at its start is not what a night costs
        print(f"  two experts train    {cost(recorder_of(client.status(workspace).pid or 0))}")
        client.stop(workspace, str(number))
        client.shut_down(workspace)


if __name__ == "__main__":
    main()
