"""Runs on a real Slurm of two nodes: every daemon killed, jobs cancelled past wantui, limits that are too short."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.slurm.driving import EXPERTS, job, loras, states, train, until_ended, until_trains
from tests.supervisor.conftest import is_gone, until
from wantui.config.schema import SlurmConfig
from wantui.jobs.process import processes_marked
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.slurm.gpu_record import read_lines
from wantui.slurm.nodes import nodes, readings
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Shell
    from tests.slurm.cluster import Cluster

pytestmark = pytest.mark.slurm


def marked(shell: Shell) -> list[int]:
    """The processes of the jobs of a workspace."""
    attempts = ((each["id"], number) for each in shell.jobs() for number in range(1, each["attempts"] + 1))
    name = Workspace(shell.folder).runtime.name
    return [pid for job_id, number in attempts for pid in processes_marked(f"WANTUI_JOB={name}:{job_id}:{number}")]


def claims(shell: Shell) -> list[str]:
    """Which attempts at the experts were started on a node."""
    folder = shell.folder / ".wantui/runs/1"
    return sorted(path.name for kind in ("high", "low") for path in folder.glob(f"{kind}*.claim.json"))


def kill_supervisor(shell: Shell) -> None:
    pid = client.status(Workspace(shell.folder)).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: is_gone(pid), "the supervisor's end")


def test_both_experts_train_at_once_on_two_nodes_whoever_is_killed(
    on_slurm: Callable[..., Shell], cluster: Cluster
) -> None:
    shell = on_slurm(epochs=8, step_s=0.1)
    train(shell)
    until_trains(shell)
    jobs = RunStore(Workspace(shell.folder)).get(1).jobs
    assert sorted(str(each.node) for each in jobs[2:]) == ["n1", "n2"]
    busy = [each.busy for each in readings(nodes(SlurmConfig()), SlurmConfig())]
    assert busy == ["n1: a job of Slurm has it", "n2: a job of Slurm has it"]
    cluster.until_kept(
        shell.folder / ".wantui/runs/1/high.claim.json", shell.folder / ".wantui/runs/1/low.claim.json"
    )
    cluster.kill("slurmctld")
    kill_supervisor(shell)
    cluster.kill("slurmd-n1")
    assert shell.run("supervisor", "start").returncode == 0
    assert states(shell) == ["running", "running"]
    cluster.start_controller()
    cluster.start_node("n1")
    until_ended(shell)
    assert states(shell) == ["succeeded", "succeeded"]
    assert loras(shell) == ["WAN2.2-HighNoise_demo.safetensors", "WAN2.2-LowNoise_demo.safetensors"]
    assert claims(shell) == ["high.claim.json", "low.claim.json"]
    for job_id in EXPERTS:
        readings_of_it, _ = read_lines(shell.folder / f".wantui/runs/1/{job_id[2:]}.gpus.jsonl", 0)
        assert len(readings_of_it) > 1
    until(lambda: not marked(shell), "no process of the jobs")


def test_a_controller_that_has_lost_its_last_seconds_lets_no_job_train_twice(
    on_slurm: Callable[..., Shell], cluster: Cluster
) -> None:
    shell = on_slurm(epochs=10, step_s=0.05)
    cluster.ask("scontrol", "update", "nodename=n2", "state=drain", "reason=dust")
    train(shell)
    until(lambda: sorted(states(shell)) == ["queued", "running"] or None, "one expert that runs, one that waits")
    waiting = next(name for name in EXPERTS if job(shell, name)["state"] == "queued")
    folder = shell.folder / ".wantui/runs/1"
    cluster.until_kept(*folder.glob("*.slurm.json"))
    old = cluster.copy_of_state()
    cluster.ask("scontrol", "update", "nodename=n2", "state=resume")
    until(lambda: job(shell, waiting)["state"] == "running", "the other one")
    cluster.kill("slurmctld")
    cluster.put_back(old)
    cluster.start_controller()
    until(lambda: job(shell, waiting)["attempts"] == 2, "another attempt")
    cluster.ask("scontrol", "update", "nodename=n2", "state=resume")  # as it was before the crash
    until_ended(shell)
    assert states(shell) == ["succeeded", "succeeded"]
    assert len(loras(shell)) == 2
    (past,) = job(shell, waiting)["past_attempts"]
    (begun,) = folder.glob(f"{waiting[2:]}.2.claim.json")
    assert past["cause"] == f"crash: {past['reason']}"
    assert past["ended"] <= json.loads(begun.read_text())["time"]
    assert "it does not train twice" in (folder / f"{waiting[2:]}.slurm.out").read_text()
    until(lambda: not marked(shell), "no process of the jobs")


def test_a_job_that_is_cancelled_past_wantui_is_stopped_with_that_reason(
    on_slurm: Callable[..., Shell], cluster: Cluster
) -> None:
    shell = on_slurm(epochs=100, step_s=0.05)
    train(shell)
    until_trains(shell, 2)
    cluster.ask("scancel", "--name=wantui-1.high")
    until(lambda: states(shell)[0] == "stopped", "the end of 1.high")
    reason = job(shell, "1.high")["reason"]
    assert reason.startswith("cancelled in Slurm (`scancel`), not by wantui")
    assert "`wantui resume 1.high` resumes from it" in reason
    assert shell.run("stop", "1.low").returncode == 0
    assert states(shell) == ["stopped", "stopped"]
    until(lambda: not marked(shell), "no process of the jobs")


def test_a_job_waits_with_slurms_reason_and_can_be_stopped_there(
    on_slurm: Callable[..., Shell], cluster: Cluster
) -> None:
    cluster.ask("scontrol", "update", "nodename=n1,n2", "state=drain", "reason=dust")
    for _ in range(2):
        cluster.ask("sbatch", "--gres=gpu:1", "--output=/dev/null", "--wrap=true")
    shell = on_slurm(epochs=1, step_s=0.01)
    train(shell)
    waiting = until(
        lambda: reason if "3 of 3 in gpu" in (reason := job(shell, "1.latents")["reason"] or "") else None, "a place"
    )
    assert waiting.startswith("Slurm ")
    assert "a node that it needs is not available" in waiting
    listed = next(line for line in shell.run("jobs").stdout.splitlines() if "latents" in line)
    assert f"{waiting[:20]}" in listed
    assert job(shell, "1.latents")["state"] == "queued"
    assert [each.busy for each in readings(nodes(SlurmConfig()), SlurmConfig())] == [
        "n1 is idle and drain: dust", "n2 is idle and drain: dust",
    ]  # fmt: skip
    assert shell.run("stop", "1").returncode == 0
    until_ended(shell)
    assert {each["state"] for each in shell.jobs()} == {"cancelled"}
    assert not cluster.ask("squeue", "-h", "--name=wantui-1.latents")


def test_a_training_that_needs_more_than_its_limit_goes_on_in_other_jobs(on_slurm: Callable[..., Shell]) -> None:
    shell = on_slurm(epochs=7, step_s=0.5, settings="time = 1")
    begun = time.time()
    train(shell)
    until_ended(shell)
    assert states(shell) == ["succeeded", "succeeded"]
    assert loras(shell) == ["WAN2.2-HighNoise_demo.safetensors", "WAN2.2-LowNoise_demo.safetensors"]
    causes = [each["cause"] for each in job(shell, "1.high")["past_attempts"]]
    assert causes, f"it was done within {time.time() - begun:.0f} s"
    assert set(causes) == {"time limit"}


def test_what_slurm_would_not_take_is_an_error_before_anything_starts(on_slurm: Callable[..., Shell]) -> None:
    shell = on_slurm(epochs=1, step_s=0.01, settings='partition = "nope"')
    done = shell.run("train")
    assert done.returncode == 1
    assert "Slurm would not take the jobs: sbatch: invalid partition specified: nope" in done.stdout + done.stderr
    assert not Path(shell.folder / ".wantui/runs/1").exists()
