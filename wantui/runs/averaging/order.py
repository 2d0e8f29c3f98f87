"""An average of checkpoints as it was asked for: which files, in which order; handed to the supervisor."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.errors import ConflictError
from wantui.jobs.fields import FieldError, Fields
from wantui.jobs.model import EXPERT_KINDS, JobKind, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.averaging.checking import Source, check
from wantui.runs.errors import PlanError
from wantui.runs.kept_settings import settings_of_job
from wantui.runs.known_trainer import require_known_trainer
from wantui.runs.own_jobs import own_job
from wantui.runs.probing.averages import Average, Averages
from wantui.runs.probing.checkpoints import checkpoints_of
from wantui.runs.probing.results import stamp_of
from wantui.supervisor import client
from wantui.trainer.averages import Decay
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.paths import Workspace
    from wantui.runs.probing.checkpoints import Checkpoint

PROCESS = (sys.executable, "-P", "-m", "wantui.runs.averaging.main")


@dataclass(frozen=True, slots=True)
class WantedAverage:
    """One average, of one expert."""

    average: Average
    sources: tuple[Source, ...]
    """By epoch."""

    @property
    def target(self) -> Path:
        """The file that comes of it."""
        return self.average.path

    def temporary(self, run: int) -> Path:
        """Where it is written before it is whole, by the job of a run."""
        return self.target.with_name(f".{self.target.name}.{run}.part")

    def is_made(self, known: Sequence[Average]) -> bool:
        """Whether it exists already.

        Args:
            known: the averages of the run.

        Raises:
            ConflictError: something else has its name.
        """
        same = next((each for each in known if each.path == self.target), None)
        if same is not None and same.epochs != self.average.epochs:
            those = ", ".join(map(str, same.epochs))
            raise ConflictError(f"{self.target} exists already, of epochs {those}; move it away first")
        if same is None and self.target.exists():
            raise ConflictError(f"{self.target} exists already, and was not made by this run; move it away first")
        return same is not None


@dataclass(frozen=True, slots=True)
class AverageOrder:
    """What a job averages."""

    run: int
    """Whose checkpoints."""
    wanted: tuple[WantedAverage, ...]
    """One for each expert at most."""

    def left(self, workspace: Workspace) -> tuple[WantedAverage, ...]:
        """What is not there yet.

        Raises:
            ConflictError: something else has the name of one.
            JobError: what was made cannot be read.
        """
        known = Averages(workspace, self.run).existing()
        return tuple(each for each in self.wanted if not each.is_made(known))

    def to_document(self) -> dict[str, Any]:
        """As JSON, for the run's record."""
        return {"ema": {"run": self.run, "averages": [_document(each) for each in self.wanted]}}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> AverageOrder:
        """From a run's record.

        Raises:
            FieldError: it is none.
        """
        fields = Fields(document.get("ema"), "ema")
        return cls(fields.integer("run"), tuple(map(_wanted, fields.objects("averages"))))


def plan(
    workspace: Workspace,
    number: int,
    decay: Decay,
    *,
    expert: Expert | None = None,
    first: int | None = None,
    last: int | None = None,
    newest: int | None = None,
) -> AverageOrder:
    """What would be averaged; the files are looked at, nothing is started.

    Args:
        workspace: where.
        number: of the run.
        decay: how fast it forgets.
        expert: whose checkpoints; None: of each that has enough of them.
        first: the epoch that it begins with; None: the first there is.
        last: the epoch that it ends with; None: the last.
        newest: so many of them, counted from the last; None: all.

    Raises:
        JobError: there is no such run, or its record cannot be read.
        PlanError: there are too few checkpoints, or they cannot be averaged.
        OSError: the disk cannot be read.
    """
    run = RunStore(workspace).get(number)
    if not any(job.kind in EXPERT_KINDS for job in run.jobs):
        raise PlanError(f"run {number} trains nothing, so it has no checkpoints")
    found = checkpoints_of(workspace, run)
    kinds = [each for each in Expert if expert in (None, each) and any(one.expert == each for one in found)]
    if not kinds:
        whose = "" if expert is None else f" of the {expert} expert"
        raise PlanError(f"run {number} has no checkpoint{whose} that is there; `wantui jobs` shows how far it is")
    wanted = []
    for kind in kinds:
        mine = [each for each in found if each.expert == kind]
        within = [each for each in mine if (first or 0) <= each.epoch and (last is None or each.epoch <= last)]
        taken = within if newest is None else within[-newest:]
        if len(taken) < decay.fewest:
            there = ", ".join(str(each.epoch) for each in mine)
            raise PlanError(
                f"{kind}: {len(taken)} of its checkpoints are meant, and an average by {decay} takes "
                f"{decay.fewest} or more; there are epochs {there}"
            )
        wanted.append(_of(run, taken, decay))
    for each in wanted:
        check(each.sources)
    return AverageOrder(number, tuple(wanted))


def begin(workspace: Workspace, order: AverageOrder) -> Run | None:
    """Hand an order to the supervisor; None where all of it exists already.

    Raises:
        ConflictError: something else has the name of one of its files.
        PlanError: the run names a trainer that is not this person's.
        SupervisorError: the supervisor cannot be reached.
    """
    if not order.left(workspace):
        return None
    require_trainer(workspace, order)
    workspace.create_state()
    spec = own_job(workspace, JobKind.EMA, PROCESS, wants_gpu=False)
    return client.submit(workspace, RunKind.EMA, order.to_document(), (spec,))


def require_trainer(workspace: Workspace, order: AverageOrder) -> None:
    """See that the trainer of the run may be started; raises as `require_known_trainer`."""
    run = RunStore(workspace).get(order.run)
    for job in run.jobs:
        if job.kind in EXPERT_KINDS:
            require_known_trainer(workspace, run, settings_of_job(run, job))


def _of(run: Run, taken: Sequence[Checkpoint], decay: Decay) -> WantedAverage:
    last = taken[-1]
    expert = Expert(last.expert)
    epochs = tuple(each.epoch for each in taken)
    nameless = Average(str(expert), last.path, epochs, decay)
    stem = settings_of_job(run, last.job).output_name(expert)
    target = last.path.with_name(f"{stem}-{nameless.name}.safetensors")
    sources = tuple(Source(each.epoch, each.path, stamp_of(each.path)) for each in taken)
    return WantedAverage(Average(str(expert), target, epochs, decay), sources)


def _document(wanted: WantedAverage) -> dict[str, Any]:
    average = wanted.average
    return {
        "expert": average.expert,
        "path": str(average.path),
        "beta": average.decay.beta,
        "sigma_rel": average.decay.sigma_rel,
        "checkpoints": [
            {"epoch": each.epoch, "path": str(each.path), "stamp": list(each.stamp)} for each in wanted.sources
        ],
    }


def _wanted(fields: Fields) -> WantedAverage:
    sources = tuple(map(_source, fields.objects("checkpoints")))
    if not sources:
        raise FieldError("checkpoints: there are none")
    decay = Decay(fields.number_or_none("beta"), fields.number_or_none("sigma_rel"))
    epochs = tuple(each.epoch for each in sources)
    return WantedAverage(Average(fields.text("expert"), Path(fields.text("path")), epochs, decay), sources)


def _source(fields: Fields) -> Source:
    stamp = fields.integers("stamp")
    if len(stamp) != len(("modified", "size")):
        raise FieldError("stamp: time and size are wanted")
    return Source(fields.integer("epoch"), Path(fields.text("path")), (stamp[0], stamp[1]))
