"""The steps of a job as columns of numbers: reduced to what a chart can show, whatever their count.

A chart has a few hundred columns, and a job may have a million steps. So beside the numbers themselves there are
levels: the least, the greatest and the sum of each 16 of them, of each 256, and so on. Each place of a chart then
takes a few comparisons, and no number is passed over: the least and the greatest of what is asked for are always
among what is answered.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

StepRow: TypeAlias = tuple[int, int | None, float, float | None, float | None, float | None, float | None]
"""Step, epoch, time, loss, smoothed loss, learning rate, gradient norm."""

FACTOR = 16
"""How many numbers of one level make one of the next."""
FEWEST = 4
"""Numbers a place of the chart that a level still has to have, so that they fall into the right places."""
GAP = 8.0
"""A distance so many times as long as those before and after it is a gap: what is thinned is farther apart, too."""
NEIGHBOURS = 5
"""Steps on each side that a distance is compared with."""
SAME = 1e-6
"""Of a step, or of a second: places that differ by less are the same."""
CLOCK_S = 1.0
"""The trainer's clock has whole seconds: no distance in time is taken for less."""


class XAxis(StrEnum):
    """What a chart goes over from left to right."""

    STEPS = "steps"
    EPOCHS = "epochs"
    TIME = "time"


@dataclass(slots=True)
class Spans:
    """A figure in each place of a chart. None: it has no number there."""

    low: list[float | None] = field(default_factory=list)
    high: list[float | None] = field(default_factory=list)
    mean: list[float | None] = field(default_factory=list)


class _Level:
    """The least, the greatest, the sum and the count of the numbers in each block."""

    def __init__(self) -> None:
        self.low, self.high, self.total, self.known = array("f"), array("f"), array("d"), array("I")

    def cut(self, blocks: int) -> None:
        for column in (self.low, self.high, self.total, self.known):
            del column[blocks:]


