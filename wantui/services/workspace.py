"""The real thing behind the screen: the services of one workspace, each with its part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.services.afterwards import Afterwards
from wantui.services.averaging import Averaging
from wantui.services.captions import Captions
from wantui.services.checkpoints import Checkpoints
from wantui.services.curves import Curves
from wantui.services.dataset import WorkspaceReading
from wantui.services.dataset_settings import DatasetSettings
from wantui.services.first_run import FirstRun
from wantui.services.fixes import Fixes
from wantui.services.history import History
from wantui.services.importing import Importing
from wantui.services.machine import MachineReadings
from wantui.services.outlook import Outlooks
from wantui.services.presets import Presets
from wantui.services.probing import Probing
from wantui.services.proposals import Proposals
from wantui.services.queue import Queue
from wantui.services.releases import Releases
from wantui.services.reports import Reports
from wantui.services.resuming import Resuming
from wantui.services.runs import Runs
from wantui.services.samples import Samples
from wantui.services.screen_settings import ScreenSettings
from wantui.services.setup import Setup
from wantui.services.supervisor import Supervisor
from wantui.services.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wantui.dataset.model import Item
    from wantui.dataset.scan import Found
    from wantui.jobs.model import Job
    from wantui.listing.losses import ItemLosses
    from wantui.paths import Workspace
    from wantui.services.values import (
        DatasetView,
        Defaults,
    )


class Services:
    """The parts, and what the screen asks most by names of its own."""

    def __init__(self, workspace: Workspace, reading: WorkspaceReading | None = None) -> None:
        """Make it; `reading` is who reads the dataset, where somebody does already."""
        self._reading = reading or WorkspaceReading(workspace)
        self._workspace = workspace
        self.root = workspace.root
        """The workspace's folder."""
        self.afterwards = Afterwards(workspace)
        self.captions = Captions(workspace)
        self.checkpoints = Checkpoints(workspace)
        self.averaging = Averaging(workspace)
        self.curves = Curves(workspace)
        self.dataset_settings = DatasetSettings(workspace)
        self.first_run = FirstRun(workspace)
        self.fixes = Fixes(workspace)
        self.history = History(workspace)
        self.importing = Importing(workspace)
        self.machine = MachineReadings(workspace)
        self.presets = Presets(workspace)
        self.probing = Probing(workspace)
        self.proposals = Proposals(workspace)
        self.queue = Queue(workspace)
        self.outlooks = Outlooks(workspace, self.queue)
        self.releases = Releases(workspace)
        self.reports = Reports(workspace)
        self.resuming = Resuming(workspace)
        self.runs = Runs(workspace)
        self.samples = Samples(workspace)
        self.screen_settings = ScreenSettings(workspace)
        self.setup = Setup(workspace)
        self.supervisor = Supervisor(workspace)
        self.watcher = Watch(workspace)

    @property
    def has_runs(self) -> bool:
        """Whether there has ever been a run here."""
        return self._workspace.has_runs

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

    def hold_out(self, items: Sequence[Item]) -> None:
        """See `Items.hold_out`."""
        from wantui.services.items import Items  # noqa: PLC0415  when it is asked for

        Items(self._workspace).hold_out(items)

    def release(self, items: Sequence[Item]) -> None:
        """See `Items.release`."""
        from wantui.services.items import Items  # noqa: PLC0415  when it is asked for

        Items(self._workspace).release(items)

    def item_losses(self) -> ItemLosses | None:
        """See `Items.losses`."""
        from wantui.services.items import Items  # noqa: PLC0415  when it is asked for

        return Items(self._workspace).losses()

    def loss_history(self, job: Job) -> Sequence[tuple[int, float]]:
        """See `Runs.loss_history`."""
        return self.runs.loss_history(job)

    def close(self) -> None:
        """Let go of the driver and the tokenizer."""
        self.captions.close()
        self.machine.close()
        self.queue.close()
