"""The checkpoints of a run, what they were found to have on held-out items, and asking them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.jobs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.probing.averages import Average
    from wantui.runs.probing.checkpoints import Checkpoint
    from wantui.runs.probing.judging import OverFit
    from wantui.runs.probing.results import Probed


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """A LoRA file with what is known of it. What is not known is None."""

    expert: str
    epoch: int
    path: Path
    size: int
    """Bytes."""
    loss: float | None
    """Of the training: the trainer's mean over the steps of the epoch."""
    held_out: float | None
    """Loss on the held-out items."""
    held_out_error: float | None
    """Its standard error over the items; None also where there is one item alone."""
    is_lowest: bool
    """Whether no other checkpoint of the expert has a lower held-out loss."""

    @property
    def member(self) -> int | str:
        """What a pair of checkpoints knows it by."""
        return self.epoch


@dataclass(frozen=True, slots=True)
class AverageView:
    """An average of checkpoints of one expert, with what is known of it. What is not known is None."""

    expert: str
    name: str
    """For the command line: ``ema-10-40``."""
    label: str
    """For people: ``EMA 10-40``."""
    epochs: tuple[int, ...]
    """That are in it."""
    beta: float | None
    sigma_rel: float | None
    path: Path
    size: int
    """Bytes."""
    held_out: float | None
    """Loss on the held-out items, where it was asked what the epochs were asked last."""
    held_out_error: float | None

    @property
    def member(self) -> int | str:
        """What a pair of checkpoints knows it by."""
        return self.name


@dataclass(frozen=True, slots=True)
class ProbeAnswers:
    """What the checkpoints of one expert have answered to the question that was asked last."""

    expert: str
    probed: tuple[Probed, ...]
    """By epoch."""
    held_out_items: int
    lowest: int | None
    """The epoch with the lowest held-out loss; None: none was asked about held-out items."""
    over_fit: OverFit | None
    """None: nothing is to be told."""
    averages: tuple[Probed, ...] = ()
    """Averages of several epochs that were asked the same."""


class Probing:
    """Held-out losses of a workspace's runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def begin(
        self, number: int, text: str | None = None, *, draws: int | None = None, seed: int | None = None
    ) -> Run | None:
        """Start a probe of a run's checkpoints; None where all have answered already.

        Args:
            number: of the run.
            text: a filter: which items are asked about; None: those that are held out.
            draws: of each item; None: by their number.
            seed: of noise, timesteps and order; None: the usual one.

        Raises:
            BadInputError: the filter cannot be understood, or there is nothing to ask.
            JobError: there is no such run.
        """
        from wantui.runs.probing.order import SEED, ProbeOrder, begin  # noqa: PLC0415  when it is asked for

        with explained():
            items = None if text is None else self._keys(number, text)
            order = ProbeOrder(number, items, draws, SEED if seed is None else seed)
            return begin(self._workspace, configuration.load(self._workspace), order)

    def answers(self, number: int) -> tuple[ProbeAnswers, ...]:
        """What is known of each expert of a run.

        Raises:
            JobError: there is no such run, or what was kept cannot be read.
        """
        from wantui.runs.probing.results import Results  # noqa: PLC0415  when it is asked for

        with explained():
            run = RunStore(self._workspace).get(number)
            results = Results(self._workspace, number)
            kinds = [str(job.kind) for job in run.jobs]
            latest = {kind: (results.latest(kind), results.latest_averages(kind)) for kind in kinds}
        return tuple(_answers(expert, *found) for expert, found in latest.items() if found[0])

    def checkpoints(
        self, number: int, losses: Mapping[tuple[str, int], float] | None = None
    ) -> tuple[CheckpointView, ...]:
        """The checkpoints of a run that are there, expert by expert and by epoch; raises what `answers` does.

        Args:
            number: of the run.
            losses: of the training by expert and epoch, where they are known already.
        """
        from wantui.runs.probing.checkpoints import checkpoints_of  # noqa: PLC0415  when it is asked for

        answers = {each.expert: each for each in self.answers(number)}
        with explained():
            found = checkpoints_of(self._workspace, RunStore(self._workspace).get(number))
            losses = self._losses(number) if losses is None else losses
            return tuple(_view(each, answers.get(each.expert), losses) for each in found)

    def averages(self, number: int) -> tuple[AverageView, ...]:
        """The averages of a run's checkpoints that are there, expert by expert; raises what `answers` does."""
        from wantui.runs.probing.averages import Averages  # noqa: PLC0415  when it is asked for

        probed = [each for answer in self.answers(number) for each in answer.averages]
        with explained():
            return tuple(_average_view(each, probed) for each in Averages(self._workspace, number).existing())

    def _keys(self, number: int, text: str) -> tuple[str, ...]:
        """The items of a run's dataset that a filter asks for."""
        from wantui.listing.losses import key_of  # noqa: PLC0415  when it is asked for
        from wantui.runs.kept_settings import settings_of_job  # noqa: PLC0415  the same
        from wantui.services.items import Items  # noqa: PLC0415  the same

        run = RunStore(self._workspace).get(number)
        dataset = settings_of_job(run, run.jobs[0]).dataset
        return tuple(key_of(row.item) for row in Items(self._workspace, dataset).chosen(text).rows)

    def _losses(self, number: int) -> Mapping[tuple[str, int], float]:
        """The training's loss over each epoch, by expert and epoch."""
        from wantui.runs.record.past import losses_of_epochs  # noqa: PLC0415  when it is asked for
        from wantui.services.history import History  # noqa: PLC0415  the same

        points = History(self._workspace).metrics(number)
        return {
            (expert, epoch): loss for expert, told in points.items() for epoch, loss in losses_of_epochs(told).items()
        }


