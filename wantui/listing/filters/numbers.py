"""Numbers that are asked for: ``>75``, ``<=512``, ``75..100``, ``2mb``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from wantui.listing.filters.lexing import FilterError

if TYPE_CHECKING:
    from wantui.listing.filters.lexing import Token

NumberTest = Callable[[float], bool]
"""Whether a number is as it is asked for."""

_COMPARISONS = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne, ">": operator.gt, "<": operator.lt, "=": operator.eq,
}  # fmt: skip
_UNITS = {"": 1, "b": 1, "k": 1e3, "kb": 1e3, "kib": 1024, "m": 1e6, "mb": 1e6, "mib": 1 << 20, "g": 1e9, "gb": 1e9,
          "gib": 1 << 30}  # fmt: skip
_NUMBER = re.compile(r"(\d+(?:\.\d+)?|\.\d+)([a-z]*)", re.IGNORECASE)


def number_test(token: Token, *, has_units: bool = False) -> NumberTest:
    """What a number has to fulfil.

    Args:
        token: what was written behind the colon.
        has_units: whether ``kb`` and the like may follow.

    Raises:
        FilterError: it is no number.
    """
    if ".." in token.value:
        low, high = (_number(token, part, has_units=has_units) for part in token.value.split("..", 1))
        return lambda value: low <= value <= high
    for sign, compare in _COMPARISONS.items():
        if token.value.startswith(sign):
            wanted = _number(token, token.value[len(sign) :], has_units=has_units)
            return lambda value: bool(compare(value, wanted))
    exact = _number(token, token.value, has_units=has_units)
    return lambda value: value == exact


def _number(token: Token, written: str, *, has_units: bool) -> float:
    found = _NUMBER.fullmatch(written.strip())
    unit = found[2].lower() if found else None
    if found is None or unit not in _UNITS or (unit and not has_units):
        like = ">2mb" if has_units else ">75, <=512, 75..100"
        message = f"{token.field}: wants a number like {like}"
        raise FilterError(message, token.start, token.end)
    return float(found[1]) * _UNITS[unit or ""]
