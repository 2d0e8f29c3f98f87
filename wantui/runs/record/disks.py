"""The disks that running jobs write to: what is free, and what experts are still to save."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

from wantui.history.model import disk_pace
from wantui.jobs.model import JobError
from wantui.runs.forecast import device_of, free_bytes
from wantui.runs.kept_settings import settings_of_job
from wantui.runs.record.machine_happenings import DiskSeen, fill_pace
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.jobs.model import Job, Run
    from wantui.paths import Workspace

LOOK_S = 60.0
LOOKS = 30
"""As many are remembered: the pace is that of the last half hour."""


class Disks:
    """Looks at them once a minute."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._free: dict[int, deque[tuple[float, int]]] = {}
        self._look_at = 0.0
        self._paces: dict[int, float] = {}

    def news_of_paces(self) -> dict[str, float]:
        """MiB a second by which disks become fuller, by names of facts, where it is not what was said last."""
        paces = dict.fromkeys(self._paces, 0.0) | {device: fill_pace(kept) for device, kept in self._free.items()}
        news = {disk_pace(device): pace for device, pace in paces.items() if pace != self._paces.get(device)}
        self._paces = paces
        return news

    def look(self, running: Iterable[tuple[Run, Job]], now: float) -> list[DiskSeen]:
        """How each disk stands; empty when it is not time to look.

        Args:
            running: the experts that run, with their runs.
            now: seconds since 1970.
        """
        if now < self._look_at:
            return []
        self._look_at = now + LOOK_S
        folders: dict[int, Path] = {}
        to_write: dict[int, int] = {}
        saved = [_still_saved(self._workspace, run, job) for run, job in running]
        for folder, mib in ((self._workspace.state, 0), *saved):
            device = device_of(folder)
            if device is not None:
                folders[device] = folder
                to_write[device] = to_write.get(device, 0) + mib
        for gone in self._free.keys() - folders.keys():
            del self._free[gone]
        found = []
        for device, folder in folders.items():
            free = free_bytes(folder)
            if free is None:
                continue
            kept = self._free.setdefault(device, deque(maxlen=LOOKS))
            kept.append((now, free >> 20))
            found.append(DiskSeen(str(folder), tuple(kept), to_write[device]))
        return found


def _still_saved(workspace: Workspace, run: Run, job: Job) -> tuple[Path, int]:
    """Where an expert saves, and MiB of what it has not saved yet; 0 where that is not known."""
    nothing = (workspace.state, 0)
    try:
        settings = settings_of_job(run, job)
        found = trainer(settings.trainer_kind).outputs(settings, Expert(str(job.kind)))
    except (JobError, TypeError, ValueError):
        return nothing
    checkpoints = sum(not os.path.lexists(path) for path in found.checkpoints)
    states = found.more_states + sum(not os.path.lexists(path) for path in found.states)
    size = checkpoints * found.checkpoint_bytes + states * found.state_bytes
    return settings.output_directory, size >> 20
