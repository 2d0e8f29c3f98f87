"""What follows a training by itself, where ``wantui.toml`` asks for it: a probe, and pictures by its pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.caches.held_out import HeldOut
from wantui.jobs.model import EXPERT_KINDS
from wantui.runs.probing.order import ProbeOrder
from wantui.runs.probing.order import begin as begin_probe
from wantui.runs.sampling.order import SampleOrder
from wantui.runs.sampling.order import begin as begin_samples
from wantui.runs.sampling.prompt_file import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.config import Config
    from wantui.jobs.model import JobKind, Run
    from wantui.paths import Workspace
    from wantui.trainer.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Followers:
    """What is to be queued behind a training."""

    is_probed: bool
    prompts: tuple[Prompt, ...]
    """That pictures are made of; empty: none are made."""

    @classmethod
    def of(cls, workspace: Workspace, config: Config, kinds: Sequence[JobKind]) -> Followers:
        """What a training is to be followed by.

        Args:
            workspace: where.
            config: of the workspace.
            kinds: of the jobs that the training has.

        Raises:
            PlanError: a prompt has errors: that is told before the night, not after it.
            CacheError: which items are held out cannot be read.
        """
        experts = [kind for kind in EXPERT_KINDS if kind in kinds]
        is_probed = bool(config.probe.after_run and experts and not HeldOut(workspace).is_empty)
        makes_pictures = config.sample.after_run and len(experts) == len(EXPERT_KINDS)
        return cls(is_probed, read(config.sample.prompts).usable() if makes_pictures else ())

    def begin(self, workspace: Workspace, config: Config, number: int) -> tuple[Run, ...]:
        """Queue them behind run `number`.

        Raises:
            PlanError: there is no GPU for them.
            SupervisorError: the supervisor cannot be reached.
        """
        begun = []
        if self.is_probed:
            begun.append(
                begin_probe(workspace, config, ProbeOrder(number, draws=config.probe.draws), after=(number,))
            )
        if self.prompts:
            begun.append(begin_samples(workspace, config, SampleOrder(number, self.prompts), after=(number,)))
        return tuple(run for run in begun if run is not None)
