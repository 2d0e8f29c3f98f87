"""`wantui logs` of a job that has been tried again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.attempts import KILLED, second_attempt
from tests.supervisor.conftest import until
from wantui.jobs.model import JobState
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.trainer.attempts import read_saved

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

pytestmark = pytest.mark.encoded


def test_all_attempts_one_alone_and_as_written(shell: Shell) -> None:
    workspace = Workspace(shell.folder)
    job = second_attempt(workspace, JobState.FAILED)
    told = shell.run("logs", "1.high").stdout.splitlines()
    (mark,) = (number for number, line in enumerate(told) if line.startswith("──"))
    assert told[mark].startswith("── attempt 2 · went on after epoch 3 on ")
    assert told[mark].endswith(f" · {KILLED} ──")
    assert f"saving checkpoint: {shell.folder}/out/anna-000004.safetensors" in told[mark:]
    assert shell.run("logs", "1.high", "-f").stdout.splitlines() == told

    assert shell.run("logs", "1.high", "--attempt", "1").stdout.splitlines() == told[:mark]
    assert shell.run("logs", "1.high", "--attempt", "2", "-f").stdout.splitlines() == told[mark + 1 :]
    assert shell.run("logs", "1.high", "--attempt", "3").stderr.endswith("2 attempts; there is no attempt 3\n")

    written = job_files(workspace, job).log.read_bytes()
    assert shell.run("logs", "1.high", "--raw").stdout.encode() == written.replace(b"\r", b"\n")  # as text is read
    assert "epoch 4/6" in shell.run("logs", "1.high", "--raw", "--attempt", "1").stdout


def test_an_attempt_without_a_log_is_named(shell: Shell) -> None:
    workspace = Workspace(shell.folder)
    job = second_attempt(workspace, JobState.FAILED)
    job_files(workspace, job).log.unlink()
    said = shell.run("logs", "1.high")
    assert "epoch 4/6" in said.stdout
    assert "attempt 2 at 1.high has no log: it is failed" in said.stderr


def test_a_follower_sees_a_killed_training_go_on(shell: Shell) -> None:
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "0.15"')
    shell.run("train", "--experts", "high", "--epochs", "4", WANTUI_RETRY_PAUSE_S="0.2")
    follower = subprocess.Popen(
        [sys.executable, "-m", "wantui", "logs", "1.high", "-f"], cwd=shell.folder, stdout=subprocess.PIPE, text=True
    )
    saved = shell.folder / ".wantui/runs/1/high.saved.json"
    until(lambda: read_saved(saved).states, "a state")
    job = RunStore(Workspace(shell.folder)).find("1.high")[1]
    assert job is not None
    assert job.pid is not None
    os.killpg(job.pid, signal.SIGKILL)
    told = follower.communicate(timeout=100)[0].splitlines()
    (mark,) = (number for number, line in enumerate(told) if line.startswith("──"))
    begun = re.match(r"── attempt 2 · went on after epoch (\d) at ..:.. · ", told[mark])
    assert begun is not None
    epochs = [line for line in told[mark:] if line.startswith("epoch ")]
    assert epochs[0] == f"epoch {int(begun[1]) + 1}/4"
    assert epochs[-1] == "epoch 4/4"
    output = f"saving checkpoint: {shell.folder}/output/WAN2.2-HighNoise_demo"
    assert f"{output}-000001.safetensors" in told[:mark]
    assert f"{output}.safetensors" in told[mark:]


def test_a_number_means_all_jobs_of_that_run(shell: Shell) -> None:
    second_attempt(Workspace(shell.folder), JobState.FAILED)
    alone = shell.run("logs", "1.high").stdout.splitlines()
    assert shell.run("logs", "1").stdout.splitlines() == [f"1.high | {line}".rstrip() for line in alone]
    assert shell.run("logs", "1", "-f").stdout == shell.run("logs", "1").stdout
    assert "1 is a run; name one of its jobs" in shell.run("logs", "1", "--raw").stderr
    assert "9" in shell.run("logs", "9").stderr
