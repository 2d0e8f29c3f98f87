"""What is told of a setup to whoever waits for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from wantui.cli.setup import _more
from wantui.jobs.model import Job, JobKind, JobSpec, JobState
from wantui.paths import Workspace
from wantui.runs.board import JobView
from wantui.services.setup import Setup
from wantui.trainer.model import Progress
from wantui.weights.locks import hold, loader_lock


def view(kind: JobKind, state: JobState) -> JobView:
    spec = JobSpec(kind, ("true",), Path("/"))
    job = Job(f"1.{kind}", 1, spec, state, queued=0.0, started=1000.0)
    return JobView(job, Progress(), Path("/log"))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "run"))
    return Workspace(tmp_path)


def test_a_step_tells_how_long_it_runs_and_what_was_expected(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wantui.cli.setup.time.time", lambda: 1040.0)
    expected = {JobKind.ENVIRONMENT: 240.0}
    running = view(JobKind.ENVIRONMENT, JobState.RUNNING)
    assert _more(Setup(workspace), expected, running) == "0:40 so far, about 4 min expected"
    assert _more(Setup(workspace), {}, running) == "0:40"
    assert not _more(Setup(workspace), expected, view(JobKind.ENVIRONMENT, JobState.SUCCEEDED))


def test_the_weights_tell_bytes_speed_and_time_left(workspace: Workspace) -> None:
    running = view(JobKind.WEIGHTS, JobState.RUNNING)
    assert not _more(Setup(workspace), {}, running)
    file: dict[str, Any] = {
        "key": "vae",
        "name": "v",
        "target": "/v",
        "state": "loading",
        "size": 10**10,
        "done": 10**9,
        "speed": 1e8,
    }
    state = workspace.state / "models" / "progress.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"pid": os.getpid(), "task": "t2v", "started": 1, "updated": 2, "files": [file]}))
    assert not _more(Setup(workspace), {}, running), "its process is dead"
    with hold(loader_lock(workspace)):
        assert _more(Setup(workspace), {}, running) == "1.0 of 10.0 GB  100.0 MB/s  1:30 left  vae 10%"
