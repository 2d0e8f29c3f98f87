"""The checkpoints of a run as files: pruned, restored, looked into."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.caches.header import CorruptError, read_header
from wantui.errors import BadInputError
from wantui.jobs.model import JobError
from wantui.jobs.store import RunStore
from wantui.runs.pruning import Trash, plan
from wantui.runs.releasing.lora_keys import keys_problem
from wantui.runs.releasing.plan import Candidate
from wantui.runs.sampling.judging import Judgements
from wantui.services.probing import Probing
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Collection

    from wantui.paths import Workspace
    from wantui.runs.pruning import PrunedCheckpoint, PrunePlan


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a LoRA file says about itself."""

    checkpoint: Candidate
    problem: str | None
    """Why it cannot be read, or loaders would not take it, as a clause; None: it is well."""
    metadata: dict[str, str]
    tensors: int = 0
    types: tuple[tuple[str, int], ...] = ()
    """The number formats and how many tensors have each."""
    ranks: tuple[int, ...] = ()
    """Of its modules, ascending, each once."""
    size: int = 0
    """Bytes."""


@dataclass(frozen=True, slots=True)
class ListedCheckpoint:
    """A LoRA file of a run, as a list has it."""

    candidate: Candidate
    label: str
    """``epoch 40``, or what an average is called."""
    size: int
    """Bytes."""
    is_chosen: bool
    """Whether it is in the pair that a person has chosen by its pictures."""


class Checkpoints:
    """The checkpoints of a workspace's runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def candidates(self, number: int) -> tuple[Candidate, ...]:
        """The checkpoints of a run that are there, with what is known of them.

        Raises:
            JobError: there is no such run, or what was kept of it cannot be read.
        """
        return tuple(
            Candidate(
                Expert(each.expert),
                each.epoch,
                each.path,
                each.loss,
                each.held_out,
                each.held_out_error,
                each.is_lowest,
            )
            for each in Probing(self._workspace).checkpoints(number)
        )

    def averages(self, number: int) -> tuple[Candidate, ...]:
        """The averages of its checkpoints that are there; raises as `candidates`. They are never pruned."""
        return tuple(
            Candidate(
                Expert(each.expert),
                each.epochs[-1],
                each.path,
                held_out=each.held_out,
                held_out_error=each.held_out_error,
                average=each.name,
            )
            for each in Probing(self._workspace).averages(number)
        )

    def listed(self, number: int) -> tuple[ListedCheckpoint, ...]:
        """The checkpoints and their averages, expert by expert; raises as `candidates`."""
        with explained():
            chosen = Judgements(self._workspace, number).read().chosen
        labels = {each.path: each.label for each in Probing(self._workspace).averages(number)}
        found = []
        for each in (*self.candidates(number), *self.averages(number)):
            is_chosen = chosen is not None and chosen.of(each.expert) == each.member
            label = labels.get(each.path, each.words)
            with explained():
                found.append(ListedCheckpoint(each, label, each.path.stat().st_size, is_chosen))
        return tuple(sorted(found, key=lambda each: [*Expert].index(each.candidate.expert)))

    def looked_into(self, listed: ListedCheckpoint) -> Inspected:
        """What a file says about itself."""
        with explained():
            return _inspected(listed.candidate)

    def plan_pruning(self, number: int, keep: Collection[int] = ()) -> PrunePlan:
        """What a pruning would move to the trash; nothing is moved.

        Args:
            number: of the run.
            keep: epochs that stay besides those that always do.

        Raises:
            BadInputError: one of them is not there.
            JobError: there is no such run, or it has not ended.
        """
        with explained():
            if not RunStore(self._workspace).get(number).has_ended:
                raise JobError(f"run {number} has not ended: which checkpoint is its last is not known yet")
            chosen = Judgements(self._workspace, number).read().chosen
            return plan(number, self.candidates(number), chosen, keep)

    def prune(self, planned: PrunePlan) -> tuple[PrunedCheckpoint, ...]:
        """Move what is planned to the trash."""
        with explained():
            return Trash(self._workspace, planned.run).move(planned.pruned)

    def trash(self, number: int) -> tuple[PrunedCheckpoint, ...]:
        """The pruned checkpoints of a run."""
        with explained():
            return Trash(self._workspace, RunStore(self._workspace).get(number).number).content()

    def restore(self, number: int) -> tuple[PrunedCheckpoint, ...]:
        """Move them back.

        Raises:
            ConflictError: something else is in the place of one.
        """
        with explained():
            return Trash(self._workspace, RunStore(self._workspace).get(number).number).restore()

    def empty_trash(self, number: int) -> tuple[PrunedCheckpoint, ...]:
        """Remove them for good."""
        with explained():
            return Trash(self._workspace, RunStore(self._workspace).get(number).number).empty()

    def inspect(self, number: int, asked: int | str) -> tuple[Inspected, ...]:
        """What the files of an epoch, or an average, say about themselves: one for each expert that has it.

        Raises:
            BadInputError: there is none.
            JobError: there is no such run.
        """
        with explained():
            candidates = (*self.candidates(number), *self.averages(number))
            found = [each for each in candidates if each.mark == str(asked)]
            if not found:
                what = f"checkpoint of epoch {asked}" if isinstance(asked, int) else asked
                there = ", ".join(dict.fromkeys(each.mark for each in sorted(candidates, key=_by_epoch))) or "none"
                raise BadInputError(f"run {number} has no {what}; there are {there}")
            return tuple(map(_inspected, found))


def _by_epoch(candidate: Candidate) -> tuple[bool, int]:
    return candidate.average is not None, candidate.epoch


def _inspected(checkpoint: Candidate) -> Inspected:
    try:
        header = read_header(checkpoint.path)
    except CorruptError as error:
        return Inspected(checkpoint, str(error), {})
    ranks = {shape[0] for name, shape in header.shapes.items() if name.endswith(".lora_down.weight") and shape}
    return Inspected(
        checkpoint,
        keys_problem(header),
        header.metadata,
        len(header.shapes),
        tuple(sorted(Counter(header.dtypes.values()).items())),
        tuple(sorted(ranks)),
        checkpoint.path.stat().st_size,
    )
