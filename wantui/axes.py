"""Axes of charts: where they begin and end, which round figures stand beside them, and how those are written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isclose, isfinite, log10
from typing import TYPE_CHECKING

from wantui.formatting import DAY_S, HOUR_S, MINUTE_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

USUAL = 0.95
"""Part of the losses that always fits on the axis."""
FEW = 20
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
"""What two neighbouring figures of an axis may differ by, times a power of ten."""
ROUND_COUNTS = (1.0, 2.0, 5.0, 10.0)
"""The same for steps and epochs."""
ROUND_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""The same for seconds; above that whole days."""
SMALL, LARGE = 0.001, 1e6
"""Below the one and from the other on figures are written with a power of ten."""
NEARLY = 1e-9
"""Figures that differ by such a part are the same."""


def nice_top(highest: float) -> float:
    """The round figure above the highest loss that the axis ends at."""
    if highest <= 0:
        return 0.1
    for power in range(-4, 6):
        for step in (1, 1.5, 2, 3, 4, 5, 6, 8):
            top = float(step * 10.0**power)
            if top >= highest:
                return top
    return highest


def axis_top(losses: list[float]) -> float:
    """Where the axis ends: above all losses, unless a few of them dwarf the rest, as the first steps often do."""
    ordered = sorted(losses)
    usual = ordered[int(len(ordered) * USUAL)] if len(ordered) >= FEW else ordered[-1]
    return nice_top(usual * 1.1 if ordered[-1] > usual * 2 else ordered[-1])


@dataclass(frozen=True, slots=True)
class Scale:
    """What stands at the bottom and at the top of a chart."""

    low: float
    high: float
    is_log: bool = False

    def part(self, value: float) -> float | None:
        """How high a figure stands, from 0 to 1; outside of that where it is not on the chart.

        None: it is no number, or has no place on a logarithmic scale.
        """
        if not isfinite(value):
            return None
        if not self.is_log:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return None
        return (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))

    def row(self, value: float, height: int) -> int | None:
        """The line of cells, from the top, that a figure stands in; None where it stands in none."""
        part = self.part(value)
        if part is None or not -2 * NEARLY <= part <= 1 + 2 * NEARLY:
            return None
        return round((1 - part) * (height * 4 - 1)) // 4

    def ticks(self, most: int) -> list[float]:
        """The round figures beside it, ascending, not more than so many."""
        if self.is_log:
            return _log_ticks(self.low, self.high, max(2, most))
        return _between(self.low, self.high, round_step(self.high - self.low, max(1, most - 1)))


def round_step(width: float, most: int, kinds: Sequence[float] = ROUND) -> float:
    """The least round figure that goes into a width not more than so many times."""
    power = floor(log10(width / most))
    steps = (float(kind * 10.0 ** (power + more)) for more in (0, 1) for kind in kinds)
    return next(step for step in steps if step * most >= width * (1 - NEARLY))


def round_seconds(width: float, most: int) -> float:
    """The same for time."""
    found = next((step for step in ROUND_S if step * most >= width), None)
    return float(found) if found else DAY_S * max(1.0, round_step(width / DAY_S, most, ROUND_COUNTS))


def fitted(lines: Iterable[float], dots: Iterable[float], *, is_log: bool = False, most: int = 6) -> Scale:
    """A scale that all of the lines fit on, and what is usual of the dots; it ends at round figures.

    Args:
        lines: what must be seen, but for a few that dwarf the rest.
        dots: of these a hundredth at each end may be missing.
        is_log: whether it is logarithmic.
        most: figures beside it at most.
    """
    wanted = sorted(_without_giants([*lines]))
    scattered = sorted(dots)
    cut = len(scattered) // 100
    wanted += scattered[cut : len(scattered) - cut]
    wanted = [value for value in wanted if isfinite(value) and (value > 0 or not is_log)]
    if not wanted:
        return Scale(0.1, 1.0, is_log) if is_log else Scale(0.0, 1.0)
    low, high = min(wanted), max(wanted)
    if is_log:
        return _fitted_log(low, high)
    if isclose(low, high, rel_tol=1e-6, abs_tol=1e-12):
        return Scale(min(0.0, 2 * low), max(0.0, 2 * high) or 1.0)
    step = round_step(high - low, max(1, most - 1))
    return Scale(floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step)


