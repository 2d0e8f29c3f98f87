"""The logs of a job from its first attempt to its last, for reading: lines as a person reads them, or bytes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wantui.jobs import logs
from wantui.jobs.folding import Folder
from wantui.jobs.model import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wantui.jobs.model import Job
    from wantui.runs.attempt_logs import AttemptLog

    Look = Callable[[], tuple[Job, tuple[AttemptLog, ...]]]
    Attempts = Iterator[tuple[AttemptLog, Iterator[bytes]]]


def written(look: Look, *, first: int = 1, last: int | None = None) -> Attempts:
    """Attempts at a job, each with the bytes of its log.

    Args:
        look: answers with the job as it is now, and the logs of its attempts.
        first: number of the first attempt that is wanted.
        last: number of the last one; None: of the present one.
    """
    for log in look()[1]:
        if first <= log.number and (last is None or log.number <= last):
            yield log, logs.read(log.path)


def followed(look: Look, pause: Callable[[], None], *, first: int = 1, last: int | None = None) -> Attempts:
    """As `written`, with bytes and attempts that are still to come, until the job has ended.

    Args:
        look: as there.
        pause: called when there is nothing new.
        first: as there.
        last: number of the last attempt that is wanted; None: every one is.
    """
    coming = first

    def goes_on(number: int) -> bool:
        job, _ = look()
        return job.attempt == number and not job.state.has_ended

    while last is None or coming <= last:
        job, found = look()
        log = next((each for each in found if coming <= each.number and (last is None or each.number <= last)), None)
        if log is not None and (log.number < job.attempt or job.state not in (JobState.QUEUED, JobState.STARTING)):
            coming = log.number + 1
            yield log, logs.follow(log.path, partial(goes_on, log.number), pause)
        elif job.state.has_ended:
            return
        else:
            pause()


def lines(attempts: Iterable[tuple[AttemptLog, Iterator[bytes]]], *, marks: bool = True) -> Iterator[list[str]]:
    """Lines with absolute numbers, some at a time; one before each further attempt, unless `marks` are not wanted."""
    for log, chunks in attempts:
        folds, absolute = Folder(), log.absolute_lines()
        mark = [log.mark_line()] if marks and log.mark else []
        for chunk in chunks:
            found = folds.feed(chunk)
            yield mark + (found if absolute is None else [absolute(line) for line in found])
            mark = []
        if rest := folds.rest():
            yield [rest if absolute is None else absolute(rest)]
