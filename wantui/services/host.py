"""Readings of the host: processor, memory, disk. psutil is imported by the first reading, not by the first screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.services.values import HostReading

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20


def read_host(folder: Path) -> HostReading:
    """Processor and memory of the machine, and the free space where `folder` lies."""
    import psutil  # noqa: PLC0415  70 ms that the first screen must not pay

    cpu = psutil.cpu_percent(interval=None)
    memory = psutil.virtual_memory()
    try:
        disk_free: float | None = psutil.disk_usage(str(folder)).free / MIB
    except OSError:
        disk_free = None
    return HostReading(
        cpu_pct=float(round(cpu)),
        ram_used_mib=_coarse((memory.total - memory.available) / MIB),
        ram_total_mib=memory.total / MIB,
        disk_free_mib=None if disk_free is None else _coarse(disk_free),
    )


def _coarse(mib: float) -> float:
    """Steps of a tenth of a GiB: what is drawn changes only when it says something."""
    return round(mib / 102.4) * 102.4