def _answers(expert: str, probed: tuple[Probed, ...], averages: tuple[Probed, ...]) -> ProbeAnswers:
    from wantui.runs.probing.judging import lowest, over_fit  # noqa: PLC0415  when it is asked for
    from wantui.runs.probing.results import HELD_OUT  # noqa: PLC0415  the same

    held_out = [found for each in probed if (found := each.of(HELD_OUT)).items]
    best = lowest(held_out)
    count = len(held_out[0].items) if held_out else 0
    return ProbeAnswers(expert, probed, count, None if best is None else best.epoch, over_fit(held_out), averages)


def _average_view(average: Average, probed: Iterable[Probed]) -> AverageView:
    from wantui.runs.probing.results import stamp_of  # noqa: PLC0415  when it is asked for

    stamp = stamp_of(average.path)
    asked = (average.expert, average.name, stamp)
    mean, error = _held_out(next((each for each in probed if (each.expert, each.average, each.stamp) == asked), None))
    return AverageView(
        expert=average.expert,
        name=average.name,
        label=str(average),
        epochs=average.epochs,
        beta=average.decay.beta,
        sigma_rel=average.decay.sigma_rel,
        path=average.path,
        size=stamp[1],
        held_out=mean,
        held_out_error=error,
    )


def _held_out(probed: Probed | None) -> tuple[float | None, float | None]:
    """The loss of a checkpoint on the held-out items, and its standard error; None where that is not known."""
    from wantui.runs.probing.judging import mean_and_error  # noqa: PLC0415  when it is asked for
    from wantui.runs.probing.results import HELD_OUT  # noqa: PLC0415  the same

    losses = [] if probed is None else list(probed.of(HELD_OUT).items.values())
    if not losses:
        return None, None
    mean, error = mean_and_error(losses)
    return mean, error if len(losses) > 1 else None


def _view(
    checkpoint: Checkpoint, answers: ProbeAnswers | None, losses: Mapping[tuple[str, int], float]
) -> CheckpointView:
    from wantui.runs.probing.results import stamp_of  # noqa: PLC0415  when it is asked for

    stamp = stamp_of(checkpoint.path)
    probed: Iterable[Probed] = () if answers is None else answers.probed
    mine = next((each for each in probed if (each.epoch, each.stamp) == (checkpoint.epoch, stamp)), None)
    mean, error = _held_out(mine)
    return CheckpointView(
        expert=checkpoint.expert,
        epoch=checkpoint.epoch,
        path=checkpoint.path,
        size=stamp[1],
        loss=losses.get((checkpoint.expert, checkpoint.epoch)),
        held_out=mean,
        held_out_error=error,
        is_lowest=answers is not None and mean is not None and answers.lowest == checkpoint.epoch,
    )
