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

from wantui.trainer.rehearsal.arrays import Array, np
from wantui.trainer.rehearsal.training_items import FEATURES, Features

BLOCKS = 2
ADAPTED = ("cross_attn_o", "cross_attn_v", "ffn_0", "ffn_2", "self_attn_o", "self_attn_v")
"""The linear maps of a block that LoRA adapts, by the trainer's names."""

NOISE_SPREAD = 0.4
"""Standard deviation of the noise that latents are mixed with: in means over a picture most of it cancels out."""

_BOUND = 1 / math.sqrt(FEATURES)
"""Of the numbers that an untrained `down` is drawn from."""
_RESIDUAL = 0.5
"""What a frozen map adds is damped by this, as a trained network's is by its norms and hooks."""


@dataclass(slots=True)
class Adapted:
    """A linear map ``frozen + scale * up @ down``: frozen weights, and LoRA whose gradients are summed up."""

    name: str
    """``blocks_0_ffn_0``."""
    scale: float
    """alpha / rank."""
    frozen: Array
    """[FEATURES, FEATURES]."""
    down: Array
    """[rank, FEATURES]; this and the next three are views of the network's arrays."""
    up: Array
    """[FEATURES, rank]."""
    down_gradient: Array
    up_gradient: Array
    _input: Array = field(init=False)
    _lowered: Array = field(init=False)

    def forward(self, value: Array) -> Array:
        """The map of `value`, remembered for `backward`."""
        self._input, self._lowered = value, self.down @ value
        return self.frozen @ value + self.scale * (self.up @ self._lowered)

    def backward(self, gradient: Array) -> Array:
        """Add to LoRA's gradients; the gradient of the input last seen by `forward`."""
        scaled = self.scale * gradient
        lowered = scaled @ self.up
        self.up_gradient += scaled[:, None] * self._lowered
        self.down_gradient += lowered[:, None] * self._input
        return gradient @ self.frozen + lowered @ self.down


class Network:
    """The frozen network with its adapters."""

    def __init__(self, frozen_name: str, rank: int, alpha: float, drawn: random.Random) -> None:
        """Draw the weights; LoRA changes nothing yet: `down` is drawn evenly, `up` is zero, as the trainer has it.

        Args:
            frozen_name: names the weights that a real training would load; decides the frozen ones here.
            rank: ``network_dim``.
            alpha: ``network_alpha``.
            drawn: for the adapters.
        """
        frozen = random.Random(frozen_name)  # noqa: S311  not for secrets
        names = [f"blocks_{block}_{name}" for block in range(BLOCKS) for name in ADAPTED]
        self.weights = np.zeros(len(names) * 2 * rank * FEATURES)
        """What is trained, in one dimension: each adapter's `down` and `up`."""
        self.gradients = np.zeros_like(self.weights)
        """Of `weights`."""
        self._entry, self._image_entry = _frozen(frozen, 1.0), _frozen(frozen, 1.0)
        self.adapters: list[Adapted] = []
        shapes = (rank, FEATURES), (FEATURES, rank)
        split = (values.reshape(len(names), 2, -1) for values in (self.weights, self.gradients))
        for name, *pairs in zip(names, *split, strict=True):
            down, up, down_gradient, up_gradient = (
                view.reshape(shape) for pair in pairs for view, shape in zip(pair, shapes, strict=True)
            )
            down[:] = [[drawn.uniform(-_BOUND, _BOUND) for _ in range(FEATURES)] for _ in range(rank)]
            frozen_part = _frozen(frozen, _RESIDUAL)
            self.adapters.append(Adapted(name, alpha / rank, frozen_part, down, up, down_gradient, up_gradient))
        self._exit = _frozen(frozen, _RESIDUAL)

    def loss(self, item: Features, noise: Array, sigma: float, share: float = 1.0) -> float:
        """The mean squared error of the predicted flow; its gradient is added to `gradients`.

        Args:
            item: what is learned.
            noise: [FEATURES], normal numbers of a standard deviation of `NOISE_SPREAD`.
            sigma: how much of the mixture is noise, 0..1.
            share: the part of the gradient that counts, 1 / items that are averaged.
        """
        mixture = (1 - sigma) * item.latent + sigma * noise
        state = self._entry @ mixture + _time(sigma)
        if item.image is not None:
            state = state + self._image_entry @ item.image
        count = len(ADAPTED)
        blocks = [self.adapters[at : at + count] for at in range(0, len(self.adapters), count)]
        hidden = []
        for cross_o, cross_v, ffn_0, ffn_2, self_o, self_v in blocks:
            state = state + self_o.forward(self_v.forward(state))
            state = state + cross_o.forward(cross_v.forward(item.text))
            hidden.append(ffn_0.forward(state))
            state = state + ffn_2.forward(hidden[-1] * _sigmoid(hidden[-1]))
        errors = _known_flow(sigma) * mixture + self._exit @ state - (noise - item.latent)
        gradient = (2 * share / FEATURES * errors) @ self._exit
        for cross_o, cross_v, ffn_0, ffn_2, self_o, self_v in reversed(blocks):
            inner = hidden.pop()
            sigmoid = _sigmoid(inner)
            slope = sigmoid * (1 + inner * (1 - sigmoid))
            gradient = gradient + ffn_0.backward(ffn_2.backward(gradient) * slope)
            cross_v.backward(cross_o.backward(gradient))  # the text itself is not trained
            gradient = gradient + self_v.backward(self_o.backward(gradient))
        return float(errors @ errors) / FEATURES


def _known_flow(sigma: float) -> float:
    """The best guess of the flow from the mixture alone, as a multiple of it, when latents are unit normal."""
    clean, noise = 1 - sigma, sigma * NOISE_SPREAD
    return (noise * NOISE_SPREAD - clean) / (clean**2 + noise**2)


def _time(sigma: float) -> Array:
    """The timestep as waves of rising frequency, as diffusion models embed it: [FEATURES]."""
    half = FEATURES // 2
    waves = sigma * 10.0 ** (2 * np.arange(half) / half)
    return 0.5 * np.concatenate([np.sin(waves), np.cos(waves)])


def _frozen(drawn: random.Random, gain: float) -> Array:
    """[FEATURES, FEATURES], normal."""
    spread = gain / math.sqrt(FEATURES)
    return np.array([[drawn.gauss(0.0, spread) for _ in range(FEATURES)] for _ in range(FEATURES)])


def _sigmoid(values: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(0.5 * values)
