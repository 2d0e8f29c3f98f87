"""All jobs of a run as one log."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attempts import second_attempt
from wantui.history.model import TrainingPoint
from wantui.jobs.model import Job, JobKind, JobSpec, JobState
from wantui.paths import Workspace
from wantui.runs import run_log
from wantui.runs.attempt_logs import AttemptLog
from wantui.runs.board import Board
from wantui.runs.log_reading import lines, written
from wantui.runs.log_times import LineTimes
from wantui.runs.run_log import JobLines, RunLine, joined

if TYPE_CHECKING:
    from wantui.runs.log_reading import Look


def job_with(log: Path, kind: JobKind, state: JobState = JobState.RUNNING) -> Look:
    job = Job(f"7.{kind}", 7, JobSpec(kind, ("true",), log.parent), state, 900.0, started=1000.0)
    return lambda: (job, (AttemptLog(1, log),))


def epochs(*seconds: int) -> LineTimes:
    """By epoch, when it begins."""
    return LineTimes(TrainingPoint(7, "", at, 1, 1000.0 + after, at) for at, after in enumerate(seconds, 1))


def test_lines_are_in_order_of_time_and_stay_behind_the_one_before(tmp_path: Path) -> None:
    high, low = tmp_path / "high", tmp_path / "low"
    high.write_text("load\nepoch 1/2\nhigh\nepoch 2/2\nbar 1\rbar 2")
    low.write_text("load\nepoch 1/2\nepoch 2/2\nlow\n")
    looks = [job_with(high, JobKind.HIGH), job_with(low, JobKind.LOW)]
    found = [(each.job, each.text) for each in joined(looks, [epochs(10, 30), epochs(20, 25)])]
    assert found == [
        ("7.high", "load"), ("7.low", "load"), ("7.high", "epoch 1/2"), ("7.high", "high"), ("7.low", "epoch 1/2"),
        ("7.low", "epoch 2/2"), ("7.low", "low"), ("7.high", "epoch 2/2"), ("7.high", "bar 2"),
    ]  # fmt: skip


def test_a_follower_gets_what_comes_until_all_have_ended(tmp_path: Path) -> None:
    high, low = tmp_path / "high", tmp_path / "low"
    high.write_text("one\n")
    state = {JobKind.HIGH: JobState.RUNNING, JobKind.LOW: JobState.RUNNING}
    pauses = []

    def look_at(log: Path, kind: JobKind) -> Look:
        def look() -> tuple[Job, tuple[AttemptLog, ...]]:
            return job_with(log, kind, state[kind])()

        return look

    def pause() -> None:
        pauses.append(1)
        if len(pauses) == 1:
            low.write_text("two\nhalf")
        elif len(pauses) == 2:
            with high.open("a") as file:
                file.write("three\n")
            state[JobKind.HIGH] = JobState.SUCCEEDED
        else:
            state[JobKind.LOW] = JobState.SUCCEEDED

    found = joined([look_at(high, JobKind.HIGH), look_at(low, JobKind.LOW)], [LineTimes()] * 2, pause)
    assert [each.text for each in found] == ["one", "two", "three", "half"]
    assert len(pauses) == 3


def test_all_attempts_with_absolute_numbers_and_marks(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    job = second_attempt(workspace)
    (view,) = Board(workspace).refresh()
    look = lambda: (job, view.logs)  # noqa: E731
    expected = [line for some in lines(written(look)) for line in some]
    assert [each.text for each in joined([look], [LineTimes()])] == expected
    assert any(line.startswith("──") for line in expected)


@settings(max_examples=100, deadline=None)
@given(pieces=st.lists(st.sampled_from([b"a\n", b"b", b"\r", b"\n", "ü\n".encode()]), max_size=20))
def test_chunks_end_anywhere(pieces: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        log.write_bytes(b"".join(pieces))
        whole = [*joined([job_with(log, JobKind.HIGH)], [LineTimes()])]
        patch.setattr(run_log, "CHUNK", 3)
        assert [*joined([job_with(log, JobKind.HIGH)], [LineTimes()])] == whole


def test_a_bar_of_many_chunks_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "CHUNK", 16)
    log = tmp_path / "log"
    log.write_text("\r".join(f"bar {number}" for number in range(100)) + "\nend\n")
    assert next(text for _, text in JobLines(job_with(log, JobKind.HIGH)).read()) == "bar 99"
    look = job_with(log, JobKind.HIGH)
    assert [*joined([look], [LineTimes()])] == [RunLine("7.high", "bar 99"), RunLine("7.high", "end")]


def test_a_log_that_was_never_written_has_no_lines(tmp_path: Path) -> None:
    look = job_with(tmp_path / "none", JobKind.HIGH)
    assert [*joined([look, lambda: (replace(look()[0], id="7.low"), ())], [LineTimes()] * 2)] == []
