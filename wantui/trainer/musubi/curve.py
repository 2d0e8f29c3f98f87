"""The loss curve in what the training script prints: its steps, thinned for a chart."""

from __future__ import annotations

import math

from wantui.trainer.musubi.steps import MusubiSteps

MOST_POINTS = 4000
"""When there are more, every other one goes: a chart has a few hundred columns."""


class MusubiCurve:
    """Step and average loss of one attempt's log."""

    def __init__(self) -> None:
        self._steps = MusubiSteps()
        self._points: dict[int, float] = {}
        self._every = 1

    def feed(self, data: bytes) -> None:
        """Take the next bytes; they may end anywhere."""
        for told in self._steps.feed(data):
            if told.step % self._every == 0 and told.smoothed is not None and math.isfinite(told.smoothed):
                self._points[told.step] = told.smoothed
        while len(self._points) > MOST_POINTS:
            self._every *= 2
            self._points = {step: loss for step, loss in self._points.items() if step % self._every == 0}

    def points(self) -> tuple[tuple[int, float], ...]:
        """Every point known by now, ascending by step."""
        return tuple(sorted(self._points.items()))
