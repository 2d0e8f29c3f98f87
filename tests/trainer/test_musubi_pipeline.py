"""The real trainer under the real supervisor: a run to its end, a missing file, a stop in mid-training."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Shell, in_folder
from tests.supervisor.conftest import runtime, until
from tests.trainer.real import marks, run_wantui, toy_workspace
from wantui.caches.header import read_header
from wantui.jobs.process import processes_marked
from wantui.paths import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["in_folder", "runtime"]

pytestmark = marks(600)


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    """A workspace for the real trainer with toy weights, two simulated GPUs and three images."""
    made = in_folder(tmp_path / "real")
    toy_workspace(made, 'epochs = 2\nsuffix = "toy"')
    return made


def job(shell: Shell, name: str) -> dict[str, object]:
    return next(each for each in shell.json("jobs") if each["id"] == name)


def test_train_wait_ends_with_two_loras_and_steps_and_loss_are_seen_on_the_way(shell: Shell) -> None:
    run_wantui(shell, "train", "--wait")
    for name in ("HighNoise", "LowNoise"):
        title = f"WAN2.2-{name}_toy"
        assert read_header(shell.folder / f"output/{title}.safetensors").metadata["modelspec.title"] == title
    for kind in ("high", "low"):
        ended = job(shell, f"1.{kind}")
        assert (ended["step"], ended["steps"], ended["epoch"]) == (6, 6, 2)
        assert ended["loss"]


def test_a_missing_vae_is_named_and_no_expert_starts(shell: Shell) -> None:
    shell.replace("wantui.toml", "wan_2.1_vae.safetensors", "wan_2.1_vae_gone.safetensors")
    done = shell.run("train", "--wait")
    assert done.returncode == 1
    assert "wan_2.1_vae_gone.safetensors" in done.stderr
    assert shell.json("jobs") == []


def test_stop_in_mid_training_leaves_no_process(shell: Shell) -> None:
    shell.replace("wantui.toml", "OMP_NUM_THREADS", 'TINY_SLEEP = "1", OMP_NUM_THREADS')
    run_wantui(shell, "cache", "--wait")
    started = json.loads(shell.run("train", "--json").stdout)["run"]
    until(lambda: job(shell, f"{started}.high")["step"], "the first step", patience=200)
    done = shell.run("stop", str(started))
    assert done.returncode == 0, done.stderr
    site = Workspace(shell.folder).runtime.name
    for kind in ("high", "low"):
        assert processes_marked(f"WANTUI_JOB={site}:{started}.{kind}:1") == []
