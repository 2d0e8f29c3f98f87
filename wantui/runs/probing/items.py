"""What a LoRA has made of each item, from what its checkpoints answered.

Only what is larger than chance is told. The first and the last epoch were asked with the same draws, so an item's
fall, the mean over its draws of how much lower the last epoch's loss is, comes with a standard error of its own.

Not learned: a training item whose fall lies below half of the mean fall of all training items, in less than `CHANCE`
of cases by chance (Student's t over its draws, one-sided), where that mean fall is itself above its spread.

By heart: a training item that fell further than items do that were never trained on: above the one-sided prediction
interval of `BY_HEART_CHANCE` for one more of the held-out items (their mean plus t times their standard deviation
times the root of 1 + 1/n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.jobs.store import RunStore
from wantui.listing.losses import ItemLosses, LearnedItem, Learning
from wantui.runs.probing.judging import CHANCE, FEWEST, lowest, mean_and_error, upper_tail
from wantui.runs.probing.results import HELD_OUT, TRAINING, Results

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wantui.paths import Workspace
    from wantui.runs.probing.results import Probed

BY_HEART_CHANCE = 0.01
"""Smaller than `CHANCE`, for every training item is compared."""


@dataclass(frozen=True, slots=True)
class _Fall:
    """By how much the loss of an item is lower at the last epoch than at the first one."""

    mean: float
    """Over the draws."""
    error: float
    """Standard error of `mean`; infinite for a single draw."""
    draws: int


def latest_losses(workspace: Workspace) -> ItemLosses | None:
    """Of the newest run whose checkpoints were asked, by the last question to each expert; None: none was asked.

    Raises:
        JobError: what was kept cannot be read.
    """
    all_results = (Results(workspace, number) for number in reversed(RunStore(workspace).numbers()))
    results = next((each for each in all_results if each.file.exists()), None)
    if results is None:
        return None
    experts = dict.fromkeys(each.expert for each in results.all())
    return ItemLosses(results.number, losses_of_items([results.latest(expert) for expert in experts]))


def losses_of_items(experts: Sequence[Sequence[Probed]]) -> dict[str, LearnedItem]:
    """The loss of each item and how it was learned, by the item's key.

    An item is not learned where no expert has learned it, and known by heart where one of them knows it so.

    Args:
        experts: for each expert its answers to one question, by epoch.
    """
    told = [(_at_best(probed), learning(probed)) for probed in experts if probed]
    found = {}
    for key in dict.fromkeys(key for losses, _ in told for key in losses):
        losses = [each[key] for each, _ in told if key in each]
        hows = [how.get(key) for each, how in told if key in each]
        found[key] = LearnedItem(math.fsum(losses) / len(losses), _together(hows))
    return found


def learning(probed: Sequence[Probed]) -> dict[str, Learning]:
    """How one expert has learned the items of which something can be told, by key; nothing for a single epoch."""
    if len(probed) < FEWEST:
        return {}
    trained = _falls(probed, TRAINING)
    return _not_learned(trained) | _by_heart(trained, [fall.mean for fall in _falls(probed, HELD_OUT).values()])


def _not_learned(trained: Mapping[str, _Fall]) -> dict[str, Learning]:
    if len(trained) < FEWEST:
        return {}
    mean, error = mean_and_error([fall.mean for fall in trained.values()])
    if _chance(mean, error, len(trained)) >= CHANCE:
        return {}
    short = (key for key, fall in trained.items() if _chance(mean / 2 - fall.mean, fall.error, fall.draws) < CHANCE)
    return dict.fromkeys(short, Learning.NOT_LEARNED)


def _by_heart(trained: Mapping[str, _Fall], held_out: Sequence[float]) -> dict[str, Learning]:
    if len(held_out) < FEWEST:
        return {}
    mean, error = mean_and_error(held_out)
    spread = error * math.sqrt(len(held_out) + 1)  # of one more item: the standard deviation times sqrt(1 + 1/n)
    far = (key for key, fall in trained.items() if _chance(fall.mean - mean, spread, len(held_out)) < BY_HEART_CHANCE)
    return dict.fromkeys(far, Learning.BY_HEART)


def _chance(difference: float, error: float, count: int) -> float:
    """How likely chance alone makes a difference like this one or a greater one, 0..1."""
    if count < FEWEST or not difference > 0:
        return 1.0
    return 0.0 if error == 0 else upper_tail(difference / error, count - 1)


def _falls(probed: Sequence[Probed], which: str) -> dict[str, _Fall]:
    """Of the items of one set that have a number at the first and at the last epoch, draw by draw."""
    last = {each.key: each.draws for each in probed[-1].items}
    found = {}
    for item in probed[0].items:
        draws = last.get(item.key, ())
        if item.which != which or len(draws) != len(item.draws):
            continue
        mean, error = mean_and_error([before - after for before, after in zip(item.draws, draws, strict=True)])
        if math.isfinite(mean):
            found[item.key] = _Fall(mean, error, len(draws))
    return found


def _at_best(probed: Sequence[Probed]) -> dict[str, float]:
    """The loss of each item at the epoch with the lowest held-out loss, else at the last one."""
    best = lowest([found for each in probed if (found := each.of(HELD_OUT)).items])
    chosen = next((each for each in probed if best is not None and each.epoch == best.epoch), probed[-1])
    return {each.key: each.loss for each in chosen.items}


def _together(hows: Sequence[Learning | None]) -> Learning | None:
    if Learning.BY_HEART in hows:
        return Learning.BY_HEART
    return Learning.NOT_LEARNED if all(how is Learning.NOT_LEARNED for how in hows) else None
