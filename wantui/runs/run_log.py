"""The logs of all jobs of a run as one, line by line, in the order of their times as far as these are known.

A line without a time stays behind the line before it in its own log. However large the logs are, of each no more than
one chunk is in memory.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import merge
from itertools import count
from typing import TYPE_CHECKING

from wantui.jobs.folding import Folder
from wantui.jobs.logs import CHUNK
from wantui.reading import open_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wantui.jobs.model import Job
    from wantui.runs.attempt_logs import AttemptLog
    from wantui.runs.log_reading import Look
    from wantui.runs.log_times import LineTimes

    Numbered = tuple[int | None, str]
    """The attempt that has written a line, None where it is wantui's own; and the line."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A line of one of the jobs."""

    job: str
    """Its id."""
    text: str


class JobLines:
    """The lines of one job over all its attempts, read as they come."""

    def __init__(self, look: Look) -> None:
        """Make it; `look` answers with the job as it is now, and the logs of its attempts."""
        self._look = look
        self._log: AttemptLog | None = None
        self._offset = 0
        self._folds = Folder()
        self._absolute: Callable[[str], str] | None = None

    def read(self) -> list[Numbered]:
        """The next lines; none: at the moment there is nothing new."""
        while True:
            while self._log is not None and (chunk := self._chunk(self._log)):
                if lines := self._folds.feed(chunk):
                    return [(self._log.number, self._shown(line)) for line in lines]
            before = 0 if self._log is None else self._log.number
            following = next((log for log in self._look()[1] if log.number > before), None)
            if following is None:
                return []
            found = self.rest()
            self._log, self._offset, self._folds = following, 0, Folder()
            self._absolute = following.absolute_lines()
            if following.mark:
                found.append((None, following.mark_line()))
            if found:
                return found

    def _chunk(self, log: AttemptLog) -> bytes:
        """What comes next."""
        try:
            with open_file(log.path) as file:
                file.seek(self._offset)
                chunk = file.read(CHUNK)
        except FileNotFoundError:
            return b""
        self._offset += len(chunk)
        return chunk

    def _shown(self, line: str) -> str:
        return line if self._absolute is None else self._absolute(line)

    def rest(self) -> list[Numbered]:
        """The line under way, of which no more will come."""
        rest, self._folds = self._folds.rest(), Folder()
        return [(None if self._log is None else self._log.number, self._shown(rest))] if rest else []

    @property
    def job(self) -> Job:
        """As it is now."""
        return self._look()[0]


def joined(looks: list[Look], times: list[LineTimes], pause: Callable[[], None] | None = None) -> Iterator[RunLine]:
    """The lines of several jobs.

    Args:
        looks: as in `JobLines`, one for each job.
        times: what is known of the times of its lines, one for each job.
        pause: called when there is nothing new: it goes on until all jobs have ended; None: what is there now.
    """
    readers = [JobLines(look) for look in looks]
    ids = [reader.job.id for reader in readers]
    for _, at, _, text in merge(*(_timed(at, readers[at], times[at]) for at in range(len(readers)))):
        yield RunLine(ids[at], text)
    while pause is not None:
        have_ended = all(reader.job.state.has_ended for reader in readers)
        found = [(ids[at], text) for at, reader in enumerate(readers) for _, text in reader.read()]
        yield from (RunLine(*each) for each in found)
        if not found and have_ended:
            break
        if not found:
            pause()
    for job_id, reader in zip(ids, readers, strict=True):
        yield from (RunLine(job_id, text) for _, text in reader.rest())


def _timed(at: int, reader: JobLines, times: LineTimes) -> Iterator[tuple[float, int, int, str]]:
    """Time, job, number and text of each line that there is now."""
    job = reader.job
    now = job.past[0].started if job.past and job.past[0].started is not None else job.started or job.queued
    waiting: deque[Numbered] = deque()
    for number in count():
        if not waiting:
            waiting += reader.read()
        if not waiting:
            return
        attempt, text = waiting.popleft()
        if attempt is not None:
            now = max(now, times.of(text, attempt) or now)
        yield now, at, number, text
