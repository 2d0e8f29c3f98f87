from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wantui.trainer.musubi.schedules import schedule
from wantui.trainer.rehearsal import network, optimizer
from wantui.trainer.rehearsal.network import Network
from wantui.trainer.rehearsal.training_items import FEATURES, Features

if TYPE_CHECKING:
    from wantui.trainer.rehearsal.arrays import Array


def _item(seed: int, *, image: bool = False) -> Features:
    drawn = random.Random(seed)

    def vector() -> Array:
        return np.array([drawn.gauss(0, 1) for _ in range(FEATURES)])

    return Features(vector(), vector(), vector() if image else None)


def _noise(drawn: random.Random) -> Array:
    return np.array([drawn.gauss(0, network.NOISE_SPREAD) for _ in range(FEATURES)])


@pytest.mark.parametrize("image", [False, True])
def test_gradients_are_those_of_the_loss(image: bool) -> None:
    drawn = random.Random(1)
    net = Network("high", 3, 6.0, drawn)
    for adapter in net.adapters:
        adapter.up[:] = [[drawn.gauss(0, 0.1) for _ in row] for row in adapter.up]
    item, noise = _item(2, image=image), _noise(drawn)
    net.loss(item, noise, 0.7)
    known = [adapter.up_gradient.copy() for adapter in net.adapters]
    known_down = [adapter.down_gradient.copy() for adapter in net.adapters]

    step = 1e-5
    for number, adapter in enumerate(net.adapters):
        for matrix, gradient in ((adapter.up, known[number]), (adapter.down, known_down[number])):
            row, column = drawn.randrange(len(matrix)), drawn.randrange(len(matrix[0]))
            matrix[row][column] += step
            above = net.loss(item, noise, 0.7)
            matrix[row][column] -= 2 * step
            below = net.loss(item, noise, 0.7)
            matrix[row][column] += step
            assert gradient[row][column] == pytest.approx((above - below) / (2 * step), rel=1e-3, abs=1e-7)


def test_a_new_adapter_changes_nothing_and_training_lowers_the_loss() -> None:
    drawn = random.Random(3)
    net = Network("high", 4, 4.0, drawn)
    items = [_item(seed) for seed in range(4)]
    exam = [(item, _noise(drawn), 0.95) for item in items]

    def mean_loss() -> float:
        return sum(net.loss(*question) for question in exam) / len(exam)

    untrained = mean_loss()
    assert untrained == pytest.approx(
        sum(Network("high", 8, 1.0, random.Random(9)).loss(*question) for question in exam) / len(exam)
    )
    adam = optimizer.AdamW(net.weights, net.gradients, optimizer.OptimizerSettings())
    net.gradients.fill(0.0)
    for _ in range(25):
        for item in items:
            net.loss(item, _noise(drawn), drawn.uniform(0.9, 1.0))
            adam.step(3e-4)

    assert mean_loss() < 0.7 * untrained


def test_the_frozen_weights_are_drawn_from_the_weight_files_name() -> None:
    losses = {
        name: Network(name, 4, 4.0, random.Random(0)).loss(_item(1), _noise(random.Random(2)), 0.5)
        for name in ("high.safetensors", "low.safetensors")
    }

    assert losses["high.safetensors"] != losses["low.safetensors"]


def test_clipping_keeps_the_direction() -> None:
    net = Network("high", 2, 2.0, random.Random(0))
    adam = optimizer.AdamW(net.weights, net.gradients, optimizer.OptimizerSettings())
    gradient = net.adapters[0].up_gradient[0]
    gradient[:] = [3.0, 4.0]

    adam.clip(10.0)
    assert list(net.adapters[0].up_gradient[0]) == [3.0, 4.0]
    adam.clip(1.0)
    assert net.adapters[0].up_gradient[0] == pytest.approx([0.6, 0.8])


def test_optimizer_arguments() -> None:
    chosen, given = optimizer.settings(["weight_decay=0.1", "betas=(0.9, 0.99)", "foreach=False"])

    assert chosen == optimizer.OptimizerSettings(weight_decay=0.1, betas=(0.9, 0.99))
    assert given == {"weight_decay": 0.1, "betas": (0.9, 0.99), "foreach": False}
    with pytest.raises(ValueError, match="'lr' is not name=value"):
        optimizer.settings(["lr"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("constant", [1.0, 1.0, 1.0, 1.0]),
        ("constant_with_warmup", [0.0, 0.5, 1.0, 1.0]),
        ("linear", [0.0, 0.5, 1.0, 0.5]),
        ("cosine", [0.0, 0.5, 1.0, 0.5]),
        ("polynomial", [0.0, 0.5, 1.0, 0.25]),
    ],
)
def test_learning_rates(name: str, expected: list[float]) -> None:
    rate = schedule(name, 1.0, 4, warmup=2, power=2.0, cycles=1)

    assert [rate(step) for step in range(4)] == pytest.approx(expected, abs=1e-6)


def test_the_workflows_schedule_ends_where_the_trainers_does() -> None:
    rate = schedule("polynomial", 3e-4, 100, warmup=0, power=8.0, cycles=1)

    assert rate(0) == pytest.approx(3e-4)
    assert rate(100) == pytest.approx(1e-7)
