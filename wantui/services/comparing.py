"""Two runs beside each other: how they differ in what they were told, trained on, and came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.history.model import HistoryError
from wantui.runs.comparison import ChangedValue, RunDifference, differences
from wantui.runs.record.past import losses_of_epochs
from wantui.services.history import History
from wantui.services.run_view import RunView, run_view
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class EpochPair:
    """An epoch of one expert in both runs. What is not known is None."""

    expert: str
    epoch: int
    loss: tuple[float | None, float | None]
    held_out: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class RunsCompared:
    """How two runs differ: in what they were told, trained on, and came to."""

    one: RunView
    other: RunView
    differs: RunDifference
    epochs: tuple[EpochPair, ...]
    """Those with a checkpoint in either run, and the last that both have trained."""

    @property
    def results(self) -> tuple[ChangedValue, ...]:
        """What they came to, where that differs: outcome, time, cost, what each expert has reached."""
        found = [("outcome", self.one.outcome, self.other.outcome)]
        before, now = dict(self.one.figures), dict(self.other.figures)
        found += [(name, before.get(name, "not known"), now.get(name, "not known")) for name in {**before, **now}]
        for expert in Expert:
            found += [
                (f"checkpoints of {expert}", _saved(self.one, expert), _saved(self.other, expert)),
                (f"lowest held out of {expert}", _lowest(self.one, expert), _lowest(self.other, expert)),
            ]
        return tuple(ChangedValue(what, was, now) for what, was, now in found if was != now)


def compare_runs(workspace: Workspace, one: int, other: int) -> RunsCompared:
    """How `other` differs from `one`. Raises as `run_view`."""
    views = run_view(workspace, one), run_view(workspace, other)
    found = differences(workspace, views[0].run, views[1].run)
    return RunsCompared(*views, found, tuple(_epochs(workspace, *views)))


def _epochs(workspace: Workspace, one: RunView, other: RunView) -> Iterator[EpochPair]:
    losses = tuple(_losses(workspace, view.run.number) for view in (one, other))
    held_out = tuple({(e.expert, e.epoch): e.held_out for e in view.checkpoints} for view in (one, other))
    wanted = {(each.expert, each.epoch) for view in (one, other) for each in view.checkpoints}
    wanted |= {max(shared) for expert in Expert if (shared := _shared(losses, str(expert)))}
    for key in sorted(wanted):
        loss = losses[0].get(key), losses[1].get(key)
        yield EpochPair(*key, loss, (held_out[0].get(key), held_out[1].get(key)))


def _shared(losses: tuple[dict[tuple[str, int], float], ...], expert: str) -> set[tuple[str, int]]:
    """The epochs of an expert that both runs have a loss of."""
    return {key for key in losses[0].keys() & losses[1].keys() if key[0] == expert}


def _losses(workspace: Workspace, number: int) -> dict[tuple[str, int], float]:
    try:
        points = History(workspace).metrics(number)
    except HistoryError:
        return {}
    return {(e, epoch): loss for e, told in points.items() for epoch, loss in losses_of_epochs(told).items()}


def _saved(view: RunView, expert: Expert) -> str:
    epochs = [str(each.epoch) for each in view.checkpoints if each.expert == expert]
    return f"epoch {', '.join(epochs)}" if epochs else "none"


def _lowest(view: RunView, expert: Expert) -> str:
    found = next((each for each in view.checkpoints if each.expert == expert and each.is_lowest), None)
    return "not known" if found is None else f"{found.held_out:.4f} at epoch {found.epoch}"
