"""The recorder beside a real supervisor: every step once, absolute over all attempts, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.supervisor.conftest import is_gone, until
from wantui.history.reader import HistoryReader
from wantui.history.schema import history_file
from wantui.history.store import HistoryStore
from wantui.jobs.process import descendants
from wantui.paths import Workspace
from wantui.runs.board import Board
from wantui.runs.curves import LossCurves
from wantui.runs.record.recorder import Recorder
from wantui.supervisor import client

if TYPE_CHECKING:
    from tests.cli.conftest import Shell
    from wantui.runs.curves import Points

STEPS = 3
"""Of an epoch, with the three pictures of the workspace."""


@pytest.fixture
def site(shell: Shell) -> Shell:
    """A workspace that trains the low-noise expert alone, not so fast that nobody can interfere."""
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "0.15"')
    shell.replace("wantui.toml", "[run]", '[run]\nexperts = "low"\nretries = 0')
    shell.replace("wantui.toml", "save_every = 1", "save_every = 1\nkeep_states = 1")
    return shell


def history(shell: Shell) -> HistoryReader:
    return HistoryReader(Workspace(shell.folder))


def steps(shell: Shell, run: int = 1) -> list[int]:
    return [each.step for each in history(shell).points(run, "low")]


def low(shell: Shell, run: int = 1) -> dict[str, Any]:
    views = Board(Workspace(shell.folder)).refresh()
    return next(view.document() for view in views if view.job.id == f"{run}.low")


def curve(shell: Shell, run: int) -> Points:
    """Of the loss, as the logs of all attempts tell it."""
    board = Board(Workspace(shell.folder))
    view = next(view for view in board.refresh() if view.job.id == f"{run}.low")
    return LossCurves().of(view.logs, "rehearsal")


def rounded(points: Points) -> list[tuple[int, str]]:
    """As the bar of the log rounds it."""
    return [(step, f"{loss:.3g}") for step, loss in points]


def start(shell: Shell, *words: str, **environment: str) -> int:
    done = shell.run("train", "--json", *words, **environment)
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["run"])


def recorders(shell: Shell) -> list[int]:
    """The recorders of the workspace's supervisor."""
    pid = client.status(Workspace(shell.folder)).pid
    found = [] if pid is None else descendants(pid)
    return [each for each in found if is_recorder(each)]


def is_recorder(pid: int) -> bool:
    try:
        return b"wantui.runs.record.recorder" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    until(lambda: is_gone(pid), "its end")


def test_every_step_once_and_absolute_over_attempts(site: Shell) -> None:
    run = start(site, "--epochs", "6", WANTUI_REHEARSAL_FAIL="low@11:hang")
    until(lambda: 10 in steps(site, run), "a step of epoch 4")
    until((site.folder / f".wantui/runs/{run}/low.saved.json").exists, "what is saved")
    os.killpg(int(low(site, run)["pid"]), signal.SIGKILL)
    until(lambda: low(site, run)["state"] == "failed", "the end")
    site.run("supervisor", "stop")  # the next one has another environment
    assert site.run("resume", str(run), "--wait").returncode == 0
    drawn = curve(site, run)
    until(lambda: rounded(history(site).curve(run, "low")) == rounded(drawn), "every step, as the logs tell of it")
    assert steps(site, run) == list(range(1, 6 * STEPS + 1))
    points = history(site).points(run, "low")
    began = int(low(site, run)["resumed_from"]["epoch"])
    assert [each.attempt for each in points] == [1] * began * STEPS + [2] * (6 - began) * STEPS
    assert [each.epoch for each in points] == [epoch for epoch in range(1, 7) for _ in range(STEPS)]
    assert all(each.smoothed is not None and 0 < each.smoothed < 9 for each in points)
    times = [each.time for each in points]
    assert times == sorted(times)
    until(lambda: all(each.loss is not None for each in history(site).points(run, "low")), "the event files")
    rates = [each.learning_rate or 0.0 for each in history(site).points(run, "low")]
    assert rates == sorted(rates, reverse=True)
    assert len(set(rates)) == len(rates)


def happened(shell: Shell, job: str) -> list[str]:
    """The kinds of the events of a job, in their order, but for what it has saved."""
    found = (each.kind for each in history(shell).events() if each.job == job)
    return [kind for kind in found if kind != "checkpoint-saved"]


