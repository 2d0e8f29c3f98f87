"""Pictures by pairs of checkpoints: prompts, making them, looking at them, saying which pair is the better one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.caches.model import CacheError
from wantui.errors import BadInputError
from wantui.jobs.model import EXPERT_KINDS, JobError, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.kept_settings import asked_about

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.sampling.judging import Judged
    from wantui.runs.sampling.order import SampleOrder
    from wantui.runs.sampling.pairs import Member, Pair
    from wantui.runs.sampling.pictures import SamplePicture
    from wantui.runs.sampling.prompt_file import PromptFile
    from wantui.trainer.prompts import Prompt


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """What a start would make."""

    run: int
    order: SampleOrder
    pairs: tuple[Pair, ...]
    """That pictures are wanted of."""
    total: int
    """Pictures that are wanted."""
    left: int
    """Of them those that are not there yet."""
    expected_s: float | None
    """How long those take, in seconds; None: none was made before."""
    cautions: tuple[str, ...]
    """What a person should look at in the prompts, with file and line."""


@dataclass(frozen=True, slots=True)
class SampleView:
    """What there is of a run's pairs."""

    run: int
    high: tuple[Member, ...]
    """The checkpoints of the high-noise expert that are there: its epochs, then averages by their names."""
    low: tuple[Member, ...]
    """The same of the low-noise expert."""
    prompts: tuple[Prompt, ...]
    """Of the workspace, as far as they can be read."""
    pictures: tuple[SamplePicture, ...]
    judged: Judged


def pair_of(high: Member, low: Member) -> Pair:
    """The pair of two checkpoints."""
    from wantui.runs.sampling.pairs import Pair  # noqa: PLC0415  when it is asked for

    return Pair(high, low)


