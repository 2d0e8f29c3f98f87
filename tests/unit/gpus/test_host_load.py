"""How busy the machine is, from files of the kernel: bare machines and containers of both kinds of control groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.gpus.host_load import HostLoad

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def load(tmp_path: Path, own: str = "0::/job\n") -> HostLoad:
    meminfo = write(tmp_path / "meminfo", "MemTotal: 8192 kB\nMemFree: 1 kB\nMemAvailable: 4096 kB\n")
    vmstat = write(tmp_path / "vmstat", "pgfault 12\noom_kill 5\n")
    return HostLoad(tmp_path / "cg", write(tmp_path / "own", own), meminfo, tmp_path / "stat", vmstat)


def test_the_processor_between_two_readings(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert found.cpu_pct() is None
    write(tmp_path / "stat", "cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 1 1\n")
    assert found.cpu_pct() is None
    write(tmp_path / "stat", "cpu  120 0 110 850 20 0 0 0 90 0\ncpu0 1 1\n")
    assert found.cpu_pct() == 30
    assert found.cpu_pct() is None  # no time has passed
    write(tmp_path / "stat", "nonsense\n")
    assert found.cpu_pct() is None


def test_a_bare_machine(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert (found.memory_used_mib(), found.memory_kills()) == (4, 5)


def test_a_container_with_a_limit(tmp_path: Path) -> None:
    group = tmp_path / "cg/job"
    write(group / "memory.max", f"{1 << 30}\n")
    write(group / "memory.current", f"{300 << 20}\n")
    write(group / "memory.stat", f"anon 1\ninactive_file {100 << 20}\n")
    write(group / "memory.events", "low 0\noom 2\noom_kill 7\n")
    found = load(tmp_path)
    assert (found.memory_used_mib(), found.memory_kills()) == (200, 7)
    (group / "memory.current").unlink()
    assert found.memory_used_mib() == 4


def test_a_container_of_the_first_version(tmp_path: Path) -> None:
    group = tmp_path / "cg/memory/job"
    write(group / "memory.limit_in_bytes", f"{1 << 30}\n")
    write(group / "memory.usage_in_bytes", f"{300 << 20}\n")
    write(group / "memory.stat", f"inactive_file 1\ntotal_inactive_file {50 << 20}\n")
    write(group / "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    found = load(tmp_path, "4:memory:/job\n")
    assert (found.memory_used_mib(), found.memory_kills()) == (250, 3)


def test_nothing_to_read(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    found = HostLoad(nowhere, nowhere, nowhere, nowhere, nowhere)
    assert (found.cpu_pct(), found.memory_used_mib(), found.memory_kills()) == (None, None, None)
