"""Before the first job: do two nodes and this machine share the disk?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.slurm.driving import job, train, until_ended
from wantui.config.schema import SlurmConfig
from wantui.paths import Workspace
from wantui.slurm import shared_disk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Shell
    from tests.slurm.cluster import Cluster

pytestmark = pytest.mark.slurm


def test_two_nodes_and_this_machine_are_found_to_share_the_disk(on_slurm: Callable[..., Shell]) -> None:
    shell = on_slurm(epochs=1, step_s=0.01, disk_is_known=False)
    train(shell)
    until_ended(shell)
    assert {each["state"] for each in shell.jobs()} == {"succeeded"}
    found = shared_disk.kept(Workspace(shell.folder), SlurmConfig())
    assert found is not None
    assert (found.refusal, found.caution) == (None, None)
    assert found.machines[:2] == ("n1", "n2")
    assert not (Workspace(shell.folder).state / "disk-test").exists()


def test_where_a_node_does_not_share_the_disk_no_job_starts(on_slurm: Callable[..., Shell], cluster: Cluster) -> None:
    shell = on_slurm(epochs=1, step_s=0.01, disk_is_known=False)
    cluster.kill("slurmd-n2")
    cluster.start_node("n2", empty=shell.folder)
    try:
        train(shell)
        until_ended(shell)
    finally:
        cluster.kill("slurmd-n2")
        cluster.start_node("n2")
    failed = job(shell, "1.latents")
    assert failed["state"] == "failed"
    assert f"{shell.folder} is not shared with the nodes under this path" in failed["reason"]
    assert {each["state"] for each in shell.jobs()[1:]} == {"cancelled"}
    told = next(each for each in shell.json("doctor")["findings"] if "is not shared" in each["seen"])
    assert told["mark"] == "bad"
