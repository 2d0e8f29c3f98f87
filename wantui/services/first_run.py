"""The way to the first training: what is set up, what lies there to be trained on, what a training would take."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui import reading
from wantui.access import explained

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.config import Config
    from wantui.journal.media_folder import Known, MediaFolder
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class BoxFacts:
    """What there is, by a look at names: nothing is started or read for it."""

    trainer: str | None
    """``musubi-tuner v0.3.4 (30c658c0aa)``; None: there is none that can be started."""
    needs_weights: bool
    """Whether the trainer needs weights: the rehearsal does not."""
    task: str
    weights_lacking: tuple[str, ...]
    """Names of the weight files that are not there, as ``[models]`` has them."""
    has_dataset: bool
    """Whether the ``dataset.toml`` is there."""
    folder: MediaFolder | None
    """Where there is no ``dataset.toml``: the folder that one can be made from; None: none was found."""

    @property
    def is_set_up(self) -> bool:
        """Whether a training can be started, as far as the machine is concerned."""
        return self.trainer is not None and not self.weights_lacking


@dataclass(frozen=True, slots=True)
class TrainingOutlook:
    """What a training would take as the run form proposes it."""

    steps: int
    """Of each expert."""
    experts: int
    seconds: float | None
    """From start to end; None: no run has told yet how fast this machine is."""
    price_per_hour: float | None
    """As ``[machine]`` has it."""
    errors: int = 0
    """How many are to be fixed first."""


def is_first_run(workspace: Workspace, config: Config) -> bool:
    """Whether something is missing for a training, and none was ever started here."""
    is_ready = reading.exists(config.run.dataset) and has_trainer(config) and not weights_lacking(config)
    return not is_ready and not _has_trained(workspace)


def has_trainer(config: Config) -> bool:
    """Whether there is anything where the trainer should be; a look, no examination."""
    return config.trainer.kind != "musubi" or os.path.lexists(config.trainer.python)


def weights_lacking(config: Config) -> tuple[str, ...]:
    """Names of the weight files that the task needs and that are not there."""
    if config.trainer.kind != "musubi":
        return ()
    from wantui.weights.catalogue import weights_for  # noqa: PLC0415  the rehearsal needs none

    places = config.models.by_key()
    needed = [places[weight.key] for weight in weights_for(config.run.task)]
    return tuple(path.name for path in needed if not reading.exists(path))


class FirstRun:
    """The first steps in a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: Known = {}

    def look(self) -> BoxFacts:
        """What there is now; some milliseconds.

        Raises:
            WantuiError: the ``wantui.toml`` cannot be read.
        """
        from wantui.journal.media_folder import find  # noqa: PLC0415  when it is asked for

        with explained():
            config = configuration.load(self._workspace)
            has_dataset = reading.exists(config.run.dataset)
            apart = (config.trainer.root, config.run.output_directory)
            folder = None if has_dataset else find(self._workspace.root, config.run.dataset, apart, self._known)
            return BoxFacts(
                _trainer(config), config.trainer.kind == "musubi", config.run.task, weights_lacking(config),
                has_dataset, folder,
            )  # fmt: skip

    def broken(self, folder: MediaFolder, is_over: Callable[[], bool] = lambda: False) -> tuple[str, ...]:
        """Names of the images in a folder that cannot be decoded; a read or two for each of them.

        Args:
            folder: with them.
            is_over: whether nobody waits for the answer any more.
        """
        from wantui.journal.media_folder import broken  # noqa: PLC0415  when it is asked for

        return broken(folder, is_over)

    def outlook(self) -> TrainingOutlook:
        """What a training would take; the dataset is looked at for it.

        Raises:
            WantuiError: it cannot be planned.
        """
        from wantui.jobs.model import RunKind  # noqa: PLC0415  when it is asked for
        from wantui.runs.board import Board  # noqa: PLC0415  the same
        from wantui.runs.plan import plan_run  # noqa: PLC0415  the same
        from wantui.runs.planned_time import planned_time  # noqa: PLC0415  the same
        from wantui.runs.request import RunRequest  # noqa: PLC0415  the same

        with explained():
            config = configuration.load(self._workspace)
            plan = plan_run(self._workspace, config, RunRequest(RunKind.TRAIN))
            gpus = range(plan.settings.most_at_once or 1)
            seconds = planned_time(Board(self._workspace), plan, gpus, time.time())
        return TrainingOutlook(
            plan.look.steps.steps,
            len(plan.settings.experts),
            seconds,
            config.machine.price_per_hour,
            len(plan.errors),
        )


def _has_trained(workspace: Workspace) -> bool:
    from wantui.jobs.model import RunKind  # noqa: PLC0415  the first rows do not wait for it
    from wantui.jobs.store import RunStore  # noqa: PLC0415  few workspaces are that new

    return any(run.kind is RunKind.TRAIN for run in RunStore(workspace).runs())


def _trainer(config: Config) -> str | None:
    if config.trainer.kind != "musubi":
        return f"the {config.trainer.kind} trainer"
    from wantui.setup.checkouts import is_checkout, name_of  # noqa: PLC0415  after the first frame
    from wantui.trainer.musubi.checkout import absolute  # noqa: PLC0415  the same

    root = absolute(config.trainer.root)
    return f"musubi-tuner {name_of(root)}" if has_trainer(config) and is_checkout(root) else None
