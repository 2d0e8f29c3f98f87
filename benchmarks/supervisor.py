"""What the supervisor costs at rest, and how long a free GPU stays unused while a job waits for one."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from wantui.jobs.model import JobKind, JobSpec, RunKind
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.supervisor import client

REST_S = 20.0
ROUNDS = 7
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


def cost(pid: int) -> str:
    before = cpu_s(pid)
    time.sleep(REST_S)
    return f"{resident_mib(pid):.1f} MiB resident, {100 * (cpu_s(pid) - before) / REST_S:.2f} % of a core"


def occupy(workspace: Workspace, used_mib: int) -> float:
    state = workspace.state / "simulated-gpus.json"
    partial = state.with_suffix(".new")
    partial.write_text(json.dumps({"0": {"memory_used_mib": used_mib}}))
    partial.replace(state)
    return time.time()


def latency(workspace: Workspace) -> float:
    """Seconds from "GPU free" to the start of the job that waits for it."""
    occupy(workspace, 9000)
    spec = JobSpec(kind=JobKind.HIGH, argv=("true",), cwd=workspace.root)
    run = client.submit(workspace, RunKind.TRAIN, {}, [spec])
    store = RunStore(workspace)
    while "waits for a free GPU" not in (store.get(run.number).jobs[0].reason or ""):
        time.sleep(0.01)
    freed = occupy(workspace, 0)
    while not (ended := store.get(run.number)).has_ended:
        time.sleep(0.01)
    return (ended.jobs[0].started or 0) - freed


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="wb-") as temporary:
        os.environ["WANTUI_RUNTIME_DIR"] = f"{temporary}/runtime"
        folder = Path(temporary) / "workspace"
        folder.mkdir()
        (folder / "wantui.toml").write_text(
            '[trainer]\nkind = "rehearsal"\n[gpus]\nprovider = "simulated"\nsimulated = 1\n[watch]\nenabled = false\n'
        )
        workspace = Workspace(folder)
        workspace.create_state()
        pid = client.ensure(workspace).pid or 0
        print(f"  at rest              {cost(pid)}")
        waits = [latency(workspace) for _ in range(ROUNDS)]
        print(f"  GPU free to start    median {statistics.median(waits):.2f} s, worst {max(waits):.2f} s")
        spec = JobSpec(kind=JobKind.HIGH, argv=("sleep", "600"), cwd=workspace.root)
        run = client.submit(workspace, RunKind.TRAIN, {}, [spec])
        print(f"  with a job running   {cost(pid)}")
        client.stop(workspace, str(run.number))
        client.shut_down(workspace)


if __name__ == "__main__":
    main()
