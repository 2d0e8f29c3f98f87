"""What counts as an event of a job, from what the recorder has seen: functions of values, nothing is read here.

Each event has a key that names what has happened, so that one that is found again after a restart is kept once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from wantui.formatting import rough_duration
from wantui.history.model import Event, EventSeverity
from wantui.history.schema import path_text
from wantui.history.thinning import CHECKPOINT
from wantui.jobs.model import JobState
from wantui.trainer.model import GPU_MEMORY, GPU_MEMORY_CAUSE, MACHINE_MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wantui.jobs.model import Job, PastAttempt

STALL_S = 120.0
"""Without a step for at least so long a training has stalled; saving takes less."""
STALL_STEPS = 5.0
"""And for as long as so many steps take."""
STALL_VARIABLE = "WANTUI_STALL_S"
"""Sets another least time in place of `STALL_S`, in the environment of the supervisor: for tests."""
EXPLODED_TIMES = 4.0
"""A loss so many times what it was has exploded. This and the next two figures are
a choice of ours, not measured on trainings that diverged: far above the spread of a mean over an epoch, and soon
passed by a loss that grows without end."""
EXPLODED_STEPS = 20
"""The median of the latest steps, as many, is compared: one bad batch does not count."""
EXPLODED_BEFORE = 100
"""With the median of those before, at least as many: the first steps, which are noisy, decide nothing."""
LOSSES = 1000
"""So many steps are looked at."""

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


def of_job(job: Job, since: float) -> Iterator[Event]:
    """Starts, ends and further attempts of a job since a moment, as its record tells of them."""
    facts: dict[str, Any]
    for past in job.past:
        if past.started is not None and past.started >= since:
            yield _started(job.id, past.started, past.number, {})
        if past.cause is not None and past.ended is not None and past.ended >= since:
            yield _tried_again(job.id, past, past.cause, past.ended)
    if job.started is not None and job.started >= since:
        yield _started(job.id, job.started, job.attempt, {"gpu": job.gpu, "pid": job.pid})
    if job.state.has_ended:
        ended = job.queued if job.ended is None else job.ended
        if ended >= since:
            why = f": {job.reason}" if job.reason else ""
            facts = {"attempt": job.attempt, "state": str(job.state), "exit_code": job.exit_code}
            severity = _SEVERITIES.get(job.state, EventSeverity.INFO)
            said = f"{job.id} {job.state}{why}"
            if severity is EventSeverity.ERROR and (memory := _memory_that_ran_out(job.reason)) is not None:
                lacked = {**facts, "memory": memory, "is_tried_again": False}
                short = f"{job.id} has ended for lack of memory: {job.reason}"
                yield keyed(Event(ended, severity, "out-of-memory", job.id, short, lacked), job.attempt)
            yield keyed(Event(ended, severity, "job-ended", job.id, said, facts), job.attempt)


def _tried_again(job: str, past: PastAttempt, cause: str, ended: float) -> Event:
    facts: dict[str, Any] = {
        "attempt": past.number, "cause": cause, "reason": past.reason, "exit_code": past.exit_code,
    }  # fmt: skip
    memory = "gpu" if cause == GPU_MEMORY_CAUSE else _memory_that_ran_out(past.reason)
    said = f"{job} is retried automatically: {past.reason or cause}"
    if memory is None:
        return keyed(Event(ended, EventSeverity.WARNING, "tried-again", job, said, facts), past.number)
    facts |= {"memory": memory, "is_tried_again": True}
    return keyed(Event(ended, EventSeverity.WARNING, "out-of-memory", job, said, facts), past.number)


def _memory_that_ran_out(reason: str | None) -> str | None:
    """``gpu`` or ``machine`` where a reason says that memory did not suffice."""
    if reason is None:
        return None
    return "gpu" if GPU_MEMORY in reason else "machine" if MACHINE_MEMORY in reason else None


def _started(job: str, started: float, attempt: int, facts: dict[str, Any]) -> Event:
    where = "" if facts.get("gpu") is None else f" on GPU {facts['gpu']}"
    said = f"{job} has started{where}" + ("" if attempt == 1 else f", attempt {attempt}")
    return keyed(Event(started, EventSeverity.INFO, "job-started", job, said, {"attempt": attempt, **facts}), attempt)


def of_loss(job: str, seen: TrainingSeen, now: float) -> Event | None:
    """That the loss is not a number any more, once for each attempt."""
    if seen.no_number_at is None:
        return None
    said = f"the loss of {job} is not a number since step {seen.no_number_at}: the training has diverged"
    facts = {"attempt": seen.attempt, "step": seen.no_number_at}
    return keyed(Event(now, EventSeverity.ERROR, "loss-nan", job, said, facts), seen.attempt)


def of_exploding(job: str, attempt: int, losses: Sequence[float], now: float) -> Event | None:
    """That the loss has grown to several times what it was, once for each attempt.

    Args:
        job: its id.
        attempt: the present one.
        losses: the trainer's mean of the loss at its latest steps, up to `LOSSES` of them.
        now: seconds since 1970.
    """
    if len(losses) < EXPLODED_BEFORE + EXPLODED_STEPS:
        return None
    before, latest = median(losses[:-EXPLODED_STEPS]), median(losses[-EXPLODED_STEPS:])
    if before <= 0 or latest < EXPLODED_TIMES * before:
        return None
    said = f"the loss of {job} has exploded: {latest:.3g}, where it was {before:.3g}"
    facts = {
        "attempt": attempt, "loss": latest, "loss_before": before, "times": round(latest / before, 1),
        "over_steps": EXPLODED_STEPS, "before_steps": len(losses) - EXPLODED_STEPS,
    }  # fmt: skip
    return keyed(Event(now, EventSeverity.WARNING, "loss-exploding", job, said, facts), attempt)


def least_stall_s(environment: Mapping[str, str]) -> float:
    """`STALL_S`, or what the environment says instead; what is no number says nothing."""
    try:
        return max(0.0, float(environment.get(STALL_VARIABLE, STALL_S)))
    except ValueError:
        return STALL_S


def stall_limit(step_s: float | None, least_s: float = STALL_S) -> float:
    """Seconds without a step after which a training has stalled."""
    return max(least_s, STALL_STEPS * (step_s or 0.0))


def of_stall(
    job: str, seen: TrainingSeen, awake_since: float, now: float, *, least_s: float = STALL_S, use: int | None = None
) -> Event | None:
    """That a training that has begun to tell of steps has told of none for too long.

    Args:
        job: its id; it is running.
        seen: how it stands.
        awake_since: since when somebody has looked without a break; a machine that slept has stalled nothing.
        now: seconds since 1970.
        least_s: see `stall_limit`.
        use: how busy the job's GPU has been lately at most, in percent; None: that is not known.
    """
    if seen.told_at is None:
        return None
    quiet_s, limit = now - max(seen.told_at, awake_since), stall_limit(seen.step_s, least_s)
    if quiet_s <= limit:
        return None
    said = f"{job} has made no step for {rough_duration(quiet_s)}; the last was step {seen.step}"
    facts = {
        "attempt": seen.attempt, "step": seen.step, "told_at": seen.told_at, "step_s": seen.step_s,
        "quiet_s": round(quiet_s), "limit_s": limit, "gpu_utilization_pct": use,
    }  # fmt: skip
    return keyed(Event(now, EventSeverity.WARNING, "stall", job, said, facts), seen.attempt, seen.step)


def of_going_on(job: str, stalled_step: int, seen: TrainingSeen, now: float) -> Event | None:
    """That a training that had stalled makes steps again."""
    if seen.step <= stalled_step:
        return None
    facts = {"attempt": seen.attempt, "step": seen.step, "stalled_at": stalled_step}
    said = f"{job} goes on: step {seen.step}"
    return keyed(Event(now, EventSeverity.INFO, "stall-over", job, said, facts), seen.attempt, stalled_step)


def of_checkpoint(job: str, attempt: int, path: Path, epoch: int | None, saved: float) -> Event:
    """That a LoRA file is whole, and under its name.

    Args:
        job: whose.
        attempt: the one that has saved it.
        path: of the file.
        epoch: the epochs done; None: it was saved in the middle of one.
        saved: when, in seconds since 1970.
    """
    said = f"{job} has saved {path.name}" + ("" if epoch is None else f" after epoch {epoch}")
    facts = {"attempt": attempt, "file": path_text(path), "epoch": epoch}
    return keyed(Event(saved, EventSeverity.INFO, CHECKPOINT, job, said, facts), attempt, path_text(path))


def keyed(event: Event, *what: object) -> Event:
    """An event whose key is made of its kind, its job and `what`."""
    return replace(event, key=":".join(map(str, (event.kind, event.job, *what))))
