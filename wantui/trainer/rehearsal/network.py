"""The small network that rehearsal trains: a diffusion transformer of one token, with LoRA on its linear maps.

It is built as WAN's blocks are, at 32 dimensions: self-attention, cross-attention to the text, feed-forward, each
added to what came before. Over one token attention's only weight is 1, whatever query and key say, so those two are
left out; value, output and the two feed-forward maps are what LoRA learns on. The frozen weights are drawn from the
name of the weight file that a real training would load, so the two experts differ.

It predicts the flow, noise minus latent, of a latent mixed with noise. The frozen part knows what can be known
without having seen a picture; what LoRA adds to that, it learned from the user's pictures and captions.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from operator import mul
from typing import TYPE_CHECKING

from wantui.trainer.rehearsal.training_items import FEATURES, Features, Vector

if TYPE_CHECKING:
    from collections.abc import Iterable

BLOCKS = 2
ADAPTED = ("cross_attn_o", "cross_attn_v", "ffn_0", "ffn_2", "self_attn_o", "self_attn_v")
"""The linear maps of a block that LoRA adapts, by the trainer's names."""

NOISE_SPREAD = 0.4
"""Standard deviation of the noise that latents are mixed with: in means over a picture most of it cancels out."""

Matrix = list[Vector]
"""Rows."""

_RESIDUAL = 0.5
"""What a frozen map adds is damped by this, as a trained network's is by its norms and gates."""


@dataclass(slots=True)
class Adapter:
    """LoRA on one linear map: ``scale * up @ down``, with gradients summed up since they were last taken."""

    name: str
    """``blocks_0_ffn_0``."""
    scale: float
    """alpha / rank."""
    down: Matrix
    up: Matrix
    down_gradient: Matrix = field(init=False)
    up_gradient: Matrix = field(init=False)

    def __post_init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Set the gradients to zero."""
        self.down_gradient = [[0.0] * len(row) for row in self.down]
        self.up_gradient = [[0.0] * len(row) for row in self.up]


def new_adapter(name: str, rank: int, alpha: float, drawn: random.Random) -> Adapter:
    """A LoRA that changes nothing yet: `down` drawn evenly, `up` zero, as the trainer has it."""
    bound = 1 / math.sqrt(FEATURES)
    down = [[drawn.uniform(-bound, bound) for _ in range(FEATURES)] for _ in range(rank)]
    return Adapter(name, alpha / rank, down, [[0.0] * rank for _ in range(FEATURES)])


class Linear:
    """A frozen linear map with LoRA on it."""

    def __init__(self, weight: Matrix, adapter: Adapter) -> None:
        self._weight = weight
        self._transposed = _transpose(weight)
        self._adapter = adapter
        self._input: Vector = []
        self._lowered: Vector = []

    def forward(self, value: Vector) -> Vector:
        """The map of `value`, remembered for `backward`."""
        adapter = self._adapter
        self._input = value
        self._lowered = _apply(adapter.down, value)
        lifted = _apply(adapter.up, self._lowered)
        return [
            known + adapter.scale * learned
            for known, learned in zip(_apply(self._weight, value), lifted, strict=True)
        ]

    def backward(self, gradient: Vector) -> Vector:
        """Add to the adapter's gradients; the gradient of the input last seen by `forward`."""
        adapter = self._adapter
        scaled = [adapter.scale * value for value in gradient]
        _add_outer(adapter.up_gradient, scaled, self._lowered)
        lowered = _apply(_transpose(adapter.up), scaled)
        _add_outer(adapter.down_gradient, lowered, self._input)
        learned = _apply(_transpose(adapter.down), lowered)
        return _sum(_apply(self._transposed, gradient), learned)


class Block:
    """One block: attention to itself, attention to the text, feed-forward."""

    def __init__(self, frozen: random.Random, adapters: Iterable[Adapter]) -> None:
        maps = {
            name: Linear(_draw(frozen, _RESIDUAL), adapter) for name, adapter in zip(ADAPTED, adapters, strict=True)
        }
        self._self = (maps["self_attn_v"], maps["self_attn_o"])
        self._cross = (maps["cross_attn_v"], maps["cross_attn_o"])
        self._feed = (maps["ffn_0"], maps["ffn_2"])
        self._inner: Vector = []

    def forward(self, state: Vector, text: Vector) -> Vector:
        """The block's output, remembered for `backward`."""
        value, output = self._self
        state = _sum(state, output.forward(value.forward(state)))
        value, output = self._cross
        state = _sum(state, output.forward(value.forward(text)))
        first, second = self._feed
        self._inner = first.forward(state)
        return _sum(state, second.forward([_silu(value) for value in self._inner]))

    def backward(self, gradient: Vector) -> Vector:
        """Add to the adapters' gradients; the gradient of the state that went in."""
        first, second = self._feed
        inner = second.backward(gradient)
        inner = [upper * _silu_slope(value) for upper, value in zip(inner, self._inner, strict=True)]
        gradient = _sum(gradient, first.backward(inner))
        value, output = self._cross
        value.backward(output.backward(gradient))  # the text itself is not trained
        value, output = self._self
        return _sum(gradient, value.backward(output.backward(gradient)))


