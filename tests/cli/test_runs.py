"""Runs from the command line, to their end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import until
from wantui.caches.header import read_header
from wantui.jobs.model import JobState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Shell

KEYS = {
    "id", "run", "about", "kind", "state", "reason", "gpu", "pid", "argv", "env", "log", "queued", "started", "ended",
    "exit_code", "step", "steps", "epoch", "epochs", "loss", "step_s", "eta_s", "outputs",
    "attempts", "resumed_from", "end_after", "past_attempts", "node", "ticket",
}  # fmt: skip
"""Of a job, as the contract has them."""


def test_the_demo_ends_with_two_titled_loras_of_experts_that_ran_at_once(
    in_folder: Callable[[Path], Shell], tmp_path: Path
) -> None:
    shell = in_folder(tmp_path / "demo")
    done = shell.run("demo", "--headless", "--dir", str(shell.folder), "--epochs", "3")
    assert done.returncode == 0, done.stderr
    for name in ("WAN2.2-HighNoise_demo", "WAN2.2-LowNoise_demo"):
        assert read_header(shell.folder / f"output/{name}.safetensors").metadata["modelspec.title"] == name
    high, low = (job for job in shell.json("jobs") if job["kind"] in ("high", "low"))
    assert {high["gpu"], low["gpu"]} == {0, 1}
    assert high["started"] < low["ended"]
    assert low["started"] < high["ended"]


def test_one_gpu_trains_one_expert_after_the_other(shell: Shell) -> None:
    shell.replace("wantui.toml", "simulated = 2", "simulated = 1")
    assert shell.run("train", "--wait", "--epochs", "1").returncode == 0
    high, low = (job for job in shell.json("jobs") if job["kind"] in ("high", "low"))
    assert high["ended"] <= low["started"]


def test_train_json_is_one_document_with_every_key_of_the_contract(shell: Shell) -> None:
    done = shell.run("train", "--wait", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["run"] == 1
    assert [job["id"] for job in document["jobs"]] == ["1.latents", "1.text", "1.high", "1.low"]
    assert all(set(job) == KEYS for job in document["jobs"])
    high = document["jobs"][2]
    assert (high["step"], high["steps"], high["epoch"], high["epochs"]) == (6, 6, 2, 2)
    assert high["loss"] > 0
    assert high["exit_code"] == 0
    assert "--output_name" in high["argv"]
    assert high["env"]["CUDA_VISIBLE_DEVICES"] == str(high["gpu"])
    assert all(output.startswith(str(shell.folder)) for output in high["outputs"])


def test_caches_are_made_once_and_then_only_what_changed(shell: Shell) -> None:
    first = shell.run("cache", "--wait")
    assert first.returncode == 0, first.stderr
    assert shell.run("cache", "--wait").returncode == 0
    states = {job["id"]: (job["state"], job["reason"]) for job in shell.json("jobs")}
    assert states["2.latents"] == ("skipped", "all 3 files are current")
    caption = next((shell.folder / "dataset/images").glob("*.txt"))
    caption.write_text("ohwx, another caption\n")
    assert shell.json("check")["caches"]["text"] == {
        "current": 2,
        "stale": 1,
        "missing": 0,
        "corrupt": 0,
        "orphan": 0,
    }
    assert shell.run("cache", "--wait").returncode == 0
    jobs = {job["id"]: job for job in shell.json("jobs")}
    assert jobs["3.latents"]["state"] == JobState.SKIPPED
    assert jobs["3.text"]["state"] == JobState.SUCCEEDED
    assert shell.json("check")["caches"]["text"]["current"] == 3


def test_dry_run_prints_plan_and_command_lines_and_starts_nothing(shell: Shell) -> None:
    done = shell.run("train", "--dry-run", "--suffix", "try", "--set", "network_dim=32")
    assert done.returncode == 0, done.stderr
    assert "WAN2.2-HighNoise_try" in done.stdout
    assert "--network_dim 32" in done.stdout
    assert "--min_timestep 875 --max_timestep 1000" in done.stdout
    assert not (shell.folder / ".wantui/runs").exists()


def test_a_token_in_the_trainers_environment_is_not_shown(shell: Shell) -> None:
    shell.replace("wantui.toml", "env = {", 'env = { HF_TOKEN = "hf_secret",')
    for words in (("train", "--dry-run"), ("train", "--dry-run", "--json"), ("doctor",), ("doctor", "--json")):
        done = shell.run(*words)
        assert "hf_secret" not in done.stdout + done.stderr
    assert shell.run("cache", "--wait").returncode == 0
    for shows in (
        ("jobs", "--all"),
        ("jobs", "--all", "--json"),
        ("runs", "show", "1"),
        ("runs", "show", "1", "--json"),
    ):
        done = shell.run(*shows)
        assert done.returncode == 0
        assert "hf_secret" not in done.stdout + done.stderr


def test_a_failing_expert_fails_the_run_and_its_cause_is_said(shell: Shell) -> None:
    shell.replace("wantui.toml", "env = {", 'env = { WANTUI_REHEARSAL_FAIL = "high@2",')
    done = shell.run("train", "--wait")
    assert done.returncode == 1
    high, low = (job for job in shell.json("jobs") if job["kind"] in ("high", "low"))
    assert (high["state"], low["state"]) == ("failed", "succeeded")
    assert high["reason"]
    assert high["exit_code"] == 1


def latents_run(shell: Shell) -> bool:
    """Whether the caches that are encoded anew have been moved away, and the encoding has begun."""
    return any(job["id"] == "2.latents" and job["state"] == JobState.RUNNING for job in shell.json("jobs"))


def test_a_stopped_job_can_be_retried(shell: Shell) -> None:
    assert shell.run("cache", "--wait").returncode == 0
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "30"')
    assert json.loads(shell.run("cache", "--force", "--json").stdout)["run"] == 2
    until(lambda: latents_run(shell), "the process of 2.latents")
    stopped = shell.run("stop", "2")
    assert stopped.returncode == 0, stopped.stderr
    assert {job["state"] for job in shell.json("jobs") if job["run"] == 2} == {JobState.CANCELLED}
    assert "queued again: 2.latents, 2.text" in shell.run("retry", "2").stdout
    until(lambda: latents_run(shell), "the process of 2.latents")
    assert shell.run("stop", "2").returncode == 0
    assert shell.json("check")["caches"]["latents"]["current"] == 3, "what was there before is back"


def test_a_run_leaves_behind_what_was_planned(shell: Shell) -> None:
    plan = json.loads(shell.run("train", "--epochs", "3", "--save-every", "2", "--dry-run", "--json").stdout)["plan"]
    shell.run("train", "--epochs", "3", "--save-every", "2", "--wait")
    written = sorted(str(path) for path in (shell.folder / "output").iterdir())
    assert written == sorted(path for files in plan["outputs"].values() for path in files)
    assert sum(path.endswith("-state") for path in written) == 2  # the newest of each expert
    caches = sum(path.stat().st_size for path in (shell.folder / "dataset/cache").glob("*.safetensors"))
    assert plan["cache_bytes"] == pytest.approx(caches, rel=0.5)