def test_events_are_kept_once_each(site: Shell) -> None:
    site.replace("wantui.toml", "retries = 0", "retries = 1")
    crash = {"WANTUI_RETRY_PAUSE_S": "0", "WANTUI_REHEARSAL_FAIL": "low@5:kill"}
    run = start(site, "--epochs", "4", **crash)
    site.run("wait", str(run))
    wanted = ["job-started", "tried-again", "job-started", "job-ended"]
    until(lambda: happened(site, f"{run}.low") == wanted, "every event")
    found = {each.kind: each for each in history(site).events() if each.job == f"{run}.low"}
    assert "killed" in found["tried-again"].message
    assert found["job-ended"].evidence["state"] == "failed"
    saved = [each.evidence for each in history(site).events() if each.kind == "checkpoint-saved"]
    assert [(each["attempt"], each["epoch"]) for each in saved] == [(1, 1), (2, 2)]
    assert happened(site, f"{run}.text") == ["job-started", "job-ended"]
    count = len(history(site).events())
    (first,) = recorders(site)
    kill(first)
    begun = until(lambda: max(each.time for each in history(site).host_readings()), "a reading")
    until(lambda: any(each.time > begun + 2 for each in history(site).host_readings()), "another recorder")
    assert len(history(site).events()) == count


def test_a_recorder_that_is_killed_reads_nothing_twice_and_misses_nothing(site: Shell) -> None:
    run = start(site, "--epochs", "12")
    until(lambda: len(steps(site, run)) > 4, "some steps")
    (first,) = recorders(site)
    kill(first)
    until(lambda: [each for each in recorders(site) if each != first], "another recorder")
    pid = client.status(Workspace(site.folder)).pid
    assert pid is not None
    kill(pid)  # with it its recorder ends; the training goes on
    site.run("wait", str(run))
    until(lambda: len(steps(site, run)) == 12 * STEPS, "every step")
    assert steps(site, run) == list(range(1, 12 * STEPS + 1))
    assert "Traceback" not in (site.folder / ".wantui/recorder.log").read_text()


def test_a_history_that_is_removed_meanwhile_is_read_from_the_logs_again(site: Shell) -> None:
    run = start(site, "--epochs", "12")
    until(lambda: len(steps(site, run)) > 4, "some steps")
    history_file(Workspace(site.folder)).unlink()
    site.run("wait", str(run))
    until(lambda: steps(site, run) == list(range(1, 12 * STEPS + 1)), "every step")


def test_a_run_that_has_just_ended_is_read_again_where_the_history_was_removed(site: Shell) -> None:
    run = start(site, "--epochs", "2")
    site.run("wait", str(run))
    site.run("supervisor", "stop")
    workspace = Workspace(site.folder)
    history_file(workspace).unlink(missing_ok=True)
    recorder, now = Recorder(workspace, HistoryStore(workspace)), time.time()
    every = list(range(1, 2 * STEPS + 1))
    assert recorder.tick(now)
    assert steps(site, run) == every
    history_file(workspace).unlink()
    for later in (11, 22, 33):  # finds that it is gone; reads once more; has kept it
        assert recorder.tick(now + later)
    assert steps(site, run) == every


def test_the_recorder_ends_with_its_supervisor(site: Shell) -> None:
    site.run("supervisor", "start")
    (recorder,) = until(lambda: recorders(site), "the recorder")
    until(lambda: history(site).host_readings(), "a reading")
    site.run("supervisor", "stop")
    until(lambda: is_gone(recorder), "its end")
    assert not (site.folder / ".wantui/recorder.log").read_text()


def test_readings_of_gpus_while_a_job_has_one(site: Shell) -> None:
    site.write(".wantui/simulated-gpus.json", json.dumps({"0": {"utilization_pct": 97, "power_w": 250.4}}))
    run = start(site, "--epochs", "6")
    site.run("wait", str(run))
    found = history(site).gpu_readings()
    assert {each.uuid for each in found} == {"SIM-0"}  # the others tell nothing
    assert {(each.utilization_pct, each.power_w) for each in found} == {(97, 250)}
    assert f"{run}.low" in {each.job for each in found}
    times = [each.time for each in found]
    assert len(times) == len(set(times)) >= 2
