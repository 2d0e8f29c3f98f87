"""The machine around the GPUs, as control groups of both versions limit it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from wantui.gpus import host

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_0_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_memory_is_the_containers_where_that_is_less(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       65536000 kB\nMemFree: 1 kB\n")
    assert host.memory_mib(tmp_path, meminfo) == 64000
    assert host.memory_mib(write(tmp_path, memory_0_max=f"{32 << 30}\n"), meminfo) == 32 << 10
    assert host.memory_mib(write(tmp_path, memory_0_max="max\n"), meminfo) == 64000
    assert host.memory_mib(tmp_path, tmp_path / "none") is None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 8),
        ({"cpu_0_max": "max 100000\n"}, 8),
        ({"cpu_0_max": "250000 100000\n"}, 3),
        ({"cpu_0_max": "50000 100000\n"}, 1),
        ({"cpu_0_max": "6400000 100000\n"}, 8),
        ({"cpu__cpu_0_cfs_quota_us": "-1\n", "cpu__cpu_0_cfs_period_us": "100000\n"}, 8),
        ({"cpu__cpu_0_cfs_quota_us": "400000\n", "cpu__cpu_0_cfs_period_us": "100000\n"}, 4),
        ({"cpu_0_max": "rubbish\n"}, 8),
    ],
)
def test_cores_are_the_quota_where_that_is_less(
    tmp_path: Path, files: dict[str, str], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))
    assert host.cores(write(tmp_path, **files)) == expected
