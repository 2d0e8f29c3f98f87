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


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"memory.max": "34359738368\n"}, 32 << 30),
        ({"memory.max": "max\n"}, None),
        ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, None),
        ({"memory/memory.limit_in_bytes": "1073741824\n"}, 1 << 30),
        ({}, None),
    ],
)
def test_the_limit_of_the_control_group_is_read(tmp_path: Path, files: dict[str, str], limit: int | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert host.memory_limit(tmp_path, tmp_path / "none") == limit


@pytest.mark.parametrize(
    ("own", "files"),
    [
        ("0::/user.slice/run.scope\n", {"user.slice/memory.max": "8000"}),
        ("0::/user.slice/run.scope\n", {"user.slice/memory.max": "9000", "user.slice/run.scope/memory.max": "8000"}),
        ("4:cpu,memory:/lxc/a\n0::/\n", {"memory/lxc/a/memory.limit_in_bytes": "8000"}),
        ("no such line\n", {"memory.max": "8000"}),
    ],
)
def test_the_limits_of_all_groups_around_count(tmp_path: Path, own: str, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "own").write_text(own)
    assert host.memory_limit(tmp_path, tmp_path / "own") == 8000


def test_memory_is_the_containers_where_that_is_less(tmp_path: Path) -> None:
    meminfo, own = tmp_path / "meminfo", tmp_path / "none"
    meminfo.write_text("MemTotal:       65536000 kB\nMemFree: 1 kB\n")
    assert host.memory_mib(tmp_path, own, meminfo) == 64000
    assert host.memory_mib(write(tmp_path, memory_0_max=f"{32 << 30}\n"), own, meminfo) == 32 << 10
    assert host.memory_mib(write(tmp_path, memory_0_max="max\n"), own, meminfo) == 64000
    assert host.memory_mib(tmp_path, own, own) is None


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
    assert host.cores(write(tmp_path, **files), tmp_path / "none") == expected
