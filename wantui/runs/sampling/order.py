"""Pictures as they were asked for: by which pairs of which run, of which prompts; handed to the supervisor."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui.jobs import trust
from wantui.jobs.fields import FieldError, Fields
from wantui.jobs.model import JobKind, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.errors import PlanError
from wantui.runs.kept_settings import settings_of_job
from wantui.runs.known_trainer import require_known_trainer
from wantui.runs.own_jobs import own_job
from wantui.runs.plan import no_gpu
from wantui.runs.probing.checkpoints import members_of
from wantui.runs.sampling.pairs import Pair, asked_for
from wantui.runs.sampling.pictures import Pictures, SamplePicture, estimate_s, name_of
from wantui.supervisor import client
from wantui.trainer.model import Task
from wantui.trainer.prompts import Prompt, from_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.config import Config
    from wantui.paths import Workspace
    from wantui.runs.probing.checkpoints import Checkpoint
    from wantui.runs.sampling.pairs import Member
    from wantui.trainer.model import RunSettings

PROCESS = (sys.executable, "-P", "-m", "wantui.runs.sampling.main")
MOST_RUNS = 10
"""Latest runs whose pictures tell how long another one takes."""


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """What a sample job makes."""

    run: int
    """Whose checkpoints make pictures."""
    prompts: tuple[Prompt, ...]
    """As they were when it was asked for."""
    pairs: tuple[Pair, ...] | None = None
    """None: every epoch that both experts have by then, and no average."""

    def to_document(self) -> dict[str, Any]:
        """As JSON, for the run's record."""
        pairs = None if self.pairs is None else [[pair.high, pair.low] for pair in self.pairs]
        prompts = [prompt.to_document() for prompt in self.prompts]
        return {"sample": {"run": self.run, "prompts": prompts, "pairs": pairs}}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> SampleOrder:
        """From a run's record.

        Raises:
            FieldError: it is none.
        """
        fields = Fields(document.get("sample"), "sample")
        try:
            prompts = tuple(from_document(each) for each in fields.items("prompts"))
            given = document["sample"].get("pairs")
            pairs = None
            if given is not None:
                pairs = tuple(
                    Pair.from_fields(Fields({"high": high, "low": low}, "sample.pairs")) for high, low in given
                )
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            raise FieldError(f"sample: {error}") from error
        return cls(fields.integer("run"), prompts, pairs)


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture that is not there yet."""

    name: str
    """See `wantui.runs.sampling.pictures.name_of`."""
    high: Checkpoint
    low: Checkpoint
    prompt: Prompt

    @property
    def pair(self) -> Pair:
        """Of both checkpoints."""
        return Pair(self.high.member, self.low.member)


@dataclass(frozen=True, slots=True)
class OpenSampling:
    """An order, and what of it is to be done."""

    run: Run
    """Whose checkpoints make pictures."""
    order: SampleOrder
    settings: RunSettings
    pictures: Pictures

    @classmethod
    def of(cls, workspace: Workspace, order: SampleOrder) -> OpenSampling:
        """Look at the run.

        Raises:
            JobError: there is no such run, or it trains nothing.
            PlanError: it trains one expert alone, is somebody else's, or a prompt lacks what its task wants.
        """
        run = RunStore(workspace).get(order.run)
        low = run.job(JobKind.LOW)
        if low is None or run.job(JobKind.HIGH) is None:
            raise PlanError(f"run {run.number} does not train both experts, and a picture takes a pair of them")
        settings = settings_of_job(run, low)
        require_known_trainer(workspace, run, settings)
        lacking = [prompt for prompt in order.prompts if settings.task is Task.I2V and prompt.image is None]
        if lacking:
            raise PlanError(f'run {run.number} is i2v, so each prompt has an image (--i FILE): "{lacking[0].text}"')
        return cls(run, order, settings, Pictures(workspace, run.number))

    def left(self, workspace: Workspace) -> tuple[WantedPicture, ...]:
        """What is not there yet, of the checkpoints that are there by now; pair by pair.

        Raises:
            WantuiError, OSError: a checkpoint or an image cannot be read.
        """
        high, low = self._members(workspace)
        pairs = asked_for([*high], [*low], None, None) if self.order.pairs is None else self.order.pairs
        wanted = []
        for pair in (each for each in pairs if each.high in high and each.low in low):
            ours = high[pair.high], low[pair.low]
            digests = [self.pictures.digest(each.path) for each in ours]
            wanted += [WantedPicture(name_of(prompt, pair, *digests), *ours, prompt) for prompt in self.order.prompts]
        return tuple(each for each in wanted if not self.pictures.has(each.name))

    def has_pair(self, workspace: Workspace) -> bool:
        """Whether anything that is asked for can be there: a pair of one epoch, or whatever is named."""
        high, low = self._members(workspace)
        return bool(asked_for([*high], [*low], None, None) if self.order.pairs is None else high and low)

    def _members(self, workspace: Workspace) -> tuple[dict[Member, Checkpoint], dict[Member, Checkpoint]]:
        """Those of the high-noise and of the low-noise expert."""
        found = members_of(workspace, self.run)
        high, low = ({each.member: each for each in found if each.expert == kind} for kind in ("high", "low"))
        return high, low


def begin(workspace: Workspace, config: Config, order: SampleOrder, *, after: Sequence[int] = ()) -> Run | None:
    """Hand an order to the supervisor; None where everything is there already.

    Args:
        workspace: where.
        config: of the workspace.
        order: what is made.
        after: numbers of runs that must have ended before; the checkpoints may not be there yet.

    Raises:
        JobError: there is no such run.
        PlanError: nothing can be made, or there is no GPU to do it on.
        SupervisorError: the supervisor cannot be reached.
    """
    sampling = OpenSampling.of(workspace, order)
    if not after:
        if not sampling.has_pair(workspace):
            there = f"`wantui checkpoints {order.run}` lists what there is"
            raise PlanError(f"run {order.run} has no pair of checkpoints of one epoch; {there}")
        if not sampling.left(workspace):
            return None
    why_not = no_gpu(workspace, config)
    if why_not is not None:
        raise PlanError(why_not)
    workspace.create_state()
    trust.mark_used(config)
    spec = own_job(workspace, JobKind.SAMPLE, PROCESS, comes_last=True)
    return client.submit(workspace, RunKind.SAMPLE, order.to_document(), (spec,), after=after)


def made_before(workspace: Workspace, trainer_kind: str) -> list[SamplePicture]:
    """The pictures that the latest runs have made with a trainer.

    Raises:
        JobError: the runs cannot be read.
    """
    numbers = [run.number for run in RunStore(workspace).runs()][-MOST_RUNS:]
    every = (picture for number in numbers for picture in Pictures(workspace, number).all())
    return [picture for picture in every if picture.trainer == trainer_kind]


def expected_s(workspace: Workspace, sampling: OpenSampling, left: Sequence[WantedPicture]) -> float | None:
    """How long what is left will take, in seconds; None where nothing was made before."""
    made = made_before(workspace, sampling.settings.trainer_kind)
    return estimate_s((each.prompt for each in left), made)
