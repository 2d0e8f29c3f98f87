"""The machine around the GPUs: cores and memory, as a container's limits leave them.

Control groups are those of the kernel's ``Documentation/admin-guide/cgroup-v2.rst``, and of version 1 before it. A
limit holds for all groups inside; in a container the outermost that can be seen is the container's.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CGROUP = Path("/sys/fs/cgroup")
"""Where control groups are mounted: version 2, or version 1 with a folder a controller."""
OWN = Path("/proc/self/cgroup")
"""Tells the group (``cgroups(7)``): lines of number, controllers and path, with colons between."""
MEMINFO = Path("/proc/meminfo")
_UNLIMITED = 1 << 60
"""Limits from here on are none: version 1 writes a number near the largest there is."""


def memory_limit(root: Path = CGROUP, own: Path = OWN) -> int | None:
    """Bytes that this process's control group may use; None where there is no limit."""
    files = [*group_files("memory.max", root, own), *group_files("memory.limit_in_bytes", root, own, "memory")]
    said = [_first_line(file) for file in files]
    return min((int(each) for each in said if each.isdigit() and int(each) < _UNLIMITED), default=None)


def memory_mib(root: Path = CGROUP, own: Path = OWN, meminfo: Path = MEMINFO) -> int | None:
    """Memory of the machine, or of the container where that is less, in MiB; None where the system does not tell."""
    found = []
    limit = memory_limit(root, own)
    if limit is not None:
        found.append(limit >> 20)
    words = _first_line(meminfo).split()
    if len(words) > 1 and words[0] == "MemTotal:" and words[1].isdigit():
        found.append(int(words[1]) >> 10)
    return min(found, default=None)


def cores(root: Path = CGROUP, own: Path = OWN) -> int:
    """Cores that this process may use: its affinity, or the quota of its container where that is less."""
    allowed = len(os.sched_getaffinity(0))
    said = [_first_line(file).split() for file in group_files("cpu.max", root, own)]
    first = group_files("cpu.cfs_quota_us", root, own, "cpu")
    said += [[_first_line(file), _first_line(file.with_name("cpu.cfs_period_us"))] for file in first]
    quotas = [quota for quota in map(_quota, said) if quota is not None]
    return max(1, min([allowed, *map(math.ceil, quotas)]))


def _quota(words: list[str]) -> float | None:
    """Cores' worth of time, of microseconds that may be used in so many."""
    if len(words) == 2 and all(word.isdigit() for word in words) and int(words[1]):  # noqa: PLR2004  quota, period
        return int(words[0]) / int(words[1])
    return None  # "max", or -1: there is none


def group_files(name: str, root: Path, own: Path, controller: str = "") -> Iterator[Path]:
    """The file of this process's group, and of each one around it; without a controller, of version 2."""
    try:
        lines = own.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        lines = []
    parts = [line.split(":", 2) for line in lines if line.count(":") > 1]
    group = next((path for _, names, path in parts if controller in names.split(",")), "/")
    base = root / controller if controller else root
    for folder in (Path(group.lstrip("/")), *Path(group.lstrip("/")).parents):
        yield base / folder / name


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        return ""
