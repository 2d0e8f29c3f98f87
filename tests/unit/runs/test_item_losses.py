"""What a LoRA has made of each item: only what is larger than chance is told."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wantui.jobs.model import JobError
from wantui.listing.losses import Learning
from wantui.paths import Workspace
from wantui.runs.probing.items import latest_losses, learning, losses_of_items
from wantui.runs.probing.results import HELD_OUT, TRAINING, Probed, Results
from wantui.runs.probing.results import ItemLoss as Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DRAWS = 8


def probed(epoch: int, trained: Mapping[str, float], held_out: Mapping[str, float], noise: random.Random) -> Probed:
    """Answers around these losses: each draw has a level of its own, which is the same at every epoch."""
    levels = random.Random(1)

    def answer(key: str, which: str, loss: float) -> Answer:
        draws = [loss + levels.uniform(-0.05, 0.05) + noise.gauss(0, 0.0005) for _ in range(DRAWS)]
        return Answer(key, which, tuple(draws))

    items = [answer(key, TRAINING, loss) for key, loss in trained.items()]
    items += [answer(key, HELD_OUT, loss) for key, loss in held_out.items()]
    return Probed("high", epoch, "q", f"/out/x-{epoch}.safetensors", (5, 7), 100.0, tuple(items))


def run(falls: Mapping[str, float], held_out: Mapping[str, float], seed: int = 0) -> list[Probed]:
    """Two epochs between which the items fall by so much."""
    noise = random.Random(seed)
    first = probed(1, dict.fromkeys(falls, 0.2), dict.fromkeys(held_out, 0.2), noise)
    last = probed(9, {k: 0.2 - v for k, v in falls.items()}, {k: 0.2 - v for k, v in held_out.items()}, noise)
    return [first, last]


TRAINED = {f"0/t{at}": 0.02 for at in range(6)}
HELD = {f"0/h{at}": 0.01 + 0.003 * at for at in range(6)}


def test_an_item_that_does_not_fall_as_the_others_do_is_not_learned() -> None:
    assert learning(run(TRAINED | {"0/wrong": 0.001}, {})) == {"0/wrong": Learning.NOT_LEARNED}


def test_an_item_that_falls_further_than_items_which_are_not_trained_on_is_known_by_heart() -> None:
    assert learning(run(TRAINED | {"0/twice": 0.09}, HELD)) == {"0/twice": Learning.BY_HEART}


def test_without_held_out_items_nothing_is_known_by_heart() -> None:
    assert learning(run(TRAINED | {"0/twice": 0.09}, {})) == {}


def test_where_the_training_as_a_whole_has_not_learned_nothing_is_told() -> None:
    assert learning(run({f"0/t{at}": 0.01 * (-1) ** at for at in range(6)}, {})) == {}


def test_one_epoch_or_one_draw_tells_nothing() -> None:
    first, last = run(TRAINED | {"0/wrong": 0.0}, {})
    assert learning([last]) == {}
    single = [replace(each, items=tuple(replace(i, draws=i.draws[:1]) for i in each.items)) for each in (first, last)]
    assert learning(single) == {}


def test_a_loss_that_is_no_number_is_passed_over() -> None:
    first, last = run(TRAINED, HELD)
    broken = replace(last.items[0], draws=(math.nan,) * DRAWS)
    assert learning([first, replace(last, items=(broken, *last.items[1:]))]) == {}


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_items_that_fall_alike_are_told_of_nothing(seed: int) -> None:
    found = learning(run(TRAINED, HELD, seed))
    assert not found


def test_the_loss_is_that_of_the_epoch_with_the_lowest_held_out_loss_over_all_experts() -> None:
    noise = random.Random(0)
    high = [probed(1, {"0/t": 0.3}, {"0/h": 0.1}, noise), probed(9, {"0/t": 0.1}, {"0/h": 0.4}, noise)]
    low = [probed(9, {"0/t": 0.5}, {}, noise)]
    found = losses_of_items([high, low, []])
    assert found["0/t"].loss == pytest.approx((high[0].items[0].loss + low[0].items[0].loss) / 2)
    assert found["0/h"].loss == pytest.approx(high[0].items[1].loss)


def test_one_expert_that_has_learned_an_item_is_enough() -> None:
    learned, not_learned = run(TRAINED | {"0/wrong": 0.02}, {}), run(TRAINED | {"0/wrong": 0.0}, {})
    assert losses_of_items([not_learned])["0/wrong"].learning is Learning.NOT_LEARNED
    assert losses_of_items([learned, not_learned])["0/wrong"].learning is None


def test_the_newest_run_that_was_asked_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    workspace = Workspace(tmp_path)
    assert latest_losses(workspace) is None
    for number in (2, 5, 7):
        (workspace.runs / str(number)).mkdir(parents=True)
    for number, fall in ((2, 0.05), (5, 0.02)):
        for each in run(dict.fromkeys(TRAINED, fall), HELD):
            Results(workspace, number).keep(each)
    found = latest_losses(workspace)
    assert found is not None
    assert found.run == 5
    assert found.items.keys() == TRAINED.keys() | HELD.keys()
    Results(workspace, 7).file.write_text("{", encoding="utf-8")
    with pytest.raises(JobError, match="ask again"):
        latest_losses(workspace)
