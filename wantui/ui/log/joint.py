"""The logs of all jobs of a run as one, each line with its job.

Of each job the last `TAIL_LINES` lines that were there at first are put in order by time, as far as the history
knows times: a line without one stays behind the line before it in its own log. What comes later is in the order in
which it comes. A line under way, such as a progress bar, stands at the end until it is whole.
"""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from wantui.ui.log.search import next_line
from wantui.ui.log.whole import WholeLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wantui.jobs.model import Job
    from wantui.services.annotations import JobView, LineTimes
    from wantui.ui.log.search import Sought

TAIL_LINES = 5_000
"""Of each job: more is read in the job's own log."""

Origin = tuple[int, int]
"""Which job, and the number of the line in its log."""


class JointLog:
    """The jobs of one run. Use from one thread, apart from `count_lines` and `find`."""

    def __init__(self, views: tuple[JobView, ...], times: Mapping[str, LineTimes]) -> None:
        """Make it; `times` are by job, of those that are known."""
        self._times = times
        self._jobs: list[Job] = [view.job for view in views]
        self._logs = [WholeLog.of(view) for view in views]
        self._taken = [0] * len(views)
        """By job: lines of its log that are in `_whole`, or were too many."""
        self._whole: list[Origin] = []
        self._under_way: list[Origin] = []
        self._is_in_order = self._has_taken = False
        self.limit = 0
        """How many lines there are of a job that has more; 0: all are there."""

    def update(self, views: tuple[JobView, ...]) -> bool:
        """Take what is known of the jobs' attempts now; whether that is anything new."""
        if [view.job.id for view in views] != [job.id for job in self._jobs]:
            return False
        self._jobs = [view.job for view in views]
        return [log.update(view) for log, view in zip(self._logs, views, strict=True)].count(True) > 0

    @property
    def size(self) -> int:
        """Bytes, as of the last `look`."""
        return sum(log.size for log in self._logs)

    @property
    def is_counted(self) -> bool:
        """Whether every line of every log has its number; before, there are none here."""
        return all(log.is_counted for log in self._logs)

    @property
    def line_count(self) -> int:
        """Lines known."""
        return len(self._whole) + len(self._under_way)

    def close(self) -> None:
        """Let go of the files."""
        for log in self._logs:
            log.close()

    def look(self) -> bool:
        """Whether something has changed since the last look."""
        changed = [log.look() for log in self._logs].count(True) > 0
        if self.is_counted and (changed or not self._has_taken):
            self._take()
            return True
        return changed

    def count_lines(self, is_cancelled: Callable[[], bool] = lambda: False) -> bool:
        """Number every line; may run in a thread. The next look takes them in."""
        return all(log.count_lines(is_cancelled) for log in self._logs if log.size and not log.is_counted)

    def put_in_order(self, times: Mapping[str, LineTimes]) -> bool:
        """Put the lines in order by times that have become known; whether they were in none before.

        Lines that stand somewhere once stay there: a person reads them.
        """
        if self._is_in_order or not self.is_counted:
            return False
        self._times, self._is_in_order = times, True
        self._whole, self._taken, self.limit = [], [0] * len(self._logs), 0
        self._take()
        return True

    def _take(self) -> None:
        """Take in what is new."""
        self._has_taken = True
        ends = [log.line_count - log.ends_in_a_line_under_way for log in self._logs]
        if any(end < taken for end, taken in zip(ends, self._taken, strict=True)):
            self._whole, self._taken = [], [0] * len(self._logs)  # a file was replaced
        if not self._whole:
            self._taken = [max(0, end - TAIL_LINES) for end in ends]
            self.limit = TAIL_LINES if any(self._taken) else 0
            self._whole = [origin for _, origin in merge(*(self._timed(at, end) for at, end in enumerate(ends)))]
        else:
            self._whole += [(at, number) for at, end in enumerate(ends) for number in range(self._taken[at], end)]
        self._taken = ends
        self._under_way = [(at, end) for at, end in enumerate(ends) if self._logs[at].line_count > end]

    def _timed(self, at: int, end: int) -> Iterator[tuple[float, Origin]]:
        """The lines of a job, each with its time or that of the line before it."""
        log, job = self._logs[at], self._jobs[at]
        times = self._times.get(job.id)
        now = job.started or job.queued
        for number in range(self._taken[at], end):
            attempt = log.attempt_of(number)
            if times is not None and attempt is not None:
                now = max(now, times.of(log.line(number), attempt) or now)
            yield now, (at, number)

    def _origin(self, number: int) -> Origin | None:
        whole = len(self._whole)
        if 0 <= number < whole:
            return self._whole[number]
        return self._under_way[number - whole] if 0 <= number - whole < len(self._under_way) else None

    def origin(self, number: int) -> tuple[str, int | None]:
        """The job that a line is of, and the attempt; of wantui's own lines, and where there is none, no attempt."""
        origin = self._origin(number)
        return (
            ("", None) if origin is None else (self._jobs[origin[0]].id, self._logs[origin[0]].attempt_of(origin[1]))
        )

    def line(self, number: int) -> str:
        """A line, from 0, with absolute numbers."""
        origin = self._origin(number)
        return "" if origin is None else self._logs[origin[0]].line(origin[1])

    def find(
        self, sought: Sought, start: int, step: int, is_cancelled: Callable[[], bool] = lambda: False
    ) -> int | None:
        """The next line, from `start` in the direction of `step`, that has what is sought; past the end to the start.

        Raises:
            TimeoutError: it takes too long to tell whether a line has it.
        """
        return next_line(self.line, self.line_count, sought, start, step, is_cancelled=is_cancelled)
