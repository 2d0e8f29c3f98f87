"""Nodes and their GPUs, as ``scontrol --oneliner --detail show node`` of 22.05 prints them."""

from __future__ import annotations

from pathlib import Path

from wantui.config.schema import SlurmConfig
from wantui.jobs.model import Job, JobKind, JobSpec, JobState
from wantui.slurm.nodes import read_nodes, readings, with_jobs

TEXT = """\
NodeName=n1 Arch=x86_64 CoresPerSocket=1  CPUAlloc=1 CPUEfctv=2 CPUTot=2 CPULoad=1.12 AvailableFeatures=(null) \
ActiveFeatures=(null) Gres=gpu:1 GresDrain=N/A GresUsed=gpu:1 NodeAddr=127.0.0.1 Version=22.05.8 OS=Linux 6.1 #1 \
RealMemory=2000 Sockets=2 Boards=1 State=MIXED ThreadsPerCore=1 Partitions=gpu  BootTime=2026-11-28T02:50:43
NodeName=n2 CoresPerSocket=1 Gres=gpu:a100:2(S:0-1),gpu:t4:1 GresUsed=gpu:a100:1(IDX:1),gpu:t4:0(IDX:N/A) \
State=IDLE+DRAIN Partitions=gpu,long  ExtSensorsTemp=n/s Reason=fan = loud State=odd [root@2026-11-28T16:35:23]
NodeName=n3 State=DOWN* Gres=(null) Partitions=cpu
something else
"""


def test_nodes_are_taken_apart() -> None:
    one, two, three = read_nodes(TEXT)
    assert (one.name, one.state, one.partitions, one.gpus, one.used) == (
        "n1",
        "MIXED",
        ("gpu",),
        (None,),
        frozenset({0}),
    )
    assert (two.gpus, two.used, two.reason) == (("a100", "a100", "t4"), frozenset({1}), "fan = loud State=odd")
    assert (one.away, two.away, three.away) == (None, "n2 is idle and drain: fan = loud State=odd", "n3 is down")


def test_only_gpus_of_the_type_that_is_asked_for_count() -> None:
    found = readings(read_nodes(TEXT), SlurmConfig(gpu="t4"))
    assert [(each.gpu.index, each.gpu.name) for each in found] == [(0, "n1 gpu:0"), (1, "n2 t4:2")]
    assert found[0].busy == "n1: a job of Slurm has it"


def test_a_job_is_shown_on_a_gpu_of_its_node_that_is_given_away() -> None:
    spec = JobSpec(JobKind.HIGH, ("train",), Path("/work"))
    job = Job("7.high", 7, spec, JobState.RUNNING, 0.0, node="n1")
    found = with_jobs(readings(read_nodes(TEXT), SlurmConfig()), [job, job])
    assert [each.job for each in found] == ["7.high", None, None, None]
