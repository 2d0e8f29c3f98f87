"""Readings that a node writes down, and the history and the screen read."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.stand_in_nvml import StandInFactory, StandInGpu, stand_in_nvml
from tests.supervisor.conftest import until
from wantui.gpus.model import Gpu, GpuReading, Throttle
from wantui.history.model import Batch
from wantui.history.reader import HistoryReader
from wantui.history.store import HistoryStore
from wantui.jobs.model import Job, JobKind, JobSpec, JobState
from wantui.jobs.store import job_files, run_folder
from wantui.paths import Workspace
from wantui.runs.record.node_readings import NodeReadings
from wantui.services.machine import FRESH_S, MachineReadings
from wantui.slurm.gpu_record import RecordedReading, line_of, read_last, read_lines
from wantui.supervisor.slurm import gpu_writer

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["stand_in_nvml"]

H100 = Gpu(
    0, "GPU-1", "NVIDIA H100", memory_used_mib=61000, memory_total_mib=81559, utilization_pct=97, temperature_c=64,
    power_w=642.5, power_limit_w=700.0, sm_clock_mhz=1755, throttle=Throttle.POWER,
)  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.create_state()
    run_folder(made, 1).mkdir()
    return made


@pytest.fixture
def job(workspace: Workspace) -> Job:
    return Job("1.high", 1, JobSpec(JobKind.HIGH, (), workspace.root), JobState.RUNNING, 0.0, node="n1")


def test_lines_are_read_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "high.gpus.jsonl"
    first, second = line_of(1.0, [H100]), line_of(6.0, [replace(H100, throttle=None)])
    path.write_bytes(first + second[:40])
    found, offset = read_lines(path, 0)
    assert found == (RecordedReading(1.0, (H100,)),)
    assert read_last(path) == found[0]
    path.write_bytes(first + second + b"\0\0{}\n[1]\n" + line_of(11.0, ()))
    rest, offset = read_lines(path, offset)
    assert [each.time for each in rest] == [6.0, 11.0]
    assert read_lines(path, offset) == ((), offset)
    assert read_last(path) == RecordedReading(11.0, ())
    assert read_last(tmp_path / "none") is None


def test_the_history_keeps_what_a_node_has_written_and_each_line_once(workspace: Workspace, job: Job) -> None:
    path = job_files(workspace, job).gpus
    path.write_bytes(line_of(1000.0, [H100]))
    store = HistoryStore(workspace)
    for more in (b"", line_of(1005.0, [replace(H100, utilization_pct=50)])):
        path.write_bytes(path.read_bytes() + more)
        for _ in range(2):
            batch = Batch()
            NodeReadings(workspace, store).read([job, replace(job, node=None)], batch)  # as after a restart
            store.write(batch, 1010.0)
    found = HistoryReader(workspace).gpu_readings()
    assert [(each.time, each.utilization_pct, each.job, each.name) for each in found] == [
        (1000, 97, "1.high", "n1 NVIDIA H100"),
        (1005, 50, "1.high", "n1 NVIDIA H100"),
    ]


def test_the_screen_shows_the_latest_reading_under_the_name_of_the_node(workspace: Workspace, job: Job) -> None:
    shown = GpuReading(Gpu(3, "n1:0", "n1 h100:0"), "n1: a job of Slurm has it", "1.high")
    machine = MachineReadings(workspace)
    assert machine._with_figures(shown, job) == shown
    path = job_files(workspace, job).gpus
    path.write_bytes(line_of(time.time(), [H100]))
    found = machine._with_figures(shown, job).gpu
    assert found == replace(H100, index=3, name="n1 h100:0")
    path.write_bytes(line_of(time.time() - FRESH_S - 1, [H100]))
    assert machine._with_figures(shown, job) == shown


def test_a_node_writes_what_its_driver_tells_of_the_gpu_of_the_job(
    tmp_path: Path, stand_in_nvml: StandInFactory
) -> None:
    driver = stand_in_nvml(StandInGpu(), StandInGpu(utilization_pct=93, power_mw=400_000))
    path = tmp_path / "high.gpus.jsonl"
    words = [sys.executable, "-I", str(gpu_writer.__file__), str(path)]
    writer = subprocess.Popen(words, env=os.environ | driver.env | {"CUDA_VISIBLE_DEVICES": "1"})
    try:
        last = until(lambda: read_last(path), "a line")
        assert [(gpu.index, gpu.utilization_pct, gpu.power_w) for gpu in last.gpus] == [(1, 93, 400.0)]
    finally:
        writer.kill()
        writer.wait()


def test_lines_of_others_neither_stop_the_history_nor_hide_what_follows(workspace: Workspace, job: Job) -> None:
    path = job_files(workspace, job).gpus
    good = line_of(1000.0, [H100])
    gpus = good.partition(b'"gpus": ')[2].rstrip()
    moments = (b"1e300", b"-1", b"1" + b"0" * 400, b"1" + b"0" * 5000)
    odd = [b'{"time": %s, "gpus": %s' % (moment, gpus) for moment in moments]
    path.write_bytes(b"\n".join([*odd, b"x" * (3 << 20)]) + b"\n" + good)
    store = HistoryStore(workspace)
    readings = NodeReadings(workspace, store)
    for _ in range(6):
        batch = Batch()
        readings.read([job], batch)
        store.write(batch, 1010.0)
    assert [each.time for each in HistoryReader(workspace).gpu_readings()] == [1000]
