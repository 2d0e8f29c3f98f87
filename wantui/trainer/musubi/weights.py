"""Looks at weight files from their names and headers: their precision, their task, and which expert they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.caches.header import Header

IN_CHANNELS = {"t2v": 16, "i2v": 36}
"""Channels that each task's model takes: the noisy latent's 16, and for i2v 16 of the image's latent and 4 of its
mask more (``in_dim`` in the trainer's ``wan/configs/wan_t2v_A14B.py`` and ``wan_i2v_A14B.py``)."""

_DIT_TENSOR = "blocks.0.cross_attn.k.weight"
"""The tensor whose precision the trainer takes for the whole model's, with or without a prefix."""
_INPUT_TENSOR = "patch_embedding.weight"
"""The first layer, a convolution over (out, in, frames, height, width)."""

_DIT_PREFIX = "model.diffusion_model."

PRECISIONS = {"F16": "fp16", "BF16": "bf16", "F32": "fp32", "F8_E4M3": "fp8", "F8_E5M2": "fp8"}

_SCALES = ("scaled_fp8", ".scale_weight", ".weight_scale", ".comfy_quant")
"""Ends of the names of tensors that only files with scaled 8-bit weights have, as ComfyUI and the trainer itself
write them. The trainer loads every file strictly, and refuses one with such tensors."""

_NOISE = re.compile(r"(?<![a-z])(high|low)(?=[ _.-]?noise|(?![a-z]))")


def dit_precision(header: Header) -> str | None:
    """``fp16``, ``bf16``, ``fp32`` or ``fp8``; None where the file holds no WAN diffusion model."""
    for name in (_DIT_PREFIX + _DIT_TENSOR, _DIT_TENSOR):
        if name in header.dtypes:
            return PRECISIONS.get(header.dtypes[name], header.dtypes[name])
    return None


def input_channels(header: Header) -> int | None:
    """How many channels the model takes, see `IN_CHANNELS`; None where the file does not say."""
    for name in (_DIT_PREFIX + _INPUT_TENSOR, _INPUT_TENSOR):
        shape = header.shapes.get(name, ())
        if len(shape) > 1:
            return shape[1]
    return None


def is_scaled(header: Header) -> bool:
    """Whether the file's weights are in 8 bits with scales beside them."""
    return any(name.endswith(_SCALES) for name in header.dtypes)


def named_noise(path: Path) -> str | None:
    """``high`` or ``low``, where the name of a file, or else of its folder, says so and not both."""
    for name in (path.name, path.parent.name):
        found = set(_NOISE.findall(name.lower()))
        if found:
            return found.pop() if len(found) == 1 else None
    return None
