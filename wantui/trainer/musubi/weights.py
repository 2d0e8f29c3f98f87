"""Looks at weight files from their headers alone: whole or cut short, and in which precision."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_HEADER = 100_000_000
"""The format's own limit, in bytes."""

_DIT_TENSOR = "blocks.0.cross_attn.k.weight"
"""The tensor whose precision the trainer takes for the whole model's, with or without a prefix."""

_DIT_PREFIX = "model.diffusion_model."

_PRECISIONS = {"F16": "fp16", "BF16": "bf16", "F32": "fp32", "F8_E4M3": "fp8", "F8_E5M2": "fp8"}


class WeightsError(Exception):
    """A weight file that cannot be used; the message says why, as a clause."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a safetensors file says of itself."""

    dtypes: dict[str, str]
    """The type of each tensor, in the format's spelling: ``F16``."""

    def dit_precision(self) -> str:
        """``fp16``, ``bf16``, ``fp32`` or ``fp8``.

        Raises:
            WeightsError: it holds no WAN model.
        """
        for name in (_DIT_PREFIX + _DIT_TENSOR, _DIT_TENSOR):
            if name in self.dtypes:
                return _PRECISIONS.get(self.dtypes[name], self.dtypes[name])
        raise WeightsError("holds no WAN diffusion model")


def read_header(path: Path) -> Header:
    """Read a safetensors file's header and compare the size that it promises with the file's.

    Raises:
        OSError: the file cannot be read.
        WeightsError: it is no safetensors file, or not all of one.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length <= min(_LONGEST_HEADER, size - 8):
            raise WeightsError("is no safetensors file, or its start is damaged")
        try:
            document = json.loads(file.read(length))
            tensors = {name: entry for name, entry in document.items() if name != "__metadata__"}
            end = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
            dtypes = {name: str(entry["dtype"]) for name, entry in tensors.items()}
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise WeightsError("is no safetensors file, or its start is damaged") from error
    if 8 + length + end > size:
        raise WeightsError(f"is cut short: {size:,} bytes instead of {8 + length + end:,}")
    return Header(dtypes)
