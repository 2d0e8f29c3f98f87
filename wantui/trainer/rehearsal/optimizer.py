"""AdamW and the learning rate's course over training."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wantui.trainer.rehearsal.network import Adapter
    from wantui.trainer.rehearsal.training_items import Vector

WIDTH_GAIN = (5120 / 32) ** (2 / 3)
"""How much larger steps are taken here than asked for.

Adam moves each weight by about the learning rate, and so a map's output by that times the width, where the moves
agree, or times its root, where they do not. WAN's blocks are 5,120 wide, rehearsal's 32: with a factor in between, a
learning rate made for WAN has a like effect here.
"""

_LAST_RATE = 1e-7
"""Where ``polynomial`` ends; the trainer's ``--lr_scheduler_min_lr_ratio`` does not change it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """AdamW's numbers; the defaults are torch's."""

    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8


def settings(arguments: Iterable[str]) -> tuple[Settings, dict[str, Any]]:
    """The settings in ``--optimizer_args``, and all of the arguments as the trainer lists them.

    Raises:
        ValueError: an argument is not ``name=value``.
    """
    given: dict[str, Any] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals:
            raise ValueError(f"--optimizer_args: {argument!r} is not name=value, for example weight_decay=0.1")
        given[name] = ast.literal_eval(value)
    known = {name: value for name, value in given.items() if name in Settings.__slots__}
    return Settings(**known), given


class AdamW:
    """AdamW over the rows of some adapters."""

    def __init__(self, adapters: list[Adapter], chosen: Settings) -> None:
        self._adapters = adapters
        self._settings = chosen
        self.steps = 0
        self.means: list[Vector] = [[0.0] * len(row) for row, _ in self._rows()]
        """First moments, a list for each row, in the adapters' order."""
        self.squares: list[Vector] = [list(row) for row in self.means]
        """Second moments, likewise."""

    def _rows(self) -> Iterator[tuple[Vector, Vector]]:
        for adapter in self._adapters:
            yield from zip(adapter.down, adapter.down_gradient, strict=True)
            yield from zip(adapter.up, adapter.up_gradient, strict=True)

    def clip(self, largest_norm: float) -> None:
        """Scale the gradients down to a norm of `largest_norm` where theirs is larger."""
        norm = math.sqrt(sum(value * value for _, gradient in self._rows() for value in gradient))
        if norm <= largest_norm:
            return
        factor = largest_norm / norm
        for _, gradient in self._rows():
            gradient[:] = [value * factor for value in gradient]

    def step(self, rate: float) -> None:
        """Move the weights by their gradients at a learning rate of `rate`, and clear the gradients."""
        self.steps += 1
        keep, keep_square = self._settings.betas
        take, take_square = 1 - keep, 1 - keep_square
        shrink = 1 - rate * self._settings.weight_decay
        size = rate * WIDTH_GAIN / (1 - keep**self.steps)
        root = math.sqrt(1 - keep_square**self.steps)
        eps = self._settings.eps
        sqrt = math.sqrt
        damping = eps * root
        size *= root
        for (row, gradient), mean, square in zip(self._rows(), self.means, self.squares, strict=True):
            mean[:] = [keep * old + take * new for old, new in zip(mean, gradient, strict=True)]
            square[:] = [
                keep_square * old + take_square * new * new for old, new in zip(square, gradient, strict=True)
            ]
            row[:] = [
                shrink * weight - size * first / (sqrt(second) + damping)
                for weight, first, second in zip(row, mean, square, strict=True)
            ]
        for adapter in self._adapters:
            adapter.clear()


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
                return (base - _LAST_RATE) * math.pow(left, power) + _LAST_RATE
            case _:
                return base

    return rate