class Figure:
    """One figure of each step; not a number where it is not known."""

    def __init__(self) -> None:
        self.values = array("f")
        self.is_known = False
        """Whether there has been a number at all."""
        self._levels: list[_Level] = []

    def append(self, values: Sequence[float | None]) -> None:
        """Add what comes next, and the blocks that are full by then."""
        self.values.extend([nan if value is None else value for value in values])
        self.is_known = self.is_known or any(map(_is_number, values))
        below = len(self.values)
        at = 0
        while below >= FACTOR:
            if at == len(self._levels):
                self._levels.append(_Level())
            below = self._fill(at, below // FACTOR)
            at += 1

    def _fill(self, at: int, blocks: int) -> int:
        level = self._levels[at]
        for block in range(len(level.low), blocks):
            part = slice(block * FACTOR, (block + 1) * FACTOR)
            if at:
                below = self._levels[at - 1]
                found = min(below.low[part]), max(below.high[part]), sum(below.total[part]), sum(below.known[part])
            else:
                found = _summed(self.values[part])
            level.low.append(found[0])
            level.high.append(found[1])
            level.total.append(found[2])
            level.known.append(found[3])
        return blocks

    def cut(self, rows: int) -> None:
        """Keep so many and forget the rest."""
        del self.values[rows:]
        size = FACTOR
        for level in self._levels:
            level.cut(rows // size)
            size *= FACTOR

    def at(self, row: int) -> float | None:
        """The figure of a row."""
        value = self.values[row]
        return value if isfinite(value) else None

    def spans(self, edges: Sequence[int]) -> Spans:
        """Reduce it to places of a chart.

        Args:
            edges: ascending; place N has the rows from ``edges[N]`` up to before ``edges[N + 1]``.
        """
        rows, places = edges[-1] - edges[0], max(1, len(edges) - 1)
        at, size = -1, 1
        while rows // (size * FACTOR) >= places * FEWEST and at + 1 < len(self._levels):
            at, size = at + 1, size * FACTOR
        found = Spans()
        first, last = -(-edges[0] // size), edges[-1] // size
        if at >= 0:
            last = min(last, len(self._levels[at].low))
        for place in range(places):
            begin, end = edges[place], edges[place + 1]
            if at < 0 or first >= last:
                low, high, total, known = _summed(self.values[begin:end])
            else:
                low, high, total, known = self._of_blocks(begin, end, (first, last), at, size)
            found.low.append(low if known else None)
            found.high.append(high if known else None)
            found.mean.append(total / known if known else None)
        return found

    def _of_blocks(
        self, begin: int, end: int, whole: tuple[int, int], at: int, size: int
    ) -> tuple[float, float, float, int]:
        """What the rows of a place come to: by blocks that begin there, and rows that no whole block has."""
        level = self._levels[at]
        blocks = slice(max(whole[0], -(-begin // size)), min(whole[1], -(-end // size)))
        rest = [*self.values[begin : min(end, whole[0] * size)], *self.values[max(begin, whole[1] * size) : end]]
        low, high, total, known = _summed(rest)
        if blocks.start >= blocks.stop:
            return low, high, total, known
        low, high = min(low, *level.low[blocks]), max(high, *level.high[blocks])
        return low, high, total + sum(level.total[blocks]), known + sum(level.known[blocks])


def _summed(values: Sequence[float]) -> tuple[float, float, float, int]:
    """The least, the greatest, the sum and the count of those that are numbers."""
    total = sum(values)
    if not isfinite(total):
        values = [value for value in values if isfinite(value)]
        total = sum(values)
    return (min(values), max(values), total, len(values)) if values else (inf, -inf, 0.0, 0)


class StepColumns:
    """The steps of one job, ascending. One thread adds to it while another draws: each takes `lock` for a moment."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.step, self.epoch, self.time = array("q"), array("q"), array("d")
        """Epoch 0 is not known. Times never go back, as a clock that is set may."""
        self.loss, self.smoothed, self.learning_rate, self.grad_norm = Figure(), Figure(), Figure(), Figure()
        self.without_number = array("q")
        """Rows of steps that have neither loss: what the trainer told was no number."""

    def __len__(self) -> int:
        return len(self.step)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """In the order of `StepRow`."""
        return self.loss, self.smoothed, self.learning_rate, self.grad_norm

    def append(self, rows: Sequence[StepRow]) -> None:
        """Add steps that come after all that are there."""
        if not rows:
            return
        with self.lock:
            before = len(self)
            steps, epochs, times, *figures = zip(*rows, strict=True)
            self.epoch.extend(accumulate(epochs, _later, initial=self.epoch[-1] if before else 0))
            self.time.extend(accumulate(times, max, initial=self.time[-1] if before else times[0]))
            del self.epoch[before], self.time[before]
            for figure, values in zip(self.figures, figures, strict=True):
                figure.append(values)
            if None in figures[1] or not isfinite(sum(figures[1])):
                self.without_number.extend(
                    before + at for at, row in enumerate(rows) if not (_is_number(row[3]) or _is_number(row[4]))
                )
            self.step.extend(steps)  # last: whoever counts them without the lock finds the rest of each

    def cut(self, rows: int) -> None:
        """Keep so many rows and forget the rest."""
        with self.lock:
            for column in (self.step, self.epoch, self.time):
                del column[rows:]
            for figure in self.figures:
                figure.cut(rows)
            del self.without_number[bisect_left(self.without_number, rows) :]

    # -- where a row is ---------------------------------------------------------------------------------------------

    def steps_an_epoch(self, planned: float | None = None) -> float | None:
        """By the last epoch that is whole; `planned` before there is one. None: nobody knows."""
        if self.epoch:
            end = bisect_left(self.epoch, self.epoch[-1])
            if end and self.epoch[end - 1]:
                return self.step[end - 1] / self.epoch[end - 1]
        return planned

    def position(self, row: int, axis: XAxis, unit: float) -> float:
        """Where a row is on an axis.

        Args:
            row: which.
            axis: which.
            unit: steps of an epoch; over time the moment that counts as 0.
        """
        if axis is XAxis.TIME:
            return self.time[row] - unit
        return self.step[row] / (unit if axis is XAxis.EPOCHS else 1.0)

    def row_at(self, x: float, axis: XAxis, unit: float) -> int:
        """The first row at `x` or behind it; the number of rows where there is none."""
        if axis is XAxis.TIME:
            return bisect_left(self.time, x + unit - SAME)
        return bisect_left(self.step, x * (unit if axis is XAxis.EPOCHS else 1.0) - SAME)

    def row_before(self, x: float, axis: XAxis, unit: float) -> int:
        """The last row at `x` or before it; -1 where there is none."""
        if axis is XAxis.TIME:
            return bisect_right(self.time, x + unit + SAME) - 1
        return bisect_right(self.step, x * (unit if axis is XAxis.EPOCHS else 1.0) + SAME) - 1

    def edges(self, low: float, high: float, places: int, axis: XAxis, unit: float) -> list[int]:
        """Where the rows of each of so many places between `low` and `high` begin, and where the last ones end."""
        wide = (high - low) / places
        return [self.row_at(low + wide * at, axis, unit) for at in range(places)] + [
            self.row_at(high + wide / 2, axis, unit)
        ]

    def row_of_epoch(self, epoch: int) -> int | None:
        """The last row of an epoch that is whole; None where there is none."""
        row = bisect_right(self.epoch, epoch) - 1
        return row if row >= 0 and self.epoch[row] == epoch else None

    def count_without_number(self, begin: int, end: int) -> int:
        """How many of these rows have no number."""
        return bisect_left(self.without_number, end) - bisect_left(self.without_number, begin)

    def is_gap(self, row: int, axis: XAxis) -> bool:
        """Whether something is missing between a row and the next one: they are far apart, compared with others."""
        column, least = (self.time, CLOCK_S) if axis is XAxis.TIME else (self.step, 1.0)
        first, last = max(0, row - NEIGHBOURS), min(len(self) - 1, row + 1 + NEIGHBOURS)
        usual = least
        if first < row:
            usual = max(usual, (column[row] - column[first]) / (row - first))
        if row + 1 < last:
            usual = max(usual, (column[last] - column[row + 1]) / (last - row - 1))
        return bool(column[row + 1] - column[row] > GAP * usual)


def _later(epoch: int, told: int | None) -> int:
    return max(epoch, told or 0)


def _is_number(value: float | None) -> bool:
    return value is not None and isfinite(value)
