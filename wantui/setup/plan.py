"""What a setup would do now, and handing that to the supervisor."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.jobs import trust
from wantui.jobs.model import JobSpec, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.plan import HOOK
from wantui.setup.commands import SetupError
from wantui.setup.discovery import Adoption, adopt, look_around
from wantui.setup.disk_needs import Disk, disks_for, run_rooms
from wantui.setup.steps import steps_for
from wantui.setup.weights import ask_sizes
from wantui.supervisor import client
from wantui.weights.errors import BusyError
from wantui.weights.locks import hold

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.setup.commands import SetupCommand
    from wantui.setup.estimates import DiskNeed
    from wantui.setup.steps import SetupStep
    from wantui.weights.catalogue import Task


_PATIENCE_S = 30.0
"""For another process that begins a setup: it may have to start the supervisor first."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step, and what it would do now."""

    step: SetupStep
    is_done: bool
    commands: tuple[SetupCommand, ...] = ()
    """The commands, as far as they can be said before the steps in front of it are done."""

    @property
    def bytes(self) -> int | None:
        """What comes over the network, estimated; None where it is done."""
        return None if self.is_done else sum(command.loads for command in self.commands)

    @property
    def seconds(self) -> float | None:
        """How long it takes, estimated; None where it is done."""
        return None if self.is_done else sum(command.seconds for command in self.commands)

    @property
    def room(self) -> tuple[DiskNeed, ...]:
        """What stays on which disk, estimated."""
        return tuple(each for command in self.commands for each in command.room)


def plan_setup(config: Config, task: Task) -> tuple[PlannedStep, ...]:
    """Every step in order.

    Args:
        config: of the workspace.
        task: whose weights are wanted.

    Raises:
        SetupError: the configuration asks for no real trainer, or a step cannot be done here.
    """
    if config.trainer.kind != "musubi":
        raise SetupError(f'kind = "{config.trainer.kind}" in [trainer] needs no setup; set it to "musubi"')
    planned: list[PlannedStep] = []
    for step in steps_for(task):
        is_done = all(each.is_done for each in planned if each.step.kind in step.needs) and step.is_done(config)
        planned.append(PlannedStep(step, is_done, () if is_done else step.commands(config)))
    return tuple(planned)


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """Everything that a setup would do now."""

    task: Task
    adoption: Adoption
    """What was found on the box, and what becomes of it."""
    steps: tuple[PlannedStep, ...]
    """In order, with what was found."""
    disks: tuple[Disk, ...]
    """Where the steps, and the run that is configured, will write."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return all(step.is_done for step in self.steps) and not self.adoption.values

    @property
    def bytes(self) -> int:
        """What comes over the network, estimated."""
        return sum(step.bytes or 0 for step in self.steps)

    @property
    def seconds(self) -> float:
        """How long it takes, estimated: the weights come while the other steps are done, over the same link."""
        return sum(step.seconds or 0.0 for step in self.steps)

    @property
    def full_disks(self) -> tuple[Disk, ...]:
        """Those that have no room for what goes there."""
        return tuple(disk for disk in self.disks if not disk.is_enough)


def prepare(workspace: Workspace, config: Config, task: Task, *, asks_hub: bool = True) -> SetupPlan:
    """Look around on the box, and say what a setup would do; no changes.

    Args:
        workspace: of the setup.
        config: of the workspace.
        task: whose weights are wanted.
        asks_hub: whether the Hub is asked for sizes, within a few seconds; else what it has told before counts.

    Raises:
        SetupError: as `plan_setup`.
        ConfigError: the ``wantui.toml`` cannot be changed as what was found asks for.
    """
    adoption = look_around(config)
    if asks_hub and config.trainer.kind == "musubi":
        ask_sizes(workspace, adoption.config, task)
    steps = plan_setup(adoption.config, task)
    rooms = [room for step in steps for room in step.room]
    if any(not step.is_done for step in steps):
        rooms += run_rooms(workspace, adoption.config)
    return SetupPlan(task, adoption, steps, disks_for(rooms))


def begin(workspace: Workspace, plan: SetupPlan) -> Run | None:
    """Write down what was found, and hand what is left to the supervisor; None where nothing is.

    Where a setup is under way by now, begun by another screen or by the same key pressed twice, that one it is.

    Raises:
        ConfigError: the ``wantui.toml`` cannot be written.
        SetupError: somebody else begins one, and has not ended that for long.
        SupervisorError: it cannot be reached.
    """
    try:
        with hold(workspace.runtime / "setup.lock", patience_s=_PATIENCE_S):
            running = under_way(workspace)
            if running is not None:
                return running
            trust.mark_used(adopt(plan.adoption))
            if all(step.is_done for step in plan.steps):
                return None
            return start(workspace, plan.steps, plan.task)
    except BusyError as error:
        raise SetupError(f"a setup is being begun ({error}); look again in a moment") from error


def under_way(workspace: Workspace) -> Run | None:
    """The setup that has not ended, if there is one."""
    return next((run for run in RunStore(workspace).runs() if run.kind is RunKind.SETUP and not run.has_ended), None)


def start(workspace: Workspace, planned: tuple[PlannedStep, ...], task: Task) -> Run:
    """Hand the steps that are not done to the supervisor.

    Args:
        workspace: of the setup.
        planned: for it.
        task: as in `plan_setup`.

    Raises:
        SupervisorError: it cannot be reached.
    """
    workspace.create_state()
    left = [each.step for each in planned if not each.is_done]
    kinds = {step.kind for step in left}
    specs = [
        JobSpec(
            kind=step.kind,
            argv=(sys.executable, "-P", "-m", "wantui.setup.perform", str(step.kind), "--workspace",
                  str(workspace.root), "--task", task),
            cwd=workspace.root,
            env={"PYTHONUNBUFFERED": "1"},
            needs=tuple(kind for kind in step.needs if kind in kinds),
            wants_gpu=False,
            verify=(*HOOK, "verify"),
        )
        for step in left
    ]  # fmt: skip
    return client.submit(workspace, RunKind.SETUP, {}, specs)
