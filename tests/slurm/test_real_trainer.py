"""The real trainer, at toy scale, on a Slurm of two nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.slurm.driving import loras, train, until_ended
from tests.trainer.real import marks, toy_workspace
from wantui.caches.header import read_header
from wantui.jobs.store import RunStore
from wantui.paths import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Shell
    from tests.slurm.cluster import Cluster

pytestmark = [pytest.mark.slurm, *marks(600)]


def test_two_loras_come_of_two_nodes(cluster: Cluster, in_folder: Callable[[Path], Shell], tmp_path: Path) -> None:
    shell = in_folder(tmp_path / "real")
    toy_workspace(shell, 'epochs = 2\nsuffix = "demo"')
    text = (shell.folder / "wantui.toml").read_text()
    shell.write("wantui.toml", f'{text}\n[machines]\nengine = "slurm"\n')
    train(shell)
    until_ended(shell)
    jobs = RunStore(Workspace(shell.folder)).get(1).jobs
    assert [(str(job.state), job.reason if not job.state.is_good else None) for job in jobs] == [
        ("succeeded", None)
    ] * 4
    assert {job.node for job in jobs[2:]} == {"n1", "n2"}
    for name in loras(shell):
        assert read_header(shell.folder / "output" / name).metadata["modelspec.title"] == name.removesuffix(
            ".safetensors"
        )
    assert len(loras(shell)) == 2
    assert not any("CUDA_VISIBLE_DEVICES" in job.env for job in jobs)
