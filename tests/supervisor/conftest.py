"""A workspace with a supervisor of its own, and programs to supervise; whatever was started ends with the test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from wantui.jobs.model import Job, JobKind, JobSpec, Run, RunKind
from wantui.jobs.process import read_stat
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

PATIENCE_S = 60.0
"""Far more than anything takes here; what has not come by then does not come."""


def until(look: Callable[[], T | None], what: str, patience: float = PATIENCE_S) -> T:
    """Look until there is something to see."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        time.sleep(0.01)
    raise AssertionError(f"never came: {what}")


def is_gone(pid: int) -> bool:
    """Whether the process has ended; a zombie that nobody has collected yet has."""
    stat = read_stat(pid)
    return stat is None or stat.state in "ZX"


@dataclass
class Site:
    """A workspace under test."""

    workspace: Workspace

    @property
    def folder(self) -> Path:
        return self.workspace.root

    @property
    def store(self) -> RunStore:
        return RunStore(self.workspace)

    def spec(self, kind: str, script: str, **changes: Any) -> JobSpec:
        """A job that runs a line of shell."""
        return JobSpec(kind=JobKind(kind), argv=("sh", "-c", script), cwd=self.folder, **changes)

    def submit(self, *specs: JobSpec, **wishes: Any) -> Run:
        return client.submit(self.workspace, RunKind.TRAIN, {}, specs, **wishes)

    def job(self, name: str) -> Job:
        job = self.store.find(name)[1]
        assert job is not None
        return job

    def log(self, name: str) -> str:
        """The log as written, carriage returns and all."""
        return job_files(self.workspace, self.job(name)).log.read_bytes().decode()

    def until_state(self, name: str, *states: str) -> Job:
        """Wait for a job to be in one of the states."""
        return until(lambda: self._in(name, states), f"{name} {' or '.join(states)}")

    def _in(self, name: str, states: tuple[str, ...]) -> Job | None:
        job = self.job(name)
        return job if job.state in states else None

    def until_ended(self, run: Run) -> dict[str, Job]:
        """Wait for the end of a run; its jobs by kind."""
        ended = until(
            lambda: found if (found := self.store.get(run.number)).has_ended else None, f"end of {run.number}"
        )
        return {str(job.kind): job for job in ended.jobs}

    def until_file(self, name: str) -> str:
        """Wait for a file that a job writes in one go with a line end."""
        path = self.folder / name

        def content() -> str | None:
            text = path.read_text() if path.exists() else ""
            return text if text.endswith("\n") else None

        return until(content, name)

    def supervisor_pid(self) -> int:
        pid = client.status(self.workspace).pid
        assert pid is not None
        return pid

    def kill_supervisor(self) -> None:
        """kill -9, and wait until it is gone."""
        pid = self.supervisor_pid()
        os.kill(pid, signal.SIGKILL)
        until(lambda: is_gone(pid), "the supervisor's end")

    def occupy(self, *indices: int) -> None:
        """Let simulated GPUs look used by somebody else, all others free."""
        state = self.workspace.state / "simulated-gpus.json"
        temporary = state.with_suffix(".new")
        temporary.write_text(json.dumps({str(index): {"memory_used_mib": 9000} for index in indices}))
        temporary.replace(state)


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of the test's own; its path is short, as a socket's must be."""
    folder = Path(tempfile.mkdtemp(prefix="wt-", dir="/tmp"))
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def make_site(runtime: Path, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes workspaces with so many simulated GPUs."""
    sites: list[Site] = []

    def make(name: str = "site", gpus: int = 2, config: str | None = None) -> Site:
        folder = tmp_path / name
        folder.mkdir()
        text = config or f'[trainer]\nkind = "rehearsal"\n[gpus]\nprovider = "simulated"\nsimulated = {gpus}\n'
        text += "[watch]\nenabled = false\n"
        (folder / "wantui.toml").write_text(text)
        site = Site(Workspace(folder))
        site.workspace.create_state()
        sites.append(site)
        return site

    yield make
    for site in sites:
        end_everything(site.workspace)


def end_everything(workspace: Workspace) -> None:
    """Stop every job, so that no shim is left to start another supervisor, and then the supervisor."""
    if not workspace.state.exists():
        return
    store = RunStore(workspace)
    for run in store.runs():
        if not run.has_ended:
            client.stop(workspace, str(run.number))
    until(lambda: all(run.has_ended for run in store.runs()), "the end of every run")
    client.shut_down(workspace)


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A workspace with two simulated GPUs."""
    return make_site()
