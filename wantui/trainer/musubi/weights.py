"""Looks at weight files from their headers alone: in which precision they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wantui.caches.header import Header

_DIT_TENSOR = "blocks.0.cross_attn.k.weight"
"""The tensor whose precision the trainer takes for the whole model's, with or without a prefix."""

_DIT_PREFIX = "model.diffusion_model."

_PRECISIONS = {"F16": "fp16", "BF16": "bf16", "F32": "fp32", "F8_E4M3": "fp8", "F8_E5M2": "fp8"}


def dit_precision(header: Header) -> str | None:
    """``fp16``, ``bf16``, ``fp32`` or ``fp8``; None where the file holds no WAN diffusion model."""
    for name in (_DIT_PREFIX + _DIT_TENSOR, _DIT_TENSOR):
        if name in header.dtypes:
            return _PRECISIONS.get(header.dtypes[name], header.dtypes[name])
    return None
