"""A cluster for any test: brought up once, skipped with words where Slurm's packages are not there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.slurm.cluster import Cluster, what_is_missing
from wantui.config import load
from wantui.paths import Workspace
from wantui.slurm import shared_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def session_cluster() -> Iterator[Cluster]:
    """One for all tests of a process."""
    if (why := what_is_missing()) is not None:
        pytest.skip(why)
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cluster(session_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """The cluster with nothing on it."""
    monkeypatch.setenv("SLURM_CONF", str(session_cluster.conf))
    monkeypatch.setenv("WANTUI_RETRY_PAUSE_S", "0.1")
    yield session_cluster
    session_cluster.end_jobs()


def use_slurm(folder: Path, settings: str = "", *, disk_is_known: bool = True) -> None:
    """Let the jobs of a workspace run on the cluster.

    Args:
        folder: of the workspace.
        settings: lines of ``[machines.slurm]``.
        disk_is_known: whether its disk counts as tested.
    """
    file = folder / "wantui.toml"
    file.write_text(f'{file.read_text()}\n[machines]\nengine = "slurm"\n[machines.slurm]\n{settings}\n')
    if disk_is_known:
        workspace = Workspace(folder)
        workspace.create_state()
        place = shared_disk.place_of(workspace, load(workspace).machines.slurm)
        shared_disk.keep(workspace, shared_disk.DiskFinding(place, time.time(), ("n1", "n2", "here")))
