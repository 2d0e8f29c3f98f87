"""A workspace that came from somebody else: looking at it executes nothing that it brings or names."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import end_everything, until
from tests.ui.driving import settled, work_screen
from wantui.jobs.model import HELD, JobState
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.runs.watch import state as watch_state
from wantui.services.workspace import Services
from wantui.supervisor import client
from wantui.ui.app import WantuiApp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Shell

CONFIG = """
[trainer]
kind = "musubi"
python = "{mark}"
env = {{ WHO = "configuration" }}
[captions]
command = ["{mark}", "{{media}}"]
[gpus]
provider = "simulated"
[watch]
quiet_s = 0.1
"""
DATASET = """
[general]
resolution = [64, 64]
caption_extension = ".txt"
[[datasets]]
image_directory = "images"
cache_directory = "cache"
"""
LOOKS = (
    ("status",), ("jobs", "--all"), ("logs", "1.high"), ("runs", "list"), ("runs", "show", "1"), ("check",),
    ("config",), ("doctor",), ("setup", "--dry-run"), ("setup", "--json"), ("models", "list"), ("gpus",),
    ("watch", "status"), ("captions", "list", "tokens:>3"), ("supervisor", "start"),
    ("train", "--dry-run"),
)  # fmt: skip
"""Every verb that looks, and two that only prepare."""


@pytest.fixture
def foreign(in_folder: Callable[[Path], Shell], shell: Shell, tmp_path: Path) -> Iterator[Shell]:
    """Whose every program writes into the file ``executed`` beside it; with runs in every state that goes on."""
    made = in_folder(tmp_path / "foreign")
    mark = made.write("mark", f'#!/bin/sh\necho "$0 $* $WHO" >> {tmp_path / "executed"}\n')
    mark.chmod(0o755)
    made.write("wantui.toml", CONFIG.format(mark=mark))
    made.write("dataset/dataset.toml", DATASET)
    shutil.copytree(shell.folder / "dataset" / "images", made.folder / "dataset" / "images")
    for number, (state, has_exit) in enumerate((("queued", 0), ("starting", 0), ("running", 0), ("running", 1)), 1):
        command = [str(mark), f"run {number}"]
        spec: dict[str, object] = {"kind": "high", "argv": command, "cwd": str(made.folder)}
        spec |= {"prepare": command, "verify": command, "may_skip": True, "wants_gpu": False}
        job = {"id": f"{number}.high", "run": number, "spec": spec, "state": state, "queued": 1.0, "argv": command}
        run = {"version": 1, "number": number, "kind": "train", "created": 1.0, "settings": {}, "jobs": [job]}
        made.write(f".wantui/runs/{number}/run.json", json.dumps(run))
        if has_exit:
            made.write(f".wantui/runs/{number}/high.exit.json", '{"exit_code": 0, "ended": 2.0}')
    yield made
    end_everything(Workspace(made.folder))


def are_held(shell: Shell) -> bool:
    """Whether the supervisor has looked at every run."""
    jobs = {run.number: run.jobs[0] for run in RunStore(Workspace(shell.folder)).runs()}
    return all(jobs[number].is_held for number in (1, 2, 4)) and jobs[3].state is JobState.LOST


def test_verbs_that_look_execute_nothing(foreign: Shell, tmp_path: Path) -> None:
    for words in LOOKS:
        done = foreign.run(*words)
        assert "Traceback" not in done.stderr, (words, done.stderr)
        assert "usage:" not in done.stderr, (words, done.stderr)
        assert not (tmp_path / "executed").exists(), words
    until(lambda: are_held(foreign), "the look at every run")
    assert not (tmp_path / "executed").exists()
    jobs = {job["id"]: job for job in foreign.json("jobs", "--all")}
    assert jobs["1.high"]["state"] == "queued"
    assert jobs["1.high"]["reason"].startswith(HELD)
    assert "wantui queue release 1" in jobs["1.high"]["reason"]
    findings = {each["check"]: each for each in foreign.json("doctor")["findings"]}
    assert "was not asked" in findings["environment"]["seen"]
    assert "--ask-trainer" in findings["environment"]["cure"]


async def test_the_screen_executes_nothing(foreign: Shell, tmp_path: Path) -> None:
    workspace = Workspace(foreign.folder)
    services = Services(workspace)
    client.ensure(workspace)
    async with WantuiApp(services).run_test(size=(160, 50)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert work_screen(pilot).services is services
        assert services.captions.tokens("a caption") is None
    until(lambda: are_held(foreign), "the look at every run")
    until(lambda: _watching(workspace) is watch_state.Watching.WAITING, "the watcher, which waits")
    assert not (tmp_path / "executed").exists()


def _watching(workspace: Workspace) -> watch_state.Watching | None:
    state = watch_state.read_state(workspace)
    return None if state is None else state.watching


def test_a_release_lets_one_run_go_on_and_shows_what_it_starts(foreign: Shell, tmp_path: Path) -> None:
    done = foreign.run("queue", "release", "1")
    assert done.returncode == 0, done.stderr
    assert f"{foreign.folder / 'mark'} 'run 1'" in done.stdout
    until(lambda: RunStore(Workspace(foreign.folder)).get(1).has_ended, "the end of the run")
    executed = (tmp_path / "executed").read_text().splitlines()
    assert executed
    assert all("run 1" in line for line in executed)
    again = foreign.run("queue", "release", "1")
    assert again.returncode == 1
    assert "is not held" in again.stderr


def test_a_retry_of_a_held_run_releases_it_and_a_stop_executes_nothing(foreign: Shell, tmp_path: Path) -> None:
    for number in ("1", "4"):
        assert foreign.run("stop", number).returncode == 0
    assert not (tmp_path / "executed").exists()
    assert foreign.run("retry", "2").returncode == 0
    until(lambda: RunStore(Workspace(foreign.folder)).get(2).has_ended, "the end of the run")
    assert all("run 2" in line for line in (tmp_path / "executed").read_text().splitlines())


def test_a_run_dropped_into_a_workspace_in_use_is_held_and_holds_up_nothing(foreign: Shell, shell: Shell) -> None:
    shutil.copytree(foreign.folder / ".wantui" / "runs" / "1", shell.folder / ".wantui" / "runs" / "1")
    done = shell.run("train", "--wait")
    assert done.returncode == 0, done.stdout + done.stderr
    dropped = RunStore(Workspace(shell.folder)).get(1).jobs[0]
    assert (dropped.state, dropped.is_held) == (JobState.QUEUED, True)


def test_the_doctor_asks_once_it_is_told_to(foreign: Shell, tmp_path: Path) -> None:
    foreign.run("doctor", "--ask-trainer")
    assert "configuration" in (tmp_path / "executed").read_text()
    (tmp_path / "executed").unlink()
    foreign.run("doctor")
    assert (tmp_path / "executed").exists()
    (tmp_path / "executed").unlink()
    foreign.replace("wantui.toml", 'WHO = "configuration"', 'WHO = "somebody"')
    assert "have changed" in foreign.run("doctor").stdout
    assert not (tmp_path / "executed").exists()
