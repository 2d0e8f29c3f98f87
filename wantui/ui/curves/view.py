"""Which part of the curves is seen, and where the cursor stands: numbers alone, nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass

ZOOM = 2.0
NARROWEST = 4.0
"""Steps, or seconds, that are seen at least."""


@dataclass(slots=True)
class CurveView:
    """A window on an axis that goes from 0 to `end`; where nothing was zoomed it shows all there is."""

    end: float = 0.0
    """Of what there is, or will be as far as it is planned."""
    newest: float = 0.0
    """Where the latest step is."""
    low: float | None = None
    """Where the window begins; None: it shows everything."""
    high: float | None = None
    cursor: float | None = None
    """None: there is none."""
    narrowest: float = NARROWEST
    """How much is seen at least."""

    @property
    def is_whole(self) -> bool:
        """Whether everything is seen."""
        return self.low is None or self.high is None

    @property
    def window(self) -> tuple[float, float]:
        """From where to where it is seen."""
        if self.low is None or self.high is None:
            return 0.0, max(self.end, self.narrowest)
        return self.low, self.high

    @property
    def follows(self) -> bool:
        """Whether what comes will be seen."""
        return self.is_whole or self.newest <= self.window[1]

    def extend(self, end: float, newest: float) -> None:
        """There is more: a window that the latest step was in moves on with it."""
        by = max(0.0, newest - self.window[1])
        if not self.is_whole and self.window[0] <= self.newest <= self.window[1] and by:
            self.show(self.window[0] + by, self.window[1] + by, end)
        self.end, self.newest = end, newest

    def zoom(self, times: float) -> None:
        """Show less, or more where `times` is less than 1; the cursor, or the middle, stays where it is."""
        low, high = self.window
        seen = self.cursor is not None and low <= self.cursor <= high
        middle = self.cursor if seen and self.cursor is not None else (low + high) / 2
        wide = max(self.narrowest, (high - low) / times)
        part = (middle - low) / (high - low)
        self.show(middle - part * wide, middle + (1 - part) * wide, self.end)

    def pan(self, part: float) -> None:
        """Move the window by a part of its width."""
        low, high = self.window
        if not self.is_whole:
            self.show(low + part * (high - low), high + part * (high - low), self.end)

    def show_all(self) -> None:
        """Show everything, now and as it comes."""
        self.low = self.high = None

    def show_cursor(self) -> None:
        """Move the window where the cursor is not in it."""
        low, high = self.window
        if self.cursor is None or low <= self.cursor <= high:
            return
        wide = high - low
        low = self.cursor - wide * (0.1 if self.cursor < low else 0.9)
        self.show(low, low + wide, self.end)

    def show(self, low: float, high: float, end: float | None = None) -> None:
        """Show this part, or what is closest to it; `end` as the attribute, which it is where nothing is given."""
        wide, end = max(high - low, self.narrowest), max(self.end if end is None else end, self.narrowest)
        if wide >= end:
            self.show_all()
            return
        low = min(max(0.0, low), end - wide)
        self.low, self.high = low, low + wide
