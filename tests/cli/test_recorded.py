"""``metrics``, ``events`` and ``gpus --history``: what was kept, as text, JSON and CSV."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.supervisor.conftest import until
from wantui.gpus.model import Throttle
from wantui.history.model import Batch, Event, EventSeverity, KeptGpuReading
from wantui.history.schema import history_file
from wantui.history.store import HistoryStore
from wantui.paths import Workspace

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

KEYS = ["step", "epoch", "attempt", "time", "loss", "smoothed_loss", "learning_rate", "grad_norm"]


@pytest.fixture
def trained(shell: Shell) -> Shell:
    """A workspace with one run that has ended, of two epochs of three steps."""
    assert shell.run("train", "--wait").returncode == 0
    return shell


def test_the_steps_of_a_run(trained: Shell) -> None:
    found = until(lambda: whole if len((whole := trained.json("metrics", "1"))["experts"]) == 2 else None, "both")
    assert found["run"] == 1
    for expert in ("high", "low"):
        steps = found["experts"][expert]
        assert [list(each) for each in steps] == [KEYS] * 6
        assert [(each["step"], each["epoch"]) for each in steps] == [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2)]
    rows = list(csv.DictReader(trained.run("metrics", "1", "--csv").stdout.splitlines()))
    assert len(rows) == 12
    assert list(rows[0]) == ["expert", *KEYS]
    text = trained.run("metrics", "1").stdout.splitlines()
    assert [line.split()[:3] for line in text[1:]] == [
        ["high", "1", "3"], ["high", "2", "6"], ["low", "1", "3"], ["low", "2", "6"],
    ]  # fmt: skip


def test_a_run_from_before_there_was_a_history_is_read_from_its_logs(trained: Shell) -> None:
    with_history = until(
        lambda: whole if len((whole := trained.json("metrics", "1"))["experts"]) == 2 else None, "both"
    )
    trained.run("supervisor", "stop")
    history_file(Workspace(trained.folder)).unlink()
    found = trained.json("metrics", "1")["experts"]
    for expert, steps in with_history["experts"].items():
        told = [(each["step"], each["epoch"], each["smoothed_loss"]) for each in steps]
        assert [(each["step"], each["epoch"], each["smoothed_loss"]) for each in found[expert]] == told


def test_a_run_that_is_not_there(shell: Shell) -> None:
    done = shell.run("metrics", "4")
    assert done.returncode == 1
    assert "no run 4" in done.stderr
    assert shell.run("metrics", "1", "--csv", "--json").returncode == 2


def test_events(trained: Shell) -> None:
    found = until(
        lambda: every if (every := trained.json("events"))[-1:] and every[-1]["kind"] == "run-finished" else None,
        "the end of the run",
    )
    kinds = [each["kind"] for each in found]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "job-started": 4, "job-ended": 4, "checkpoint-saved": 4, "run-finished": 1,
    }  # fmt: skip
    assert list(found[0]) == ["time", "severity", "kind", "job", "message", "evidence", "action"]
    assert found[-1]["action"] == {"command": "jobs.story", "verb": "wantui runs show 1"}
    assert sorted(found[-1]["evidence"]["files"]) == ["high", "low"]
    told = trained.run("events").stdout
    assert "1.latents has started" in told
    assert "→ wantui runs show 1" in told
    argv = [sys.executable, "-m", "wantui", "events", "-f", "--json"]
    with subprocess.Popen(argv, cwd=trained.folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in found]
        process.terminate()
    assert lines == found


def test_readings_of_gpus(shell: Shell) -> None:
    workspace = Workspace(shell.folder)
    workspace.create_state()
    assert shell.json("gpus", "--history") == []
    assert "no GPU was read" in shell.run("gpus", "--history").stdout
    now = int(time.time())
    readings = [
        KeptGpuReading(now - ago, "GPU-1", 0, "H100", 90, 4000, 70, 300, job, 1755, Throttle.THERMAL)
        for ago, job in ((7200, None), (60, "1.high"), (59, "1.high"))
    ]
    event = Event(float(now), EventSeverity.ERROR, "disk", None, "a [bold]disk[/bold] \x1b[31mis full")
    HistoryStore(workspace).write(Batch(gpus=readings, events=[event]))
    assert len(shell.json("gpus", "--history")) == 3
    found = shell.json("gpus", "--history", "--since", "1h")
    assert [each["time"] for each in found] == [now - 60, now - 59]
    assert found[0] == {
        "time": now - 60, "index": 0, "uuid": "GPU-1", "name": "H100", "utilization_pct": 90, "memory_used_mib": 4000,
        "temperature_c": 70, "power_w": 300, "sm_clock_mhz": 1755, "throttle": "thermal",
        "job": "1.high",
    }  # fmt: skip
    told = shell.run("gpus", "--history", "--since", "1h").stdout
    assert "90 %" in told
    assert "1755 MHz  thermal" in told
    assert "\x1b" not in shell.run("events").stdout
    for wrong in ("8", "0h", "x", "-1h", ""):
        assert shell.run("gpus", "--history", "--since", wrong).returncode == 2


def test_a_history_of_a_newer_wantui(shell: Shell) -> None:
    workspace = Workspace(shell.folder)
    workspace.create_state()
    store = HistoryStore(workspace)
    store._connection.execute("PRAGMA user_version=99")
    done = shell.run("events")
    assert done.returncode == 1
    assert "newer wantui" in done.stderr


def test_what_the_recorder_has_not_read_yet_is_read_from_the_log(trained: Shell) -> None:
    """A run that has just ended is told of whole: the recorder is behind by some seconds."""
    until(lambda: len(trained.json("metrics", "1")["experts"]) == 2, "both")
    whole = trained.json("metrics", "1")
    trained.run("supervisor", "stop")
    with closing(sqlite3.connect(history_file(Workspace(trained.folder)))) as connection:
        before = connection.execute("SELECT count(*) FROM points").fetchone()
        for kind in ("high", "low"):
            log = trained.folder / f".wantui/runs/1/{kind}.log"
            offset = log.read_bytes().index(b" 2/6 [")  # of the second step's bar
            told = connection.execute(
                "UPDATE places SET offset = ?, epoch = 1 WHERE path LIKE ?", (offset, f"%/{kind}.log")
            )
            assert told.rowcount == 1
        connection.execute("DELETE FROM places WHERE path LIKE '%tfevents%'")
        connection.execute("DELETE FROM points WHERE step > 1")
        connection.commit()
    assert before == (12,)
    assert _told(trained.json("metrics", "1")) == _told(whole)


def _told(found: dict[str, Any]) -> list[list[tuple[int, int, float, float]]]:
    return [
        [(each["step"], each["epoch"], each["smoothed_loss"], each["loss"]) for each in found["experts"][kind]]
        for kind in ("high", "low")
    ]
