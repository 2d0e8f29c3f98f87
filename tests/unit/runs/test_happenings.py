"""What counts as an event, and that it is told once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wantui.history.model import _ACTIONS, _ENDED, Action, Event, EventSeverity
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, PastAttempt
from wantui.runs.record import happenings
from wantui.runs.record.happenings import EXPLODED_BEFORE, TrainingSeen

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
        PastAttempt(1, NOW, NOW + 5, 1, "a person started over"),
        PastAttempt(2, NOW + 6, NOW + 8, -9, "killed", cause="crash: killed"),
    )
    events = list(happenings.of_job(replace(JOB, attempt=3, past=past, started=NOW + 10), 0))
    assert [event.kind for event in events] == ["job-started", "job-started", "tried-again", "job-started"]
    assert events[2].evidence["cause"] == "crash: killed"
    assert events[2].severity is EventSeverity.WARNING
    keys = {event.key for event in events} | {event.key for event in happenings.of_job(JOB, 0)}
    assert len(keys) == 4  # the first attempt is told of by both


def test_an_attempt_that_lacked_gpu_memory_is_tried_again_with_less() -> None:
    past = PastAttempt(1, NOW, NOW + 5, 1, "out of GPU memory with swap10; again with swap20", "GPU memory")
    _, event, _ = happenings.of_job(replace(JOB, attempt=2, past=(past,), started=NOW + 6), 0)
    assert (event.kind, event.severity) == ("out-of-memory", EventSeverity.WARNING)
    assert "again with swap20" in event.message
    assert (event.evidence["memory"], event.evidence["is_tried_again"]) == ("gpu", True)
    assert event.action == Action("log", "wantui logs 7.high")


@pytest.mark.parametrize(
    ("reason", "memory"),
    [
        ('the GPU ran out of memory with swap30; set memory = "swap36" in [run]', "gpu"),
        ("the machine ran out of memory; close what else runs", "machine"),
        ("the disk is full; make room and start again", None),
        (None, None),
    ],
)
def test_a_job_that_ends_for_lack_of_memory(reason: str | None, memory: str | None) -> None:
    job = replace(JOB, state=JobState.FAILED, ended=NOW + 9, exit_code=1, reason=reason)
    events = list(happenings.of_job(job, 0))
    told = {event.kind: event for event in events}
    assert len({event.key for event in events}) == len(events)
    assert ("out-of-memory" in told) == (memory is not None)
    assert "job-ended" in told
    if memory is not None:
        assert told["out-of-memory"].evidence["memory"] == memory


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


HEALTHY = [1.0 / step + 0.1 for step in range(1, 201)]
"""The first steps are ten times what comes later."""


def test_a_loss_that_explodes() -> None:
    assert happenings.of_exploding("7.high", 2, HEALTHY, NOW) is None
    assert happenings.of_exploding("7.high", 2, [*HEALTHY, *[5.0] * 9], NOW) is None  # some bad batches
    event = told(happenings.of_exploding("7.high", 2, [*HEALTHY, *[5.0] * 11], NOW))
    assert (event.kind, event.severity) == ("loss-exploding", EventSeverity.WARNING)
    assert event.evidence["times"] > 40
    later = told(happenings.of_exploding("7.high", 2, [*HEALTHY, *[9.0] * 40], NOW + 60))
    assert later.key == event.key != told(happenings.of_exploding("7.high", 3, [*HEALTHY, *[9.0] * 40], NOW)).key


def test_first_steps_decide_nothing_about_a_loss() -> None:
    noisy = [0.01] * (EXPLODED_BEFORE - 1) + [9.0] * 20
    assert happenings.of_exploding("7.high", 1, noisy, NOW) is None
    assert happenings.of_exploding("7.high", 1, [0.01, *noisy], NOW) is not None
    assert happenings.of_exploding("7.high", 1, [0.0] * 400, NOW) is None


@pytest.mark.parametrize(("said", "seconds"), [("3", 3.0), ("x", 120.0), ("-1", 0.0), (None, 120.0)])
def test_the_environment_shortens_the_time_of_a_stall(said: str | None, seconds: float) -> None:
    environment = {} if said is None else {happenings.STALL_VARIABLE: said}
    assert happenings.least_stall_s(environment) == seconds
    assert happenings.stall_limit(2.0, seconds) == max(seconds, 10.0)


def test_a_checkpoint_that_is_saved() -> None:
    event = happenings.of_checkpoint("7.high", 2, Path("/out/a-000020.safetensors"), 20, NOW)
    assert (event.severity, event.time, event.action) == (EventSeverity.INFO, NOW, None)
    assert event.message == "7.high has saved a-000020.safetensors after epoch 20"


def test_what_can_be_done_about_an_event() -> None:
    events = [
        Event(NOW, EventSeverity.ERROR, kind, job, "so", {"state": state, "run": 7, "folder": "/my disk"})
        for kind, job, state in (
            ("job-ended", "7.high", "failed"),
            ("job-ended", "7.text", "lost"),
            ("job-ended", "7.high", "succeeded"),
            ("stall", "7.low", None),
            ("run-failed", None, None),
            ("disk", None, None),
            ("of a newer wantui", None, None),
        )
    ]
    assert [None if event.action is None else event.action.verb for event in events] == [
        "wantui resume 7.high", "wantui retry 7.text", None, "wantui logs 7.low", "wantui resume 7",
        "df -h '/my disk'", None,
    ]  # fmt: skip


def test_every_command_of_an_action_is_one_of_the_screen() -> None:
    from wantui.ui.commands.catalogue import COMMANDS

    names = {command.id for command in COMMANDS}
    known = [*_ACTIONS.values(), *_ENDED.values()]
    assert {action.command for action in known} - names == {None}