class Network:
    """The frozen network with its adapters."""

    def __init__(self, frozen_name: str, rank: int, alpha: float, drawn: random.Random) -> None:
        """Draw the weights.

        Args:
            frozen_name: names the weights that a real training would load; decides the frozen ones here.
            rank: ``network_dim``.
            alpha: ``network_alpha``.
            drawn: for the adapters.
        """
        frozen = random.Random(frozen_name)  # noqa: S311  not for secrets
        self.adapters = [
            new_adapter(f"blocks_{block}_{name}", rank, alpha, drawn) for block in range(BLOCKS) for name in ADAPTED
        ]
        count = len(ADAPTED)
        self._entry = _draw(frozen, 1.0)
        self._image_entry = _draw(frozen, 1.0)
        self._blocks = [Block(frozen, self.adapters[count * block : count * (block + 1)]) for block in range(BLOCKS)]
        self._exit = _draw(frozen, _RESIDUAL)
        self._exit_transposed = _transpose(self._exit)

    def loss(self, item: Features, noise: Vector, sigma: float, share: float = 1.0) -> float:
        """The mean squared error of the predicted flow; its gradient is added to the adapters'.

        Args:
            item: what is learned.
            noise: normal numbers of a standard deviation of `NOISE_SPREAD`.
            sigma: how much of the mixture is noise, 0..1.
            share: the part of the gradient that counts, 1 / items that are averaged.
        """
        mixture = [(1 - sigma) * clean + sigma * noisy for clean, noisy in zip(item.latent, noise, strict=True)]
        state = _sum(_apply(self._entry, mixture), _time(sigma))
        if item.image is not None:
            state = _sum(state, _apply(self._image_entry, item.image))
        for block in self._blocks:
            state = block.forward(state, item.text)
        known = _known_flow(sigma)
        predicted = [
            known * value + learned for value, learned in zip(mixture, _apply(self._exit, state), strict=True)
        ]
        errors = [value - (noisy - clean) for value, noisy, clean in zip(predicted, noise, item.latent, strict=True)]
        gradient = _apply(self._exit_transposed, [2 * share * error / FEATURES for error in errors])
        for block in reversed(self._blocks):
            gradient = block.backward(gradient)
        return math.fsum(map(mul, errors, errors)) / FEATURES


def _known_flow(sigma: float) -> float:
    """The best guess of the flow from the mixture alone, as a multiple of it, when latents are unit normal."""
    clean, noise = 1 - sigma, sigma * NOISE_SPREAD
    return (noise * NOISE_SPREAD - clean) / (clean**2 + noise**2)


def _time(sigma: float) -> Vector:
    """The timestep as waves of rising frequency, as diffusion models embed it."""
    half = FEATURES // 2
    waves = [sigma * 10.0 ** (2 * step / half) for step in range(half)]
    return [0.5 * math.sin(wave) for wave in waves] + [0.5 * math.cos(wave) for wave in waves]


def _draw(drawn: random.Random, gain: float) -> Matrix:
    spread = gain / math.sqrt(FEATURES)
    return [[drawn.gauss(0.0, spread) for _ in range(FEATURES)] for _ in range(FEATURES)]


def _apply(matrix: Matrix, vector: Vector) -> Vector:
    return [sum(map(mul, row, vector)) for row in matrix]


def _transpose(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def _sum(first: Vector, second: Vector) -> Vector:
    return [left + right for left, right in zip(first, second, strict=True)]


def _add_outer(total: Matrix, left: Vector, right: Vector) -> None:
    """Add the outer product of `left` and `right` to `total`."""
    for at, factor in enumerate(left):
        total[at] = [known + factor * value for known, value in zip(total[at], right, strict=True)]


def _silu(value: float) -> float:
    return value * _sigmoid(value)


def _silu_slope(value: float) -> float:
    sigmoid = _sigmoid(value)
    return sigmoid * (1 + value * (1 - sigmoid))


def _sigmoid(value: float) -> float:
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    grown = math.exp(value)
    return grown / (1 + grown)
