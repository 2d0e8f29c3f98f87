"""Exact resume on the real trainer: an undisturbed run against one that was killed and went on."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Shell, in_folder
from tests.supervisor.conftest import runtime, until
from tests.trainer.real import marks, run_wantui, toy_workspace
from wantui.caches.header import read_header

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["in_folder", "runtime"]

NAME = "WAN2.2-LowNoise"

pytestmark = marks(900)


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    """A workspace for the real trainer with toy weights, one simulated GPU and three images; all states are kept."""
    made = in_folder(tmp_path / "real")
    toy_workspace(
        made,
        """
epochs = 6
save_every = 1
experts = "low"
keep_states = 6
retries = 0
[training]
lr_scheduler_power = 2
""",
        'TINY_SLEEP = "0.5",',
    )
    return made


def low(shell: Shell, run: int) -> dict[str, object]:
    return next(each for each in shell.json("jobs", "--all") if each["id"] == f"{run}.low")


def saved(shell: Shell, suffix: str) -> list[str]:
    """What a run of that suffix has left, with its suffix taken away."""
    return sorted(
        path.name.replace(suffix, "", 1) for path in (shell.folder / "output").iterdir() if suffix in path.name
    )


def seen(shell: Shell, suffix: str) -> dict[str, tuple[int, int]]:
    """Inode and time of every file of a suffix."""
    found = [path for path in (shell.folder / "output").rglob("*") if suffix in str(path) and path.is_file()]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def scalars(events: Path, tag: str) -> dict[int, float]:
    """The values of a tag by step, as TensorBoard itself reads the event files of one folder."""
    code = """
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}); found.Reload()
print(json.dumps({each.step: each.value for each in found.Scalars(sys.argv[2])}))
"""
    python = os.environ["WANTUI_TEST_MUSUBI_PYTHON"]
    done = subprocess.run([python, "-c", code, str(events), tag], capture_output=True, text=True, check=True)
    return {int(step): value for step, value in json.loads(done.stdout).items()}


def learning_rates(events: Path) -> dict[int, float]:
    return scalars(events, "lr/unet")


def events_of(shell: Shell, run: int, attempt: int = 1) -> Path:
    """The folder of an attempt's event files."""
    name = "low.events" if attempt == 1 else f"low.{attempt}.events"
    (file,) = (shell.folder / f".wantui/runs/{run}" / name).rglob("events.out.tfevents*")
    return file.parent


def check_history(shell: Shell, run: int, attempts: list[tuple[int, Path]]) -> None:
    """Each step is kept once, with what the event file of its attempt says.

    Args:
        shell: of the workspace.
        run: its number.
        attempts: the step before each attempt, and its event files.
    """
    expected: dict[int, tuple[float, float, float]] = {}
    for before, events in attempts:
        expected = {step: told for step, told in expected.items() if step <= before}
        tags = [scalars(events, tag) for tag in ("loss/current", "loss/average", "lr/unet")]
        expected |= {step + before: (tags[0][step], tags[1][step], tags[2][step]) for step in tags[0]}
    last = int(str(low(shell, run)["steps"]))
    expected = {step: told for step, told in expected.items() if step <= last}

    def kept() -> list[dict[str, float]]:
        return list(shell.json("metrics", str(run))["experts"]["low"])

    until(lambda: all(each["loss"] is not None for each in kept()), "the event files", patience=60)
    found = kept()
    assert [each["step"] for each in found] == sorted(expected) == list(range(1, last + 1))
    told = {each["step"]: (each["loss"], each["smoothed_loss"], each["learning_rate"]) for each in found}
    assert told == expected


def test_a_run_that_was_killed_goes_on_as_if_it_had_not_been(shell: Shell) -> None:
    run_wantui(shell, "train", "--suffix", "whole", "--wait")
    whole = events_of(shell, 1)
    check_history(shell, 1, [(0, whole)])
    started = json.loads(shell.run("train", "--suffix", "broken", "--json").stdout)["run"]
    until(lambda: int(str(low(shell, started)["step"] or 0)) >= 10, "epoch 4", patience=300)  # of 3 steps
    os.killpg(int(str(low(shell, started)["pid"])), signal.SIGKILL)
    until(lambda: low(shell, started)["state"] == "failed", "the end", patience=60)
    killed_in = int(str(low(shell, started)["epoch"]))
    first = events_of(shell, started)
    before = seen(shell, "broken")

    run_wantui(shell, "resume", str(started), "--wait")
    ended = low(shell, started)
    assert (ended["state"], ended["epoch"], ended["step"], ended["steps"]) == ("succeeded", 6, 18, 18)
    went_on = ended["resumed_from"]
    assert isinstance(went_on, dict)
    assert went_on["epoch"] == killed_in - 1
    assert saved(shell, "broken") == saved(shell, "whole")
    after = seen(shell, "broken")
    assert {path: after[path] for path in before} == before  # nothing was overwritten, states included

    rates = learning_rates(whole)
    second = events_of(shell, started, 2)
    resumed = learning_rates(second)
    done = 3 * went_on["epoch"]
    assert len(rates) == 18
    assert {step: rate for step, rate in learning_rates(first).items() if step <= done} == {
        step: rate for step, rate in rates.items() if step <= done
    }
    check_history(shell, started, [(0, first), (done, second)])
    for step in range(1, 18 - done + 1):
        assert _bits(resumed[step]) == _bits(rates[step + done])
    for epoch in (4, 5, 6):
        name = f"{NAME}_broken" + ("" if epoch == 6 else f"-{epoch:06d}")
        said = read_header(shell.folder / f"output/{name}.safetensors").metadata
        assert (said["ss_epoch"], said["ss_steps"]) == (str(epoch), str(3 * epoch))

    planned = json.loads(shell.run("resume", str(started), "--epochs", "8", "--dry-run", "--json").stdout)["jobs"][0]
    change = "max_data_loader_n_workers=0"  # swapping blocks wants CUDA, at both commits
    run_wantui(shell, "resume", str(started), "--epochs", "8", "--set", change, "--wait")
    ended = low(shell, started)
    assert (ended["state"], ended["epoch"], ended["epochs"], ended["step"]) == ("succeeded", 8, 8, 24)
    argv = ended["argv"]
    assert isinstance(argv, list)
    flag, _, value = change.partition("=")
    assert argv[argv.index(f"--{flag}") + 1] == value
    assert {"-000006", "-000007", ""} <= {
        path.removeprefix(f"{NAME}_").removesuffix(".safetensors") for path in saved(shell, "broken")
    }
    third = events_of(shell, started, 3)
    check_history(shell, started, [(0, first), (done, second), (18, third)])
    continued = learning_rates(third)
    for told in planned["learning_rate"][1:]:  # the trainer logs the rate after a step, which is the next one's
        assert continued[told["step"] - 18] == pytest.approx(told["rate"], rel=1e-6)
    refused = shell.run("resume", str(started), "--epochs", "9", "--set", "learning_rate=1e-3")
    assert refused.returncode == 2
    assert "takes learning rate and schedule from the state" in refused.stderr


def _bits(value: float) -> bytes:
    return struct.pack("<d", value)
