"""The real thing behind the screen: the rooms below, asked for one workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.caches.model import CacheStep
from wantui.dataset import blueprint, watch
from wantui.dataset.model import DatasetError
from wantui.errors import WantuiError
from wantui.gpus.choice import open_for
from wantui.jobs.model import RunKind
from wantui.jobs.store import job_files
from wantui.runs import history
from wantui.runs.board import Board
from wantui.runs.curves import LossLog
from wantui.runs.memory_choice import choice_of
from wantui.runs.output_names import retry_meets
from wantui.runs.plan import RunPlan, plan_run, start
from wantui.runs.request import RunRequest, experts_named
from wantui.runs.summary import trainer_kind
from wantui.runs.watch import state
from wantui.services.captions import Captions
from wantui.services.dataset import WorkspaceReading
from wantui.services.dataset_settings import DatasetSettings
from wantui.services.fixes import Fixes
from wantui.services.host import read_host
from wantui.services.importing import Importing
from wantui.services.presets import Presets, loaded
from wantui.services.proposals import Proposals
from wantui.services.report_text import tell
from wantui.services.setup import Setup
from wantui.services.values import (
    CaptionText,
    DatasetView,
    Defaults,
    GpuReading,
    HostReading,
    PlannedCommand,
    RunPreview,
    RunReportText,
    RunWish,
)
from wantui.supervisor import client
from wantui.supervisor.devices import judge
from wantui.supervisor.endpoint import Endpoint
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Task

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wantui.config import Config
    from wantui.dataset.model import Item
    from wantui.dataset.scan import Found
    from wantui.gpus.model import GpuProvider
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.runs.board import JobView
    from wantui.runs.output_names import NamesInUse
    from wantui.runs.watch.state import WatchState


class Services:
    """Asks the rooms below. Each call reads the configuration anew, so that an edited ``wantui.toml`` counts."""

    def __init__(self, workspace: Workspace, reading: WorkspaceReading | None = None) -> None:
        """Make it; `reading` is who reads the dataset, where somebody does already."""
        self._workspace = workspace
        self._reading = reading or WorkspaceReading(workspace)
        self._board = Board(workspace)
        self._losses: dict[Path, LossLog] = {}
        self._provider: GpuProvider | None = None
        self._provider_for: object = None
        self.root = workspace.root
        """The workspace's folder."""
        self.captions = Captions(workspace)
        self.dataset_settings = DatasetSettings(workspace)
        self.fixes = Fixes(workspace)
        self.importing = Importing(workspace)
        self.presets = Presets(workspace)
        self.proposals = Proposals(workspace)
        self.setup = Setup(workspace)

    def _config(self) -> Config:
        return configuration.load(self._workspace)

    def defaults(self) -> Defaults:
        """The workspace's configuration, as far as the screen needs it."""
        return self._reading.defaults()

    def dataset(self, found: Found | None = None) -> DatasetView:
        """Read the dataset and look at its caches.

        Args:
            found: told of items before all are known; of the caches and of what lint says it is told nothing.
        """
        return self._reading.dataset(found)

    def changes(self, stop: threading.Event) -> Iterator[frozenset[Path]]:
        """The files that something has happened to, as it happens, until it is others that should be watched.

        Args:
            stop: set to end it.

        An empty set comes at least twice a second, the first one once everything is watched.
        """
        with explained():
            config = self._config()
            settings = {config.file, config.run.dataset}
            try:
                dataset = blueprint.load(config.run.dataset)
            except DatasetError:
                dataset = None
            for changed in watch.changes(watch.what_to_watch(dataset, settings, polling=config.watch.polling), stop):
                yield frozenset(changed)
                if changed & settings:
                    return

    def partial_rescan(self, changed: Iterable[Path]) -> DatasetView:
        """Look at the items of these files alone, within a few milliseconds; `dataset` has the last word.

        Args:
            changed: files; those that belong to no known item are passed over.
        """
        return self._reading.partial_rescan(changed)

    def changed_since(self, run: int) -> str:
        """How the dataset differs from what the run trains on: ``3 captions changed``; empty where it does not."""
        with explained():
            return str(history.changed_since(self._workspace, self._board.store.get(run)) or "")

    def watching(self) -> WatchState | None:
        """What the watcher said last; nothing it said counts when no supervisor is there to keep it."""
        with explained():
            if not client.status(self._workspace).running:
                return None
            return state.read_state(self._workspace)

    def pause_watching(self, *, paused: bool) -> None:
        """Let changes lead to no cache run, or let them again."""
        with explained():
            if paused:
                state.pause(self._workspace)
            else:
                state.resume(self._workspace)
                client.ensure(self._workspace)

    def report(self, run: int) -> RunReportText:
        """What a run was: settings, trainer, items, and how it differs from the training before it."""
        with explained():
            return tell(self._workspace, run)

    def memory_of(self, job: Job) -> str | None:
        """How a job spends memory, as a sentence; None before that is settled."""
        choice = choice_of(self._workspace, job)
        return None if choice is None else str(choice)

    def read_caption(self, item: Item) -> CaptionText:
        """The caption as it stands in its file now."""
        return self.captions.read(item)

    def save_caption(self, item: Item, text: str, read_as: CaptionText | None) -> CaptionText:
        """Write a caption.

        Args:
            item: whose.
            text: the new caption.
            read_as: what the edit began with; None overwrites whatever is there now.

        Raises:
            ConflictError: the file has been changed since `read_as`.
        """
        return self.captions.save(item, text, read_as)

    def jobs(self) -> tuple[JobView, ...]:
        """Every job with its progress, oldest first."""
        with explained():
            return self._board.refresh()

    def loss_history(self, job: Job) -> Sequence[tuple[int, float]]:
        """Step and loss, as far as they are known, ascending by step."""
        path = job_files(self._workspace, job).log
        reader = trainer(trainer_kind(self._board.store.get(job.run))).curve_reader()
        return self._losses.setdefault(path, LossLog(path, reader)).refresh()

    def gpus(self) -> tuple[GpuReading, ...]:
        """Every GPU with what keeps it from being free."""
        with explained():
            config = self._config()
            wanted = (config.gpus, config.trainer.kind)
            if self._provider is None or wanted != self._provider_for:
                self._close_provider()
                self._provider, self._provider_for = open_for(config, self._workspace), wanted
            readings = self._provider.snapshot()
            if not readings:
                why = self._provider.reason or "none may be used"
                raise WantuiError(
                    f"No GPU: {why}. `wantui gpus` tells more. "
                    'To try things without one set kind = "rehearsal" in [trainer] of wantui.toml.'
                )
            offers = judge(self._workspace, config, readings)
        return tuple(GpuReading(offer.gpu, offer.busy) for offer in offers)

    def host(self) -> HostReading:
        """The machine without its GPUs."""
        return read_host(self.root)

    def preview(self, wish: RunWish) -> RunPreview:
        """Plan the run; nothing is started."""
        plan = self._plan(wish)
        to_encode = {step.value: len(plan.look.caches.to_encode(step)) for step in CacheStep}
        commands = tuple(PlannedCommand(spec.kind.value, spec.argv) for spec in plan.jobs)
        return RunPreview(
            plan.problems, plan.look.steps, to_encode, commands, plan.forecast, plan.ways, plan.in_use
        )  # fmt: skip

    def _plan(self, wish: RunWish) -> RunPlan:
        request = RunRequest(
            RunKind.TRAIN, dataset=self.root / wish.dataset, task=Task(wish.task),
            experts=experts_named(wish.experts), suffix=wish.suffix, author=wish.author, epochs=wish.epochs,
            save_every=wish.save_every, memory=wish.memory, loaded=wish.loaded or None,
            replaces=wish.replaces,
        )  # fmt: skip
        with explained():
            return plan_run(self._workspace, loaded(self._workspace, wish.loaded), request)

    def start(self, wish: RunWish) -> int:
        """Hand the run to the supervisor, which starts by itself."""
        plan = self._plan(wish)
        with explained():
            return start(self._workspace, plan).number

    def cache(self) -> int:
        """Start a cache run for what is not current; answers with its number."""
        with explained():
            plan = plan_run(self._workspace, self._config(), RunRequest(RunKind.CACHE))
            if plan.errors:
                first = plan.errors[0]
                raise WantuiError(f"{first.path.name}: {first.message}; {first.fix}")
            if not any(plan.look.caches.to_encode(step) for step in CacheStep):
                raise WantuiError("Every cache file is current: there is nothing to encode.")
            return start(self._workspace, plan).number

    def stop(self, job_id: str) -> None:
        """End a job, or take it out of the queue."""
        with explained():
            client.stop(self._workspace, job_id)

    def retry_meets(self, job_id: str) -> NamesInUse | None:
        """What a retry of a job would overwrite; None where nothing."""
        with explained():
            return retry_meets(self._workspace, *self._board.store.find(job_id))

    def retry(self, job_id: str, *, replaces: bool = False) -> None:
        """Queue a job again with the same settings; `replaces` as in `RunWish`."""
        with explained():
            client.retry(self._workspace, job_id, replaces=replaces)

    def wake(self) -> None:
        """Make sure that somebody looks after runs that have not ended, and encodes what is edited."""
        with explained():
            client.wake(self._workspace)
            config = self._config()
            is_wanted = config.watch.enabled and config.run.dataset.exists()
            if is_wanted and not Endpoint.of(self._workspace).stopped.exists():
                client.ensure(self._workspace)

    def close(self) -> None:
        """Let go of the driver and the tokenizer."""
        self.captions.close()
        self._close_provider()

    def _close_provider(self) -> None:
        if self._provider is not None:
            self._provider.close()
            self._provider = None
