"""What a person is told of, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from wantui.history.model import Event, EventSeverity
from wantui.paths import Workspace
from wantui.runs.notify import messages
from wantui.runs.notify.messages import compose, topic
from wantui.runs.notify.sender import install_command

INFO, WARNING, ERROR = EventSeverity.INFO, EventSeverity.WARNING, EventSeverity.ERROR


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
    found = compose(Workspace(Path("/w")), [event("job-ended", said="7.high failed: the disk is \x1b[31mfull")])
    assert found.title.endswith(": 7.high failed: the disk is full")
    assert found.body.splitlines()[0].endswith("  7.high failed: the disk is full")
    assert found.body.splitlines()[1:] == ["  -> wantui resume 7.high", "workspace /w"]
    assert found.severity is ERROR


def test_many_events_come_as_one_message() -> None:
    many = [event("stall", WARNING, f"stall {number}") for number in range(25)]
    found = compose(Workspace(Path("/w")), [many[0], event("job-ended", said="it failed"), *many[1:]])
    assert found.title.endswith("it failed (and 25 more)")
    assert found.body.startswith("16 earlier ones: wantui events\n")
    assert "stall 24" in found.body
    assert "stall 14" not in found.body


def test_the_end_of_a_run_may_have_words_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "end_of_run", lambda workspace, event: "a short report")
    assert "a short report" in compose(Workspace(Path("/w")), [event("run-finished", INFO)]).body


def test_the_command_that_installs_what_sends() -> None:
    python = "/my env/bin/python"
    assert install_command("/my env", python, has_pip=True) == "'/my env/bin/python' -m pip install apprise"
    assert install_command("/my env", python, has_pip=False) == "uv pip install --python '/my env/bin/python' apprise"
    assert install_command("/root/.local/share/pipx/venvs/wantui", python) == "pipx inject wantui apprise"
    assert install_command("/root/.local/share/uv/tools/wantui", python) == "uv tool install --with apprise wantui"
