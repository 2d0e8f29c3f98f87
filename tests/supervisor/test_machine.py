"""Several workspaces on one machine with real leases, under a stand-in for the NVIDIA driver."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.stand_in_nvml import StandInDriver, StandInFactory, StandInGpu, stand_in_nvml
from tests.supervisor.conftest import until
from wantui.gpus.leases import Leases
from wantui.jobs import liveness
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.supervisor.conftest import Site

__all__ = ["stand_in_nvml"]

NVML = '[gpus]\nprovider = "nvml"\n'


@pytest.fixture
def driver(stand_in_nvml: StandInFactory, monkeypatch: pytest.MonkeyPatch) -> StandInDriver:
    """One idle GPU, seen by every process started from here on."""
    made = stand_in_nvml(StandInGpu())
    for name, value in made.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return made


def test_two_workspaces_never_share_a_gpu(
    driver: StandInDriver, make_site: Callable[..., Site], tmp_path: Path
) -> None:
    sites = [make_site(name, config=NVML) for name in ("one", "other")]
    alone = f"mkdir {tmp_path}/busy && sleep 0.1 && rmdir {tmp_path}/busy"
    runs = [
        (site, site.submit(*(site.spec(kind, alone) for kind in ("high", "low")))) for _ in range(3) for site in sites
    ]
    for site, run in runs:
        assert {str(job.state) for job in site.until_ended(run).values()} == {"succeeded"}


def test_a_job_of_another_workspace_is_named_as_the_reason(
    driver: StandInDriver, make_site: Callable[..., Site]
) -> None:
    one, other = make_site("one", config=NVML), make_site("other", config=NVML)
    one.submit(one.spec("high", "exec sleep 600"))
    one.until_state("1.high", "running")
    other.submit(other.spec("high", "true"))
    waiting = until(lambda: found if (found := other.job("1.high")).reason else None, "a reason")
    assert f"GPU 0 is used by 1.high of {one.folder}" in (waiting.reason or "")
    client.stop(one.workspace, "1")
    assert str(other.until_state("1.high", "succeeded", "failed").state) == "succeeded"


def test_a_lease_ends_with_the_last_process_whatever_was_killed(
    driver: StandInDriver, make_site: Callable[..., Site], runtime: Path
) -> None:
    site = make_site(config=NVML)
    site.submit(site.spec("high", "exec sleep 600"))
    job = until(lambda: found if (found := site.job("1.high")).shim else None, "the attendant")
    assert job.shim is not None
    assert job.pid is not None
    leases = Leases(runtime / "gpus", liveness.is_alive)
    site.kill_supervisor()
    os.kill(job.shim.pid, signal.SIGKILL)
    assert [lease.job for lease in leases.holders().values()] == ["1.high"]
    os.kill(job.pid, signal.SIGKILL)
    until(lambda: not leases.holders(), "the end of the lease")


def test_a_gpu_with_a_foreign_process_is_left_alone_until_it_is_gone(
    driver: StandInDriver, make_site: Callable[..., Site]
) -> None:
    driver.write(StandInGpu(processes=(4321,), memory_used_mib=500))
    site = make_site(config=NVML)
    run = site.submit(site.spec("high", "true"))
    waiting = until(lambda: found if (found := site.job("1.high")).reason else None, "a reason")
    assert "process 4321" in (waiting.reason or "")
    driver.write(StandInGpu())
    assert str(site.until_ended(run)["high"].state) == "succeeded"


def test_a_driver_that_breaks_while_jobs_wait_stops_nothing(
    driver: StandInDriver, make_site: Callable[..., Site]
) -> None:
    driver.write(driver="count error 999")
    site = make_site(config=NVML)
    run = site.submit(site.spec("high", "true"))
    until(lambda: site.job("1.high").reason, "a reason")
    driver.write(StandInGpu())
    assert str(site.until_ended(run)["high"].state) == "succeeded"
