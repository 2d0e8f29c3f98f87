"""The real thing behind the screen: the services of one workspace, each with its part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import wantui.runs.history
import wantui.runs.plan  # noqa: F401  both here, where nobody waits, and not when the first key asks for them
from wantui.services.captions import Captions
from wantui.services.curves import Curves
from wantui.services.dataset import WorkspaceReading
from wantui.services.dataset_settings import DatasetSettings
from wantui.services.fixes import Fixes
from wantui.services.importing import Importing
from wantui.services.machine import MachineReadings
from wantui.services.presets import Presets
from wantui.services.proposals import Proposals
from wantui.services.queue import Queue
from wantui.services.resuming import Resuming
from wantui.services.runs import Runs
from wantui.services.setup import Setup
from wantui.services.supervisor import Supervisor
from wantui.services.watching import Watch

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wantui.dataset.scan import Found
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.runs.board import JobView
    from wantui.runs.output_names import NamesInUse
    from wantui.runs.request import RunRequest
    from wantui.runs.watch.state import WatchState
    from wantui.services.values import (
        DatasetView,
        Defaults,
        GpuReading,
        HostReading,
        RunPreview,
        RunReportText,
    )


class Services:
    """The parts, and what the screen asks most by names of its own."""

    def __init__(self, workspace: Workspace, reading: WorkspaceReading | None = None) -> None:
        """Make it; `reading` is who reads the dataset, where somebody does already."""
        self._reading = reading or WorkspaceReading(workspace)
        self.root = workspace.root
        """The workspace's folder."""
        self.captions = Captions(workspace)
        self.curves = Curves(workspace)
        self.dataset_settings = DatasetSettings(workspace)
        self.fixes = Fixes(workspace)
        self.importing = Importing(workspace)
        self.machine = MachineReadings(workspace)
        self.presets = Presets(workspace)
        self.proposals = Proposals(workspace)
        self.queue = Queue(workspace)
        self.resuming = Resuming(workspace)
        self.runs = Runs(workspace)
        self.setup = Setup(workspace)
        self.supervisor = Supervisor(workspace)
        self.watcher = Watch(workspace)

    def defaults(self) -> Defaults:
        """The workspace's configuration, as far as the screen needs it."""
        return self._reading.defaults()

    def dataset(self, found: Found | None = None) -> DatasetView:
        """Read the dataset and look at its caches.

        Args:
            found: told of items before all are known; of the caches and of what lint says it is told nothing.
        """
        return self._reading.dataset(found)

    def partial_rescan(self, changed: Iterable[Path]) -> DatasetView:
        """Look at the items of these files alone, within a few milliseconds; `dataset` has the last word.

        Args:
            changed: files; those that belong to no known item are passed over.
        """
        return self._reading.partial_rescan(changed)

    def changes(self, stop: threading.Event) -> Iterator[frozenset[Path]]:
        """See `Watch.changes`."""
        return self.watcher.changes(stop)

    def changed_since(self, run: int) -> str:
        """How the dataset differs from what the run trains on: ``3 captions changed``; empty where it does not."""
        return str(self.runs.changed_since(run) or "")

    def watching(self) -> WatchState | None:
        """What the watcher said last; nothing it said counts when no supervisor is there to keep it."""
        return self.watcher.status().now

    def pause_watching(self, *, paused: bool) -> None:
        """Let changes lead to no cache run, or let them again."""
        (self.watcher.pause if paused else self.watcher.resume)()

    def report(self, run: int) -> RunReportText:
        """See `Runs.told`."""
        return self.runs.told(run)

    def memory_of(self, job: Job) -> str | None:
        """See `Runs.memory_of`."""
        return self.runs.memory_of(job)

    def jobs(self) -> tuple[JobView, ...]:
        """See `Runs.jobs`."""
        return self.runs.jobs()

    def loss_history(self, job: Job) -> Sequence[tuple[int, float]]:
        """See `Runs.loss_history`."""
        return self.runs.loss_history(job)

    def gpus(self) -> tuple[GpuReading, ...]:
        """See `MachineReadings.gpus`."""
        return self.machine.gpus()

    def host(self) -> HostReading:
        """See `MachineReadings.host`."""
        return self.machine.host()

    def preview(self, request: RunRequest) -> RunPreview:
        """See `Runs.preview`."""
        return self.runs.preview(request)

    def defaults_like(self, run: int) -> Defaults:
        """See `Runs.like`."""
        return self.runs.like(run, self._reading.defaults())

    def start(self, request: RunRequest) -> int:
        """Start what the run form says; the number of the run."""
        return self.runs.start(self.runs.plan(request)).number

    def cache(self) -> int:
        """See `Runs.cache`; the number of the run."""
        return self.runs.cache().number

    def stop(self, job_id: str) -> None:
        """See `Runs.stop`."""
        self.runs.stop(job_id)

    def retry_meets(self, job_id: str) -> NamesInUse | None:
        """See `Runs.retry_meets`."""
        return self.runs.retry_meets(job_id)

    def retry(self, job_id: str, *, replaces: bool = False) -> None:
        """See `Runs.retry`."""
        self.runs.retry(job_id, replaces=replaces)

    def wake(self) -> None:
        """See `Supervisor.attend`."""
        self.supervisor.attend()

    def close(self) -> None:
        """Let go of the driver and the tokenizer."""
        self.captions.close()
        self.machine.close()
        self.queue.close()
