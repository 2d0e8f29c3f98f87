"""Numbers of LoRA files as half precision, by numpy, which this module alone of ours outside the rehearsal imports.

numpy is among the dependencies already; only what writes a release imports it, and waits for it. `struct` would take
the better part of a minute for a file of 300 MB.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LARGEST = 65504.0
"""Of half precision."""
_ROUNDING = 2.0**-11
"""Half of the distance of two neighbours, relative to them: half precision has 11 bits."""
_SMALLEST = 2.0**-25
"""The same below 2**-14, where numbers have no bits to spare: half of the smallest one."""
_TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
_BF16_EXPONENT = 0x7F80


def numbers_problem(data: bytes, dtype: str, *, converts: bool) -> str | None:
    """Why the numbers of a tensor cannot be released, as a clause; None: they can.

    Args:
        data: of the tensor, little-endian.
        dtype: as a safetensors header spells it.
        converts: whether they become half precision.
    """
    if dtype == "BF16":
        bits = np.frombuffer(data, "<u2")
        finite = bool(np.all((bits & _BF16_EXPONENT) != _BF16_EXPONENT))
        largest = 0.0
    elif dtype in _TYPES:
        numbers = np.frombuffer(data, _TYPES[dtype])
        finite = bool(np.all(np.isfinite(numbers)))
        largest = float(np.max(np.abs(numbers), initial=0.0)) if finite else 0.0
    else:
        return None
    if not finite:
        return "holds something that is no number (nan or infinity)"
    if converts and largest > LARGEST:
        return f"holds {largest:.6g}, more than half precision can ({LARGEST:.0f})"
    return None


def halved(data: bytes) -> bytes:
    """Numbers of single precision as half precision, each rounded to the nearest."""
    return np.frombuffer(data, "<f4").astype("<f2").tobytes()


def worst_rounding(single: bytes, half: bytes) -> float:
    """The largest distance of a number from its copy, in units of what rounding may come to: 1 at most if it is one.

    Raises:
        ValueError: there are not as many of one as of the other.
    """
    before: Any = np.frombuffer(single, "<f4").astype("<f8")
    after: Any = np.frombuffer(half, "<f2").astype("<f8")
    if before.shape != after.shape:
        raise ValueError(f"{before.size} numbers and {after.size}")
    allowed = np.maximum(np.abs(before) * _ROUNDING, _SMALLEST)
    return float(np.max(np.abs(before - after) / allowed, initial=0.0))
