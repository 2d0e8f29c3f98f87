"""AdamW."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui.trainer.rehearsal.arrays import Array, np

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH_GAIN = (5120 / 32) ** (2 / 3)
"""How much larger steps are taken here than asked for.

Adam moves each weight by about the learning rate, and so a map's output by that times the width, where the moves
agree, or times its root, where they do not. WAN's blocks are 5,120 wide, rehearsal's 32: with a factor in between, a
learning rate made for WAN has a like effect here.
"""


@dataclass(frozen=True, slots=True)
class OptimizerSettings:
    """AdamW's numbers; the defaults are torch's."""

    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8


def settings(arguments: Iterable[str]) -> tuple[OptimizerSettings, dict[str, Any]]:
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
    known = {name: value for name, value in given.items() if name in OptimizerSettings.__slots__}
    return OptimizerSettings(**known), given


class AdamW:
    """AdamW over some weights."""

    def __init__(self, weights: Array, gradients: Array, chosen: OptimizerSettings) -> None:
        """Begin with no steps done.

        Args:
            weights: in one dimension; changed by `step`.
            gradients: of each of them; changed by `clip`, and cleared by `step`.
            chosen: its numbers.
        """
        self._weights, self._gradients, self._settings = weights, gradients, chosen
        self.steps = 0
        self.means, self.squares = np.zeros_like(weights), np.zeros_like(weights)
        """First and second moment of each gradient."""

    def clip(self, largest_norm: float) -> None:
        """Scale the gradients down to a norm of `largest_norm` where theirs is larger."""
        norm = math.sqrt(self._gradients @ self._gradients)
        if norm > largest_norm:
            self._gradients *= largest_norm / norm

    def step(self, rate: float) -> None:
        """Move the weights by their gradients at a learning rate of `rate`, and clear the gradients."""
        self.steps += 1
        keep, keep_square = self._settings.betas
        self.means += (1 - keep) * (self._gradients - self.means)
        self.squares += (1 - keep_square) * (self._gradients**2 - self.squares)
        means = self.means / (1 - keep**self.steps)
        squares = self.squares / (1 - keep_square**self.steps)
        self._weights *= 1 - rate * self._settings.weight_decay
        self._weights -= rate * WIDTH_GAIN * means / (np.sqrt(squares) + self._settings.eps)
        self._gradients.fill(0.0)
