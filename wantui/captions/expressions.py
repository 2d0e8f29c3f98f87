"""Regular expressions that a person types: whatever they say, they are refused or end in time.

Three bounds make that sure. Counted repeats within each other are unfolded before anything is matched: they are
refused when they come to more than `MOST_REPEATS` steps. Expressions that are nested deeper than the stack is are
refused. And one match ends after a time that the caller names, as `regex` alone can do: ``(a+)+b`` would else run on.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regex import Pattern

MOST_REPEATS = 100_000
"""Repeats within each other, multiplied: 100,000 are compiled in a tenth of a second."""
_COUNTED = re.compile(r"\{\s*([0-9]{1,18})")


class ExpressionError(ValueError):
    """No regular expression, or one that is too large; the message is a clause."""


@lru_cache(maxsize=32)
def compiled(written: str, *, ignores_case: bool) -> Pattern[str]:
    """An expression that is ready to be matched, with a `timeout`.

    Raises:
        ExpressionError: it cannot be understood, or is too large.
    """
    import regex  # noqa: PLC0415  30 ms that plain words do not need

    if math.prod(max(1, int(count)) for count in _COUNTED.findall(written)) > MOST_REPEATS:
        raise ExpressionError("it repeats too much; write smaller numbers in {}")
    try:
        return regex.compile(written, regex.IGNORECASE if ignores_case else 0)
    except (regex.error, ValueError) as error:  # the latter where flags contradict each other
        raise ExpressionError(str(error)) from error
    except RecursionError as error:
        raise ExpressionError("it is nested too deeply") from error
