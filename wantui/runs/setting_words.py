"""Settings of a run in words: what a person calls each, and how a value is written."""

from __future__ import annotations

import math
from typing import Any

from wantui.formatting import in_words

MAIN_FLAGS = {
    "learning_rate": "learning rate",
    "network_dim": "rank",
    "network_alpha": "alpha",
    "discrete_flow_shift": "flow shift",
    "seed": "seed",
}
"""Flags of the training script that people change most, and what they call them."""
_NAMES = MAIN_FLAGS | {
    "save_every": "save every",
    "output_directory": "output folder",
    "keep_states": "states kept",
    "trainer_kind": "trainer kind",
    "trainer_root": "trainer folder",
    "trainer_python": "trainer python",
    "gpus": "GPU",
    "loaded": "preset",
}
_SMALL = 1e-3
"""Numbers below it are written with an exponent: ``3e-4``."""


def name_of(key: str) -> str:
    """What a person calls a setting; a flag without a name of its own is called as the trainer calls it."""
    return _NAMES.get(key, key)


def as_number(value: Any) -> float | None:
    """The number that a flag's value is, written as a number or as text; None: it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def is_same(one: Any, other: Any) -> bool:
    """Whether two values of a setting mean the same: ``"3e-4"`` is 0.0003, and a flag left out is false."""
    numbers = as_number(one), as_number(other)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return bool(_plain(one) == _plain(other))


def value_in_words(value: Any) -> str:
    """``3e-4``, ``16``, ``yes``: a setting as a person writes it."""
    number = as_number(value)
    if number is None:
        return in_words(value)
    if 0 < abs(number) < _SMALL:
        mantissa, _, exponent = f"{number:e}".partition("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return str(int(number)) if number == int(number) and not isinstance(value, str) else str(value)


def _plain(value: Any) -> Any:
    if value is False:
        return None
    return list(value) if isinstance(value, tuple) else value
