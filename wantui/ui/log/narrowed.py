"""The lines of a log that have something in them, as ``&`` of `less` shows them; new ones as they come."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from wantui.ui.log.search import next_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.ui.log.pane import Lines
    from wantui.ui.log.search import AllOf, Sought

AT_ONCE_S = 0.02
"""Seconds that a look at the log may read for; what takes longer is read in a thread."""
UNDER_WAY = 16
"""So many lines at the end are looked at again: the last one of each job of a run may still change."""


class NarrowedLog:
    """Numbers its lines from 0. Use from one thread, apart from `count_lines` and `find`."""

    def __init__(self, lines: Lines, wanted: AllOf) -> None:
        """Make it.

        Args:
            lines: of which it shows some.
            wanted: what these have in them.
        """
        self.lines = lines
        self.wanted = wanted
        self.is_too_slow = False
        """Whether a line took too long to look at; no further one is shown then."""
        self._found: list[int] = []
        """Numbers of the lines that have it, among all."""
        self._seen = 0
        """Lines that need not be looked at again."""
        self._is_read = False
        self._reading = Lock()

    @property
    def size(self) -> int:
        """Bytes of the whole log."""
        return self.lines.size

    @property
    def is_counted(self) -> bool:
        """Whether every line has been looked at."""
        return self._is_read and self.lines.is_counted

    @property
    def line_count(self) -> int:
        """Lines found by now."""
        return len(self._found) if self.lines.is_counted else 0

    def number(self, number: int) -> int:
        """Which of all lines a line is."""
        return self._found[number] if 0 <= number < len(self._found) else -1

    def line(self, number: int) -> str:
        """A line, from 0."""
        return self.lines.line(self._found[number]) if 0 <= number < len(self._found) else ""

    def look(self) -> bool:
        """Whether something has changed since the last look; a little that is new is read at once."""
        changed = self.lines.look()
        if changed and self.lines.is_counted and self._reading.acquire(blocking=False):
            try:
                end = time.monotonic() + AT_ONCE_S
                self._read(lambda: time.monotonic() > end)
            finally:
                self._reading.release()
        return changed

    def start_over(self) -> None:
        """The lines have other numbers now."""
        with self._reading:
            self._found, self._seen, self._is_read = [], 0, False

    def count_lines(self, is_cancelled: Callable[[], bool] = lambda: False) -> bool:
        """Look at every line; may run in a thread."""
        if not self.lines.is_counted and not self.lines.count_lines(is_cancelled):
            return False
        with self._reading:
            return self._read(is_cancelled)

    def _read(self, is_over: Callable[[], bool]) -> bool:
        """Look at what has not been looked at; whether that is all of it."""
        count = self.lines.line_count
        if count < self._seen:  # another file is in its place
            self._found, self._seen = [], 0
        while self._found and self._found[-1] >= self._seen:
            self._found.pop()
        self._is_read = False
        for number in range(self._seen, 0 if self.is_too_slow else count):
            if is_over():
                self._seen = number
                return False
            try:
                has_it = self.wanted.is_in(self.lines.line(number).encode())
            except TimeoutError:
                self.is_too_slow = True
                break
            if has_it:
                self._found.append(number)
        self._seen = max(self._seen, count - UNDER_WAY)
        self._is_read = True
        return True

    def find(
        self, sought: Sought, start: int, step: int, is_cancelled: Callable[[], bool] = lambda: False
    ) -> int | None:
        """The next line, from `start` in the direction of `step`, that has what is sought; past the end to the start.

        Raises:
            TimeoutError: it takes too long to tell whether a line has it.
        """
        return next_line(self.line, self.line_count, sought, start, step, is_cancelled=is_cancelled)

    def close(self) -> None:
        """Let go of the files."""
        self.lines.close()
