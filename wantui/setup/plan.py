"""What a setup would do now, and handing that to the supervisor."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.jobs.model import JobSpec, RunKind
from wantui.jobs.store import RunStore
from wantui.pipeline.plan import GATE
from wantui.setup.deeds import SetupError
from wantui.setup.steps import steps_for
from wantui.supervisor import client

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.jobs.model import Run
    from wantui.models.catalogue import Task
    from wantui.paths import Workspace
    from wantui.setup.amounts import Room
    from wantui.setup.deeds import Deed
    from wantui.setup.steps import Step


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step, and what it would do now."""

    step: Step
    is_done: bool
    deeds: tuple[Deed, ...] = ()
    """The commands, as far as they can be said before the steps in front of it are done."""

    @property
    def bytes(self) -> int | None:
        """What comes over the network, estimated; None where it is done."""
        return None if self.is_done else sum(deed.loads for deed in self.deeds)

    @property
    def seconds(self) -> float | None:
        """How long it takes, estimated; None where it is done."""
        return None if self.is_done else sum(deed.seconds for deed in self.deeds)

    @property
    def room(self) -> tuple[Room, ...]:
        """What stays on which disk, estimated."""
        return tuple(each for deed in self.deeds for each in deed.room)


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
        planned.append(PlannedStep(step, is_done, () if is_done else step.deeds(config)))
    return tuple(planned)


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
            verify=(*GATE, "verify"),
        )
        for step in left
    ]  # fmt: skip
    return client.submit(workspace, RunKind.SETUP, {}, specs)
