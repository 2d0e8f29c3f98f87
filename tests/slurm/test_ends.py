"""What ends jobs from outside on a real Slurm: more urgent jobs, a requeue, nodes that fail, too little memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.slurm.cluster import Cluster, limits_memory, what_is_missing
from tests.slurm.driving import EXPERTS, job, loras, states, train, until_ended, until_trains
from tests.slurm.fixtures import use_slurm
from tests.supervisor.conftest import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Shell

pytestmark = pytest.mark.slurm


def causes(shell: Shell, name: str) -> list[str]:
    return [each["cause"] for each in job(shell, name)["past_attempts"]]


def test_what_is_preempted_or_put_back_into_the_queue_goes_on_from_its_last_state(
    on_slurm: Callable[..., Shell], cluster: Cluster
) -> None:
    shell = on_slurm(epochs=6, step_s=0.05)
    train(shell)
    until_trains(shell, 2)
    preempted, requeued = (job(shell, name) for name in EXPERTS)
    urgent = ["--partition=urgent", f"--nodelist={preempted['node']}", "--gres=gpu:1", "--output=/dev/null"]
    cluster.ask("sbatch", *urgent, "--wrap=sleep 2")
    cluster.ask("scontrol", "update", f"jobid={requeued['ticket']}", "requeue=1")
    cluster.ask("scontrol", "requeue", requeued["ticket"])
    until_ended(shell)
    assert states(shell) == ["succeeded", "succeeded"]
    assert len(loras(shell)) == 2
    assert [causes(shell, name) for name in EXPERTS] == [["preempted"], ["preempted"]]
    reasons = [job(shell, name)["past_attempts"][0]["reason"] for name in EXPERTS]
    assert reasons[0].startswith("Slurm has ended it for a job that goes first")
    assert reasons[1].startswith("Slurm has put it back into its queue")


def test_a_node_that_fails_costs_an_attempt_and_one_that_is_drained_none(
    on_slurm: Callable[..., Shell], cluster: Cluster
) -> None:
    shell = on_slurm(epochs=6, step_s=0.05)
    train(shell)
    until_trains(shell, 2)
    lost, drained = (job(shell, name) for name in EXPERTS)
    cluster.ask("scontrol", "update", f"nodename={drained['node']}", "state=drain", "reason=dust")
    cluster.set("SlurmdTimeout", "10")
    try:
        cluster.lose(lost["node"], lost["ticket"])
        until(lambda: causes(shell, "1.high"), "another attempt")
    finally:
        cluster.start_node(lost["node"])
        cluster.set("SlurmdTimeout", "300")
    until_ended(shell)
    assert states(shell) == ["succeeded", "succeeded"]
    assert len(loras(shell)) == 2
    (cause,) = causes(shell, "1.high")
    assert cause.startswith("crash: its node has failed")
    assert causes(shell, "1.low") == []


@pytest.fixture
def with_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster of its own, whose nodes limit memory."""
    if (why := what_is_missing()) is not None:
        pytest.skip(why)
    if not limits_memory():
        pytest.skip("no cgroups of version 1 may be made here, so no node can limit memory")
    cluster = Cluster((f"m{os.getpid()}a", f"m{os.getpid()}b"), has_limits=True)
    try:
        cluster.start()
        monkeypatch.setenv("SLURM_CONF", str(cluster.conf))
        yield cluster
        cluster.end_jobs()
    finally:
        cluster.stop()


def test_a_job_that_takes_more_memory_than_it_was_given_says_so(with_limits: Cluster, shell: Shell) -> None:
    use_slurm(shell.folder, 'memory = "20M"')
    train(shell)
    until_ended(shell)
    latents = job(shell, "1.latents")
    assert latents["state"] == "failed"
    assert latents["node"] in with_limits.nodes
    assert "it took more memory of its node than Slurm had given it" in latents["reason"]
