"""The machine around the GPUs: cores and memory, as a container's limits leave them.

Control groups are those of the kernel's ``Documentation/admin-guide/cgroup-v2.rst``, and of version 1 before it.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
MEMINFO = Path("/proc/meminfo")
_UNLIMITED = 1 << 60
"""Limits from here on are none: version 1 writes a number near the largest there is."""


def memory_limit(root: Path = CGROUP) -> int | None:
    """Bytes that this process's control group may use; None where there is no limit.

    Args:
        root: where control groups are mounted: version 2, or version 1 with its ``memory`` controller below.
    """
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        said = _first_line(root / name)
        if said.isdigit() and int(said) < _UNLIMITED:
            return int(said)
    return None


def memory_mib(root: Path = CGROUP, meminfo: Path = MEMINFO) -> int | None:
    """Memory of the machine, or of the container where that is less, in MiB; None where the system does not tell."""
    found = []
    limit = memory_limit(root)
    if limit is not None:
        found.append(limit >> 20)
    words = _first_line(meminfo).split()
    if len(words) > 1 and words[0] == "MemTotal:" and words[1].isdigit():
        found.append(int(words[1]) >> 10)
    return min(found, default=None)


def cores(root: Path = CGROUP) -> int:
    """Cores that this process may use: its affinity, or the quota of its container where that is less."""
    allowed = len(os.sched_getaffinity(0))
    quota = _quota(root)
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def _quota(root: Path) -> float | None:
    """Cores' worth of time that the control group may use."""
    words = _first_line(root / "cpu.max").split()
    if not words:
        words = [_first_line(root / "cpu" / name) for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")]
    if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]):  # noqa: PLR2004  quota, period
        return int(words[0]) / int(words[1])
    return None  # "max", or -1: there is none


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        return ""