class Samples:
    """The pictures of a workspace's runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._drawn = random.Random()  # noqa: S311  which comparison comes next is no secret

    # Prompts

    def prompts(self, number: int | None = None) -> PromptFile:
        """The workspace's prompts, looked at.

        Args:
            number: of the run whose captions have the trigger; None: the latest training.

        Raises:
            PlanError: the file cannot be read.
            JobError: there is no such run.
        """
        from wantui.runs.sampling.prompt_file import read  # noqa: PLC0415  when it is asked for

        with explained():
            return read(configuration.load(self._workspace).sample.prompts, self._captions(number))

    def create_prompts(self) -> PromptFile:
        """Write an example where there are no prompts yet; raises as `prompts`."""
        from wantui.runs.sampling.prompt_file import create  # noqa: PLC0415  when it is asked for

        with explained():
            create(configuration.load(self._workspace).sample.prompts, self._captions(None))
        return self.prompts()

    # Making pictures

    def plan(
        self, number: int, high: Sequence[Member] | None = None, low: Sequence[Member] | None = None
    ) -> SamplePlan:
        """What would be made; nothing is started.

        Args:
            number: of the run.
            high: of its checkpoints; empty: all epochs; None: see `wantui.runs.sampling.pairs.asked_for`.
            low: the same.

        Raises:
            PlanError: a prompt has errors, or there is no such checkpoint.
            JobError: there is no such run.
        """
        from wantui.runs.sampling.order import OpenSampling, SampleOrder, expected_s  # noqa: PLC0415  when asked for
        from wantui.runs.sampling.pairs import asked_for  # noqa: PLC0415  the same

        prompts = self.prompts(number)
        with explained():
            pairs = asked_for(*self._members(number), high, low)
            named = high is not None or low is not None
            order = SampleOrder(number, prompts.usable(), pairs if named else None)
            sampling = OpenSampling.of(self._workspace, order)
            left = sampling.left(self._workspace)
            return SamplePlan(
                number,
                order,
                pairs,
                len(pairs) * len(order.prompts),
                len(left),
                expected_s(self._workspace, sampling, left),
                tuple(prompts.told(each) for each in prompts.problems),
            )

    def begin(self, plan: SamplePlan) -> Run | None:
        """Start what is planned; None where all of it is there already.

        Raises:
            PlanError: nothing can be made.
            SupervisorError: the supervisor cannot be reached.
        """
        from wantui.runs.sampling.order import begin  # noqa: PLC0415  when it is asked for

        with explained():
            return begin(self._workspace, configuration.load(self._workspace), plan.order)

    # What was made

    def view(self, number: int) -> SampleView:
        """What there is of a run's pairs.

        Raises:
            JobError: there is no such run, or what was kept of it cannot be read.
        """
        try:
            prompts = tuple(prompt for _, prompt in self.prompts(number).prompts)
        except BadInputError:
            prompts = ()
        with explained():
            high, low = self._members(number)
        return SampleView(number, high, low, prompts, self.pictures(number), self.judged(number))

    def subject(self, number: int) -> int:
        """The run whose checkpoints a run is about: of a probe, a sample job, an upload; else the run itself.

        Raises:
            JobError: there is no such run.
        """
        with explained():
            about = asked_about(RunStore(self._workspace).get(number))
        return number if about is None else about

    def pictures(self, number: int) -> tuple[SamplePicture, ...]:
        """The pictures of a run, by pair.

        Raises:
            JobError: there is no such run.
        """
        from wantui.runs.sampling.pictures import Pictures  # noqa: PLC0415  when it is asked for

        with explained():
            return Pictures(self._workspace, RunStore(self._workspace).get(number).number).all()

    def judged(self, number: int) -> Judged:
        """What a person has said of a run's pairs.

        Raises:
            JobError: what was kept cannot be read.
        """
        from wantui.runs.sampling.judging import Judgements  # noqa: PLC0415  when it is asked for

        with explained():
            return Judgements(self._workspace, number).read()

    def choose(self, number: int, pair: Pair | None) -> Judged:
        """Keep which pair of a run is chosen; None: none is. Raises as `judged`."""
        from wantui.runs.sampling.judging import Judgements  # noqa: PLC0415  when it is asked for

        with explained():
            return Judgements(self._workspace, number).choose(pair)

    def next_comparison(self, number: int) -> tuple[SamplePicture, SamplePicture] | None:
        """Two pictures to compare without knowing which is which; None where no two pairs have one of one prompt."""
        from wantui.runs.sampling.judging import next_comparison  # noqa: PLC0415  when it is asked for

        return next_comparison(self.pictures(number), self.judged(number), self._drawn)

    def compare(self, number: int, better: SamplePicture, worse: SamplePicture, *, is_tie: bool = False) -> Judged:
        """Keep which of two pictures of one prompt a person finds better. Raises as `judged`."""
        from wantui.runs.sampling.judging import Judgements  # noqa: PLC0415  when it is asked for

        with explained():
            kept = Judgements(self._workspace, number)
            return kept.compare(better.prompt.line(), better.pair, worse.pair, is_tie=is_tie)

    def _members(self, number: int) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
        """The checkpoints of a run, of the high-noise and of the low-noise expert: epochs, then averages."""
        from wantui.runs.probing.checkpoints import members_of  # noqa: PLC0415  when it is asked for

        found = members_of(self._workspace, RunStore(self._workspace).get(number))
        high, low = (tuple(each.member for each in found if each.expert == kind) for kind in map(str, EXPERT_KINDS))
        return high, low

    def _captions(self, number: int | None) -> list[str]:
        """The captions that a run has trained on; empty where nobody knows."""
        from wantui.runs.training_set import TrainingSet  # noqa: PLC0415  when it is asked for

        store = RunStore(self._workspace)
        if number is None:
            trainings = [run for run in store.runs() if run.kind is RunKind.TRAIN]
            if not trainings:
                return []
            run = trainings[-1]
        else:
            run = store.get(number)
        try:
            return [str(row["caption"]) for row in TrainingSet.of(self._workspace, run).rows() if row["caption"]]
        except (CacheError, JobError, KeyError):
            return []
