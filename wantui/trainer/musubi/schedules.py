"""The learning rate's course over a training, as the training script's ``get_lr_scheduler`` makes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LAST_RATE = 1e-7
"""Where ``polynomial`` ends; the trainer's ``--lr_scheduler_min_lr_ratio`` does not change it (observed)."""

KNOWN = frozenset(
    {"constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "polynomial"}
)  # fmt: skip


def schedule(
    name: str, base: float, steps: int, *, warmup: float, power: float, cycles: int
) -> Callable[[int], float]:
    """The learning rate at each step, from 0.

    Args:
        name: ``constant``, ``constant_with_warmup``, ``linear``, ``cosine``, ``cosine_with_restarts`` or
            ``polynomial``; any other is constant.
        base: the learning rate asked for.
        steps: of the whole training.
        warmup: steps of it, or the part of it when below 1.
        power: of ``polynomial``.
        cycles: of ``cosine_with_restarts``.
    """
    rising = 0 if name == "constant" else int(warmup * steps) if 0 < warmup < 1 else int(warmup)

    def rate(step: int) -> float:
        if step < rising:
            return base * step / rising
        left = max(0.0, 1 - (step - rising) / max(1, steps - rising))
        match name:
            case "linear":
                return base * left
            case "cosine":
                return base * (1 - math.cos(math.pi * left)) / 2
            case "cosine_with_restarts":
                return base * (1 + math.cos(math.pi * (cycles * (1 - left) % 1.0))) / 2 if left else 0.0
            case "polynomial":
                return (base - LAST_RATE) * math.pow(left, power) + LAST_RATE
            case _:
                return base

    return rate
