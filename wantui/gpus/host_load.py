"""How busy the machine is: processor, memory as a container has it, processes killed for lack of memory.

Read from files of the kernel each second, which takes a fifth of a millisecond; psutil would take five megabytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui.gpus.host import CGROUP, MEMINFO, OWN, group_files

if TYPE_CHECKING:
    from collections.abc import Iterable

STAT = Path("/proc/stat")
VMSTAT = Path("/proc/vmstat")
_IDLE = (3, 4)
"""Columns of ``/proc/stat`` (`proc_stat(5)`): idle, and idle with something to wait for."""
_GUESTS = 8
"""Columns from here on are counted among the earlier ones."""


class HostLoad:
    """Reads one machine."""

    def __init__(
        self, root: Path = CGROUP, own: Path = OWN, meminfo: Path = MEMINFO, stat: Path = STAT, vmstat: Path = VMSTAT
    ) -> None:
        self._stat, self._meminfo, self._vmstat = stat, meminfo, vmstat
        self._ticks: tuple[int, int] | None = None
        self._group = _limited_group(root, own)
        """The folder of the group whose limit is the least, with the version of its files."""
        kills = [*group_files("memory.events", root, own), *group_files("memory.oom_control", root, own, "memory")]
        self._kills = next((path for path in reversed(kills) if _figures(path).get("oom_kill") is not None), None)

    def cpu_pct(self) -> int | None:
        """Share of all cores' time since the last reading; None at the first."""
        try:
            words = self._stat.read_text(encoding="ascii").partition("\n")[0].split()[1 : _GUESTS + 1]
            ticks = [int(word) for word in words]
            whole, idle = sum(ticks), sum(ticks[column] for column in _IDLE)
        except (OSError, ValueError, IndexError):
            return None
        before, self._ticks = self._ticks, (whole, idle)
        if before is None or whole <= before[0]:
            return None
        return round(100 * (1 - (idle - before[1]) / (whole - before[0])))

    def memory_used_mib(self) -> int | None:
        """Memory that cannot be had back at once: of the container where it has a limit, else of the machine."""
        if self._group is not None:
            folder, current = self._group
            used = _number(folder / current)
            if used is not None:
                cached = _figures(folder / "memory.stat")
                return (used - min(used, cached.get("total_inactive_file", cached.get("inactive_file", 0)))) >> 20
        found = _figures(self._meminfo)
        total, available = found.get("MemTotal:"), found.get("MemAvailable:")
        return None if total is None or available is None else (total - available) >> 10

    def memory_kills(self) -> int | None:
        """How many processes the kernel has killed for lack of memory, in this container or on this machine."""
        if self._kills is not None:
            return _figures(self._kills).get("oom_kill")
        return _figures(self._vmstat).get("oom_kill")


def _limited_group(root: Path, own: Path) -> tuple[Path, str] | None:
    limits: list[tuple[int, Path, str]] = []
    for limit, current, controller in (
        ("memory.max", "memory.current", ""),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory"),
    ):
        for path in group_files(limit, root, own, controller):
            bytes_ = _number(path)
            if bytes_ is not None and bytes_ < 1 << 60:
                limits.append((bytes_, path.parent, current))
    return min(limits)[1:] if limits else None


def _number(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() else None


def _figures(path: Path) -> dict[str, int]:
    """The lines of a file that are a name and a number, with or without a unit."""
    try:
        lines: Iterable[str] = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    words = (line.split() for line in lines)
    return {each[0]: int(each[1]) for each in words if len(each) > 1 and each[1].isdecimal()}
