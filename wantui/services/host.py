"""Readings of the host: processor, memory as a container has it, network, and the disks that a workspace needs."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.dataset import blueprint
from wantui.dataset.model import DatasetError
from wantui.gpus import host
from wantui.gpus.host_load import HostLoad
from wantui.history.model import SEEN_UNTIL, HistoryError, disk_pace
from wantui.history.reader import HistoryReader
from wantui.runs.forecast import device_of, free_bytes
from wantui.services.values import DiskReading, HostReading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.config.schema import Config
    from wantui.paths import Workspace

LOOK_S = 5.0
"""A reading holds so long: figures that change each second say no more, and are sent to the terminal each time."""
DISKS_LOOK_S = 60.0
"""Which disks there are, and how fast they fill, is asked so often."""
PACE_HOLDS_S = 180.0
"""What the recorder has said of a pace counts for so long after its last sign of life."""
NETWORK = Path("/proc/net/dev")
_RECEIVED, _SENT = 0, 8
"""Columns of ``/proc/net/dev`` behind the name (`proc_pid_net(5)`): bytes received and sent."""


class Host:
    """The machine that a workspace is on, without its GPUs."""

    def __init__(self, workspace: Workspace, network: Path = NETWORK) -> None:
        self._workspace = workspace
        self._network = network
        self._load = HostLoad()
        self._history = HistoryReader(workspace)
        self._reading: HostReading | None = None
        self._look_at = self._disks_look_at = 0.0
        self._disks: tuple[tuple[str, Path, float], ...] = ()
        """What lies on each disk, a folder there, and MiB a second by which it becomes fuller."""
        self._bytes: tuple[float, int] | None = None

    def read(self) -> HostReading:
        """How it stands; the same for `LOOK_S`."""
        now = time.monotonic()
        if self._reading is None or now >= self._look_at:
            self._look_at = now + LOOK_S
            if now >= self._disks_look_at:
                self._disks_look_at = now + DISKS_LOOK_S
                self._disks = self._look_at_disks()
            total, limit = host.memory_mib(), host.memory_limit()
            self._reading = HostReading(
                cpu_pct=self._load.cpu_pct(),
                ram_used_mib=_coarse(self._load.memory_used_mib()),
                ram_total_mib=total,
                ram_is_limited=limit is not None and limit >> 20 == total,
                network_bytes_s=self._network_bytes_s(now),
                disks=tuple(_disk(*each) for each in self._disks),
            )
        return self._reading

    def _look_at_disks(self) -> tuple[tuple[str, Path, float], ...]:
        """The disks of output, caches and weights; of several on one disk the names are joined."""
        names: dict[int, list[str]] = {}
        folders: dict[int, Path] = {}
        for name, folder in self._folders():
            device = device_of(folder)
            if device is None:
                continue
            folders.setdefault(device, folder)
            if name not in names.setdefault(device, []):
                names[device].append(name)
        try:
            said = self._history.facts((SEEN_UNTIL, *map(disk_pace, folders)))
        except HistoryError:
            said = {}
        if time.time() - said.get(SEEN_UNTIL, 0.0) > PACE_HOLDS_S:
            said = {}
        return tuple(
            (", ".join(names[device]), folder, said.get(disk_pace(device), 0.0)) for device, folder in folders.items()
        )

    def _folders(self) -> Iterable[tuple[str, Path]]:
        try:
            config = configuration.load(self._workspace)
        except configuration.ConfigError:
            return [("workspace", self._workspace.root)]
        return [
            ("output", config.run.output_directory),
            *(("caches", folder) for folder in _cache_folders(config)),
            *(("models", path) for path in config.models.by_key().values() if os.path.lexists(path)),
        ]

    def _network_bytes_s(self, now: float) -> float | None:
        """Bytes received and sent a second since the last reading; None at the first, or where nobody tells."""
        try:
            lines = self._network.read_text(encoding="ascii", errors="replace").splitlines()
            named = [line.partition(":")[::2] for line in lines if ":" in line]
            words = [figures.split() for name, figures in named if name.strip() != "lo"]
            total = sum(int(each[_RECEIVED]) + int(each[_SENT]) for each in words)
        except (OSError, ValueError, IndexError):
            return None
        before, self._bytes = self._bytes, (now, total)
        if before is None or now <= before[0] or total < before[1]:
            return None
        return (total - before[1]) / (now - before[0])


def _cache_folders(config: Config) -> list[Path]:
    try:
        found = blueprint.load(config.run.dataset).subsets
    except (DatasetError, OSError):
        return [config.run.dataset.parent]
    return [each.cache_directory for each in found]


def _disk(name: str, folder: Path, pace: float) -> DiskReading:
    free = free_bytes(folder)
    if free is None:
        return DiskReading(name)
    mib = free / (1 << 20)
    return DiskReading(name, _coarse(mib), mib / pace if pace > 0 else None)


def _coarse(mib: float | None) -> float | None:
    """Steps of a tenth of a GiB: what is drawn changes only when it says something."""
    return None if mib is None else round(mib / 102.4) * 102.4
