"""Workspaces whose jobs run on a Slurm of two nodes, brought up once; skipped where its packages are not there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Shell, in_folder
from tests.demo import demo_workspace
from tests.slurm.cluster import Cluster, what_is_missing
from tests.supervisor.conftest import runtime
from wantui.config import load
from wantui.paths import Workspace
from wantui.slurm import shared_disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["in_folder", "runtime"]


@pytest.fixture(scope="session")
def _cluster() -> Iterator[Cluster]:
    if (why := what_is_missing()) is not None:
        pytest.skip(why)
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cluster(_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """The cluster with nothing on it."""
    monkeypatch.setenv("SLURM_CONF", str(_cluster.conf))
    monkeypatch.setenv("WANTUI_RETRY_PAUSE_S", "0.1")
    yield _cluster
    _cluster.end_jobs()


def know_disk(folder: Path) -> None:
    """Let a workspace have a disk that was tested."""
    workspace = Workspace(folder)
    workspace.create_state()
    place = shared_disk.place_of(workspace, load(workspace).machines.slurm)
    shared_disk.keep(workspace, shared_disk.DiskFinding(place, time.time(), ("n1", "n2", "here")))


@pytest.fixture
def on_slurm(cluster: Cluster, in_folder: Callable[[Path], Shell], tmp_path: Path) -> Callable[..., Shell]:
    """Makes workspaces with the demo's pictures: so many epochs, a checkpoint after each, so long a step.

    That the nodes share their disk is known, unless a test is about that.
    """

    def make(*, epochs: int, step_s: float, settings: str = "", disk_is_known: bool = True) -> Shell:
        shell = in_folder(tmp_path / "site")
        demo_workspace(shell.folder, epochs=epochs)
        text = (shell.folder / "wantui.toml").read_text()
        text = text.replace('STEP_S = "0.1"', f'STEP_S = "{step_s}"')
        assert f'"{step_s}"' in text
        text = "\n".join("save_every = 1" if line.startswith("save_every") else line for line in text.splitlines())
        text += f'\n[machines]\nengine = "slurm"\n[machines.slurm]\n{settings}\n[watch]\nenabled = false\n'
        shell.write("wantui.toml", text)
        if disk_is_known:
            know_disk(shell.folder)
        return shell

    return make
