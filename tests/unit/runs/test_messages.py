"""What a person is told of, and in which words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.attempts import second_attempt
from wantui.history.model import Batch, Event, EventSeverity
from wantui.history.store import HistoryStore
from wantui.jobs.model import JobState
from wantui.paths import Workspace
from wantui.runs.messenger import message
from wantui.runs.notify.messages import compose, topic
from wantui.runs.notify.sender import install_command

WORKSPACE = Workspace(Path("/w"))
INFO, WARNING, ERROR = EventSeverity.INFO, EventSeverity.WARNING, EventSeverity.ERROR


def said(event: Event) -> str:
    return event.message


def event(kind: str, severity: EventSeverity = ERROR, said: str = "it was so", job: str | None = "7.high") -> Event:
    return Event(1_800_000_000.0, severity, kind, job, said, {"state": "failed", "run": 7})


@pytest.mark.parametrize(
    ("kind", "severity", "word"),
    [
        ("run-finished", INFO, "finished"),
        ("stall", WARNING, "stalled"),
        ("stall-over", INFO, "stalled"),
        ("gpu-idle", WARNING, "stalled"),
        ("disk", WARNING, "disk"),
        ("disk", ERROR, "disk"),
        ("gpu-lost", ERROR, "gpu"),
        ("gpu-throttled", WARNING, "gpu"),
        ("job-ended", ERROR, "failed"),
        ("job-ended", INFO, None),
        ("run-failed", ERROR, "failed"),
        ("cache-failed", ERROR, "failed"),
        ("loss-nan", ERROR, "failed"),
        ("loss-exploding", WARNING, "failed"),
        ("out-of-memory", ERROR, "failed"),
        ("out-of-memory", WARNING, None),  # it is tried again
        ("memory-kill", ERROR, "failed"),
        ("tried-again", WARNING, None),
        ("job-started", INFO, None),
        ("checkpoint-saved", INFO, None),
        ("notify", WARNING, None),
        ("history", WARNING, None),
    ],
)
def test_which_word_of_the_configuration_an_event_belongs_to(
    kind: str, severity: EventSeverity, word: str | None
) -> None:
    assert topic(event(kind, severity)) == word


def test_one_event() -> None:
    found = compose(WORKSPACE, [event("job-ended", said="7.high failed: the disk is \x1b[31mfull")], said)
    assert found.title.endswith(": 7.high failed: the disk is full")
    assert found.body.splitlines()[0].endswith("  7.high failed: the disk is full")
    assert found.body.splitlines()[1:] == ["  -> wantui resume 7.high", "workspace /w"]
    assert found.severity is ERROR


def test_many_events_come_as_one_message() -> None:
    many = [event("stall", WARNING, f"stall {number}") for number in range(25)]
    found = compose(WORKSPACE, [many[0], event("job-ended", said="it failed"), *many[1:]], said)
    assert found.title.endswith("it failed (and 25 more)")
    assert found.body.startswith("16 earlier ones: wantui events\n")
    assert "stall 24" in found.body
    assert "stall 14" not in found.body


def test_the_end_of_a_run_is_told_with_its_report(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create_state()
    second_attempt(workspace, JobState.SUCCEEDED)
    ended = replace(event("run-finished", INFO, "run 1 is finished", None), evidence={"run": 1})
    HistoryStore(workspace).write(Batch(events=[ended]))
    lines = message(workspace, [1]).body.splitlines()
    assert lines[0].endswith("  run 1 is finished")
    assert lines[1:4] == [
        "Run 1: 1 expert trained",
        "time 31:40, GPU hours 0.53",
        "high: succeeded, epoch 6 of 6, loss 0.070",
    ]
    assert "  -> wantui runs show 1" in lines


def test_the_end_of_a_run_that_is_gone_is_told_all_the_same(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create_state()
    HistoryStore(workspace).write(Batch(events=[event("run-failed", said="run 7 has not been finished")]))
    assert message(workspace, [1]).body.splitlines()[0].endswith("run 7 has not been finished")


def test_the_command_that_installs_what_sends() -> None:
    python = "/my env/bin/python"
    assert install_command("/my env", python, has_pip=True) == "'/my env/bin/python' -m pip install apprise"
    assert install_command("/my env", python, has_pip=False) == "uv pip install --python '/my env/bin/python' apprise"
    assert install_command("/root/.local/share/pipx/venvs/wantui", python) == "pipx inject wantui apprise"
    assert install_command("/root/.local/share/uv/tools/wantui", python) == "uv tool install --with apprise wantui"
