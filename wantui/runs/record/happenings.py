"""What counts as an event, from what the recorder has seen: functions of values, nothing is read here.

Each event has a key that names what has happened, so that one that is found again after a restart is kept once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wantui.formatting import gibibytes, plain_plural, rough_duration
from wantui.history.model import Event, EventSeverity
from wantui.jobs.model import JobState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.jobs.model import Job

STALL_S = 120.0
"""Without a step for at least so long a training has stalled; saving takes less."""
STALL_STEPS = 5.0
"""And for as long as so many steps take."""
DISK_HOURS = 2.0
DISK_PACE_S = 600.0
"""What fills a disk is judged over at least so long."""
AGAIN_S = 6 * 3600
"""When a disk that is still nearly full is told of once more."""
MIB_H = 3600.0

_SEVERITIES = {JobState.FAILED: EventSeverity.ERROR, JobState.LOST: EventSeverity.ERROR}


@dataclass(frozen=True, slots=True)
class TrainingSeen:
    """A training as it is followed."""

    attempt: int
    step: int
    """The last one told of."""
    told_at: float | None
    """When; None: the present attempt has told of none."""
    step_s: float | None
    """Seconds of a step, the median; None: not known."""
    no_number_at: int | None
    """The first step whose loss is not a number."""


@dataclass(frozen=True, slots=True)
class DiskSeen:
    """A disk that running jobs write to."""

    folder: str
    free: Sequence[tuple[float, int]]
    """When, and MiB that were free; the oldest first, at least one."""
    to_write_mib: int
    """What running experts are still to save."""


def of_job(job: Job, since: float) -> Iterator[Event]:
    """Starts, ends and further attempts of a job since a moment, as its record tells of them."""
    facts: dict[str, Any]
    for past in job.past:
        if past.started is not None and past.started >= since:
            yield _started(job.id, past.started, past.number, {})
        if past.cause is not None and past.ended is not None and past.ended >= since:
            said = f"{job.id} is tried again by itself: {past.reason or past.cause}"
            facts = {
                "attempt": past.number, "cause": past.cause, "reason": past.reason, "exit_code": past.exit_code,
            }  # fmt: skip
            yield _keyed(Event(past.ended, EventSeverity.WARNING, "tried-again", job.id, said, facts), past.number)
    if job.started is not None and job.started >= since:
        yield _started(job.id, job.started, job.attempt, {"gpu": job.gpu, "pid": job.pid})
    if job.state.has_ended:
        ended = job.queued if job.ended is None else job.ended
        if ended >= since:
            why = f": {job.reason}" if job.reason else ""
            facts = {"attempt": job.attempt, "state": str(job.state), "exit_code": job.exit_code}
            severity = _SEVERITIES.get(job.state, EventSeverity.INFO)
            said = f"{job.id} {job.state}{why}"
            yield _keyed(Event(ended, severity, "job-ended", job.id, said, facts), job.attempt)


def _started(job: str, started: float, attempt: int, facts: dict[str, Any]) -> Event:
    where = "" if facts.get("gpu") is None else f" on GPU {facts['gpu']}"
    said = f"{job} has started{where}" + ("" if attempt == 1 else f", attempt {attempt}")
    return _keyed(
        Event(started, EventSeverity.INFO, "job-started", job, said, {"attempt": attempt, **facts}), attempt
    )


def of_loss(job: str, seen: TrainingSeen, now: float) -> Event | None:
    """That the loss is not a number any more, once for each attempt."""
    if seen.no_number_at is None:
        return None
    said = f"the loss of {job} is not a number since step {seen.no_number_at}: the training has diverged"
    facts = {"attempt": seen.attempt, "step": seen.no_number_at}
    return _keyed(Event(now, EventSeverity.ERROR, "loss-nan", job, said, facts), seen.attempt)


def stall_limit(step_s: float | None) -> float:
    """Seconds without a step after which a training has stalled."""
    return max(STALL_S, STALL_STEPS * (step_s or 0.0))


def of_stall(job: str, seen: TrainingSeen, awake_since: float, now: float) -> Event | None:
    """That a training that has begun to tell of steps has told of none for too long.

    Args:
        job: its id; it is running.
        seen: how it stands.
        awake_since: since when somebody has looked without a break; a machine that slept has stalled nothing.
        now: seconds since 1970.
    """
    if seen.told_at is None:
        return None
    quiet_s, limit = now - max(seen.told_at, awake_since), stall_limit(seen.step_s)
    if quiet_s <= limit:
        return None
    said = f"{job} has made no step for {rough_duration(quiet_s)}; the last was step {seen.step}"
    facts = {
        "attempt": seen.attempt, "step": seen.step, "told_at": seen.told_at, "step_s": seen.step_s,
        "quiet_s": round(quiet_s), "limit_s": limit,
    }  # fmt: skip
    return _keyed(Event(now, EventSeverity.WARNING, "stall", job, said, facts), seen.attempt, seen.step)


def of_going_on(job: str, stalled_step: int, seen: TrainingSeen, now: float) -> Event | None:
    """That a training that had stalled makes steps again."""
    if seen.step <= stalled_step:
        return None
    facts = {"attempt": seen.attempt, "step": seen.step, "stalled_at": stalled_step}
    said = f"{job} goes on: step {seen.step}"
    return _keyed(Event(now, EventSeverity.INFO, "stall-over", job, said, facts), seen.attempt, stalled_step)


def of_disk(seen: DiskSeen, now: float) -> Event | None:
    """That a disk will be full before the jobs are done, by what they still save or by how fast it fills."""
    (begin, free_then), (end, free) = seen.free[0], seen.free[-1]
    facts: dict[str, Any] = {"folder": seen.folder, "free_mib": free, "to_write_mib": seen.to_write_mib}
    window = int(now // AGAIN_S)
    has = f"{seen.folder} has {gibibytes(free)} free"
    if free < seen.to_write_mib:
        said = f"{has}, and running experts still save {gibibytes(seen.to_write_mib)}"
        return _keyed(Event(now, EventSeverity.ERROR, "disk", None, said, facts), seen.folder, "need", window)
    if end - begin < DISK_PACE_S or free_then <= free:
        return None
    hours = free / ((free_then - free) / (end - begin) * MIB_H)
    if hours >= DISK_HOURS:
        return None
    facts |= {"hours_left": round(hours, 2), "over_s": round(end - begin)}
    said = f"{has}, and is full in {rough_duration(hours * 3600)} if it fills as it does now"
    return _keyed(Event(now, EventSeverity.WARNING, "disk", None, said, facts), seen.folder, "pace", window)


def of_memory_kills(
    before: float | None, count: int | None, jobs: Sequence[str], used_mib: int | None, now: float
) -> Event | None:
    """That the kernel has killed processes for lack of memory since the last look.

    Args:
        before: how many it had killed then; None: nobody had looked.
        count: how many now; less than before where the machine has started anew.
        jobs: ids of those that run.
        used_mib: memory in use.
        now: seconds since 1970.
    """
    if before is None or count is None or count <= before or not math.isfinite(before):
        return None
    kills = count - int(before)
    said = f"the kernel has killed {plain_plural(kills, 'process', 'processes')} for lack of the machine's memory"
    facts = {"kills": kills, "count": count, "jobs": list(jobs), "memory_used_mib": used_mib}
    return _keyed(Event(now, EventSeverity.ERROR, "memory-kill", None, said, facts), count, int(now // AGAIN_S))


def _keyed(event: Event, *what: object) -> Event:
    """An event whose key is made of its kind, its job and `what`."""
    return replace(event, key=":".join(map(str, (event.kind, event.job, *what))))
