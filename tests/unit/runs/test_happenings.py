"""What counts as an event, and that it is told once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wantui.history.model import Event, EventSeverity
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, PastAttempt
from wantui.runs.record import happenings
from wantui.runs.record.happenings import DiskSeen, TrainingSeen

NOW = 1_800_000_000.0
JOB = Job("7.high", 7, JobSpec(JobKind.HIGH, ("train",), Path("/")), JobState.RUNNING, NOW, started=NOW + 1, gpu=1)
SEEN = TrainingSeen(attempt=2, step=812, told_at=NOW, step_s=2.0, no_number_at=None)


def told(event: Event | None) -> Event:
    assert event is not None
    assert event.key
    return event


def test_a_job_that_starts() -> None:
    (event,) = happenings.of_job(JOB, 0)
    assert (event.time, event.severity, event.kind) == (NOW + 1, EventSeverity.INFO, "job-started")
    assert event.message == "7.high has started on GPU 1"
    assert list(happenings.of_job(JOB, NOW + 2)) == []


@pytest.mark.parametrize(
    ("state", "severity"),
    [
        (JobState.SUCCEEDED, EventSeverity.INFO),
        (JobState.SKIPPED, EventSeverity.INFO),
        (JobState.STOPPED, EventSeverity.INFO),
        (JobState.CANCELLED, EventSeverity.INFO),
        (JobState.FAILED, EventSeverity.ERROR),
        (JobState.LOST, EventSeverity.ERROR),
    ],
)
def test_a_job_that_ends(state: JobState, severity: EventSeverity) -> None:
    job = replace(JOB, state=state, ended=NOW + 9, exit_code=1, reason="it was so")
    _, event = happenings.of_job(job, 0)
    assert (event.time, event.severity, event.kind) == (NOW + 9, severity, "job-ended")
    assert event.message == f"7.high {state}: it was so"
    assert event.evidence == {"attempt": 1, "state": str(state), "exit_code": 1}


def test_each_attempt_is_told_once() -> None:
    past = (
        PastAttempt(1, NOW, NOW + 5, 1, "a person began anew"),
        PastAttempt(2, NOW + 6, NOW + 8, -9, "killed", cause="crash: killed"),
    )
    events = list(happenings.of_job(replace(JOB, attempt=3, past=past, started=NOW + 10), 0))
    assert [event.kind for event in events] == ["job-started", "job-started", "tried-again", "job-started"]
    assert events[2].evidence["cause"] == "crash: killed"
    assert events[2].severity is EventSeverity.WARNING
    keys = {event.key for event in events} | {event.key for event in happenings.of_job(JOB, 0)}
    assert len(keys) == 4  # the first attempt is told of by both


def test_a_loss_that_is_not_a_number() -> None:
    assert happenings.of_loss("7.high", SEEN, NOW) is None
    event = told(happenings.of_loss("7.high", replace(SEEN, no_number_at=800), NOW))
    assert event.severity is EventSeverity.ERROR
    assert event.evidence == {"attempt": 2, "step": 800}


@pytest.mark.parametrize(("step_s", "limit"), [(None, 120), (2, 120), (24, 120), (60, 300)])
def test_a_training_that_stalls(step_s: float | None, limit: float) -> None:
    seen = replace(SEEN, step_s=step_s)
    assert happenings.stall_limit(step_s) == limit
    assert happenings.of_stall("7.high", seen, 0, NOW + limit) is None
    event = told(happenings.of_stall("7.high", seen, 0, NOW + limit + 1))
    assert (event.evidence["step"], event.evidence["limit_s"]) == (812, limit)
    later = told(happenings.of_stall("7.high", seen, 0, NOW + limit + 900))
    assert later.key == event.key
    assert told(happenings.of_stall("7.high", replace(seen, step=813), 0, NOW + 999)).key != event.key


def test_what_is_no_stall() -> None:
    assert happenings.of_stall("7.high", replace(SEEN, told_at=None), 0, NOW + 9999) is None  # it loads the model
    assert happenings.of_stall("7.high", SEEN, NOW + 9000, NOW + 9050) is None  # the machine was asleep


def test_a_training_that_goes_on() -> None:
    assert happenings.of_going_on("7.high", 812, SEEN, NOW) is None
    assert told(happenings.of_going_on("7.high", 812, replace(SEEN, step=813), NOW)).severity is EventSeverity.INFO


def disk(*free: tuple[float, int], to_write_mib: int = 0) -> DiskSeen:
    return DiskSeen("/out", tuple((NOW + second, mib) for second, mib in free), to_write_mib)


def test_a_disk_that_has_no_room_for_what_is_still_saved() -> None:
    assert happenings.of_disk(disk((0, 5000), to_write_mib=5000), NOW) is None
    event = told(happenings.of_disk(disk((0, 4999), to_write_mib=5000), NOW))
    assert event.severity is EventSeverity.ERROR
    assert "5 GiB free" in event.message


def test_a_disk_that_fills() -> None:
    assert happenings.of_disk(disk((0, 9000), (599, 3000)), NOW) is None  # too soon to say
    assert happenings.of_disk(disk((0, 9000), (600, 9000)), NOW) is None
    assert happenings.of_disk(disk((0, 13000), (600, 12000)), NOW) is None  # two hours
    event = told(happenings.of_disk(disk((0, 12000), (600, 11000)), NOW))
    assert event.severity is EventSeverity.WARNING
    assert event.evidence["hours_left"] == 1.83
    assert told(happenings.of_disk(disk((0, 12000), (660, 10900)), NOW + 60)).key == event.key


@pytest.mark.parametrize(("before", "count"), [(None, 3), (3.0, 3), (3.0, None), (3.0, 0)])
def test_no_process_was_killed_for_lack_of_memory(before: float | None, count: int | None) -> None:
    assert happenings.of_memory_kills(before, count, [], None, NOW) is None


def test_a_process_was_killed_for_lack_of_memory() -> None:
    event = told(happenings.of_memory_kills(3.0, 5, ["7.high"], 4000, NOW))
    expected: dict[str, Any] = {"kills": 2, "count": 5, "jobs": ["7.high"], "memory_used_mib": 4000}
    assert event.evidence == expected
    assert "2 processes" in event.message
