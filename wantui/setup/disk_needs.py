"""Which disks a setup and the runs after it write to, and whether each has room: said before anything is begun."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.caches.model import CacheError
from wantui.dataset.model import DatasetError
from wantui.jobs.model import RunKind
from wantui.runs.forecast import forecast
from wantui.runs.request import RunRequest, settings_for
from wantui.setup.estimates import DiskNeed
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import TrainerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wantui.config import Config
    from wantui.paths import Workspace

SPARE_BYTES = 1 << 30
"""What must stay free on a disk: logs, records and what others write meanwhile."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system, and what goes there."""

    folder: Path
    """Where it is mounted."""
    free: int
    """Bytes."""
    parts: tuple[DiskNeed, ...]
    """What goes there, of one kind together."""

    @property
    def needed(self) -> int:
        """Bytes of everything that goes there."""
        return sum(part.bytes for part in self.parts)

    @property
    def is_enough(self) -> bool:
        """Whether it fits, and `spare` stays free."""
        return not self.parts or self.needed + self.spare <= self.free

    @property
    def spare(self) -> int:
        """Bytes that must stay free."""
        return SPARE_BYTES


def disks_for(rooms: Iterable[DiskNeed]) -> tuple[Disk, ...]:
    """Put together what goes to one file system, in the order in which the first of each comes."""
    together: dict[int, list[DiskNeed]] = {}
    for room in rooms:
        together.setdefault(disk_of(room.folder), []).append(room)
    return tuple(_disk(each) for each in together.values())


def run_rooms(workspace: Workspace, config: Config) -> list[DiskNeed]:
    """What the run that is configured will write, where its dataset is there already."""
    from wantui.runs.dataset_report import look_at  # noqa: PLC0415  only a setup that goes on needs it

    settings = settings_for(config, RunRequest(RunKind.TRAIN))
    if not settings.dataset.is_file():
        return []
    try:
        look = look_at(workspace, settings)
        found = forecast(trainer(settings.trainer_kind), look, settings)
    except (DatasetError, CacheError, TrainerError):
        return []  # `wantui check` and the form of a run tell what is wrong with it
    caches = look.cache_folders[0] if look.cache_folders else workspace.root
    rooms = [DiskNeed("caches", caches, found.cache_bytes)] if found.cache_bytes else []
    return [*rooms, DiskNeed("LoRA files and states", settings.output_directory, found.output_bytes)]


def disk_of(folder: Path) -> int:
    """The file system that a folder is on, or will be, as the kernel numbers it."""
    return existing(folder).stat().st_dev


def existing(folder: Path) -> Path:
    """A folder itself, or the nearest above it that exists."""
    real = Path(os.path.realpath(folder))
    return next(each for each in (real, *real.parents) if each.is_dir())


def uv_cache(environment: Mapping[str, str]) -> Path:
    """Where uv keeps what it has unpacked (uv's documentation, "Caching")."""
    named = environment.get("UV_CACHE_DIR")
    if named:
        return Path(named).expanduser()
    return Path(environment.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "uv"


def _disk(rooms: list[DiskNeed]) -> Disk:
    parts: dict[str, DiskNeed] = {}
    for room in rooms:
        known = parts.get(room.says)
        parts[room.says] = room if known is None else _sum(known, room)
    folder = _mount_of(existing(rooms[0].folder))
    return Disk(folder, shutil.disk_usage(folder).free, tuple(parts.values()))


def _mount_of(folder: Path) -> Path:
    """The uppermost folder around it that is on the same file system."""
    device = disk_of(folder)
    around = [each for each in folder.parents if disk_of(each) == device]
    return around[-1] if around else folder


def _sum(known: DiskNeed, room: DiskNeed) -> DiskNeed:
    around = Path(os.path.commonpath((known.folder, room.folder)))
    return DiskNeed(known.says, around, known.bytes + room.bytes)