def _without_giants(values: list[float]) -> list[float]:
    """Without those that are twice as high as what nearly all of them are."""
    ordered = sorted(value for value in values if isfinite(value))
    if len(ordered) < FEW:
        return ordered
    usual = ordered[int(len(ordered) * USUAL)]
    return [value for value in ordered if value <= usual * 2] if usual > 0 else ordered


def _fitted_log(low: float, high: float) -> Scale:
    """From the round figure below to the one above."""
    steps = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    below, above = 10.0 ** floor(log10(low)), 10.0 ** floor(log10(high))
    bottom = max(step * below for step in steps if step * below <= low * (1 + 1e-9))
    top = min(step * above for step in steps if step * above >= high * (1 - 1e-9))
    return Scale(bottom, top if top > bottom else bottom * 2, is_log=True)


def _between(low: float, high: float, step: float) -> list[float]:
    first = ceil(low / step - NEARLY)
    return [number * step for number in range(first, floor(high / step + NEARLY) + 1)]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    """Powers of ten where there are several, else what is round between them."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    for kinds in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        every = (kind * 10.0**power for power in powers for kind in kinds)
        found = [value for value in every if low * (1 - NEARLY) <= value <= high * (1 + NEARLY)]
        if len(found) <= most:
            return found if len(found) > 1 else [low, high]
    return found[:: ceil(len(found) / most)]


def figures(values: Sequence[float]) -> list[str]:
    """Figures of an axis, all with as many digits as the closest two of them need to differ."""
    largest = max((abs(value) for value in values), default=0.0)
    gaps = [abs(after - before) for before, after in pairwise(values)]
    step = min((gap for gap in gaps if gap > 0), default=largest or 1.0)
    if largest and (largest < SMALL or largest >= LARGE):
        return [_with_power(value, max(0, floor(log10(largest)) - _exponent(step))) for value in values]
    digits = max(0, -_exponent(step))
    return [f"{value:,.{digits}f}" for value in values]


def figure(value: float | None) -> str:
    """One figure as a person reads it: ``0.0671``, ``2.0e-4``, ``12.4``; a dash where there is none."""
    if value is None:
        return "–"  # noqa: RUF001  an en dash is what is drawn
    if value == 0 or SMALL <= abs(value) < 1:
        return f"{value:.4f}"
    return _with_power(value, 2) if abs(value) < SMALL or abs(value) >= LARGE else f"{value:.4g}"


def _exponent(step: float) -> int:
    """Of the last digit that a step has: -2 for 0.05, -3 for 0.025."""
    power = floor(log10(step) + 1e-9)
    return power if isclose(step / 10.0**power, round(step / 10.0**power), rel_tol=1e-6) else power - 1


def _with_power(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    mantissa, _, power = f"{value:.{digits}e}".partition("e")
    return f"{mantissa}e{int(power)}"


def time_label(seconds: float, step: float) -> str:
    """``0``, ``45 s``, ``15 min``, ``2 h``, ``2:30 h``, ``3 d``: a moment as a step of an axis needs it."""
    whole = round(seconds)
    if whole == 0:
        return "0"
    if step >= DAY_S:
        return f"{whole // DAY_S} d"
    if whole < MINUTE_S:
        return f"{whole} s"
    hours, rest = divmod(whole, HOUR_S)
    minutes, odd = divmod(rest, MINUTE_S)
    if odd:
        return f"{hours}:{minutes:02}:{odd:02}" if hours else f"{minutes}:{odd:02} min"
    if not hours:
        return f"{minutes} min"
    return f"{hours}:{minutes:02} h" if minutes else f"{hours} h"


def labels_in_line(marks: Iterable[tuple[int, str]], width: int, end: str = "") -> str:
    """Labels below an axis, each centred below its column as far as there is room; `end` at the right end.

    What would touch a label before it, or the end, is left out.
    """
    line = ""
    room = width - (len(end) + 2 if end else 0)
    for column, label in marks:
        begin = max(0, column - len(label) // 2)
        if begin >= len(line) + (2 if line else 0) and begin + len(label) <= room:
            line = f"{line:<{begin}}{label}"
    return f"{line:<{max(0, width - len(end))}}{end}"[:width] if end else f"{line:<{width}}"[:width]
