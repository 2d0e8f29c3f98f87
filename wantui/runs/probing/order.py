"""A probe as it was asked for: whose checkpoints, on which items; kept with its run, and handed to the supervisor."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui.jobs import trust
from wantui.jobs.fields import Fields
from wantui.jobs.model import EXPERT_KINDS, JobKind, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.dataset_report import look_at
from wantui.runs.errors import PlanError
from wantui.runs.kept_settings import settings_of_job
from wantui.runs.known_trainer import require_known_trainer
from wantui.runs.own_jobs import own_job
from wantui.runs.plan import no_gpu
from wantui.runs.probing.checkpoints import checkpoints_of, members_of
from wantui.runs.probing.question import to_ask
from wantui.runs.probing.results import Results, is_known, stamp_of
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wantui.config import Config
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.dataset_report import DatasetReport
    from wantui.runs.probing.checkpoints import Checkpoint
    from wantui.runs.probing.question import ProbeQuestion
    from wantui.runs.probing.results import Probed

PROCESS = (sys.executable, "-P", "-m", "wantui.runs.probing.main")
SEED = 1
"""Unless another one is asked for: one for all, so that runs can be compared too."""


@dataclass(frozen=True, slots=True)
class ProbeOrder:
    """What a probe does."""

    run: int
    """Whose checkpoints are asked."""
    items: tuple[str, ...] | None = None
    """`wantui.listing.losses.key_of` each item; None: those that are held out."""
    draws: int | None = None
    """Of each item; None: by their number."""
    seed: int = SEED

    def to_document(self) -> dict[str, Any]:
        """As JSON, for the run's record."""
        items = None if self.items is None else list(self.items)
        return {"probe": {"run": self.run, "items": items, "draws": self.draws, "seed": self.seed}}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> ProbeOrder:
        """From a run's record.

        Raises:
            FieldError: it is none.
        """
        fields = Fields(document.get("probe"), "probe")
        draws = fields.integer_or_none("draws")
        return cls(fields.integer("run"), fields.texts_or_none("items"), draws, fields.integer("seed"))


@dataclass(frozen=True, slots=True)
class OpenProbe:
    """A probe, and what of it is to be done."""

    run: Run
    """Whose checkpoints are asked."""
    look: DatasetReport
    question: ProbeQuestion
    results: Results

    @classmethod
    def of(cls, workspace: Workspace, order: ProbeOrder) -> OpenProbe:
        """Look at what there is to ask.

        Raises:
            JobError: there is no such run.
            PlanError: it trains nothing, is somebody else's, or there is nothing to ask about.
            DatasetError, CacheError: the dataset cannot be read.
        """
        run = RunStore(workspace).get(order.run)
        expert = next((job for job in run.jobs if job.kind in EXPERT_KINDS), None)
        if expert is None:
            raise PlanError(f"run {run.number} trains nothing, so it has no checkpoints")
        settings = settings_of_job(run, expert)
        require_known_trainer(workspace, run, settings)
        look = look_at(workspace, settings)
        question = to_ask(workspace, run, look, order.items, draws=order.draws, seed=order.seed)
        return cls(run, look, question, Results(workspace, run.number))

    def left(self, workspace: Workspace) -> tuple[Checkpoint, ...]:
        """The checkpoints that are there by now and have not answered.

        Raises:
            JobError: what was answered cannot be read.
            OSError: the disk cannot be read.
        """
        known = self.results.all()
        found = members_of(workspace, self.run)
        return tuple(each for each in found if not self._has_answered(each, known))

    def _has_answered(self, checkpoint: Checkpoint, known: Iterable[Probed]) -> bool:
        try:
            stamp = stamp_of(checkpoint.path)
        except FileNotFoundError:
            return True  # removed a moment ago
        return is_known(
            known, checkpoint.expert, checkpoint.epoch, self.question.digest, stamp, average=checkpoint.average
        )


def begin(workspace: Workspace, config: Config, order: ProbeOrder, *, after: Sequence[int] = ()) -> Run | None:
    """Hand a probe to the supervisor; None where every checkpoint has answered already.

    Args:
        workspace: where.
        config: of the workspace.
        order: what is asked.
        after: numbers of runs that must have ended before; its hook looks then at what there is to ask.

    Raises:
        JobError: there is no such run, or what was answered cannot be read.
        PlanError: there is nothing to ask, nobody to ask it, or no GPU to do it on.
        DatasetError, CacheError: the dataset cannot be read.
        SupervisorError: the supervisor cannot be reached.
    """
    why_not = no_gpu(workspace, config)
    if not after:
        probe = OpenProbe.of(workspace, order)
        if not checkpoints_of(workspace, probe.run):
            raise PlanError(f"run {order.run} has no checkpoint that is there; `wantui jobs` shows how far it is")
        if not probe.left(workspace):
            return None
        why_not = probe.question.not_current(probe.look) or why_not
    if why_not is not None:
        raise PlanError(why_not)
    workspace.create_state()
    trust.mark_used(config)
    spec = own_job(workspace, JobKind.PROBE, PROCESS, comes_last=True)
    return client.submit(workspace, RunKind.PROBE, order.to_document(), (spec,), after=after)
