"""Columns are kept up with what the recorder keeps, and nothing is read twice that cannot have changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wantui.history.model import AttemptStart, Batch, ReadUpTo, TrainingPoint
from wantui.history.reader import HistoryReader
from wantui.history.schema import history_file
from wantui.history.store import HistoryStore
from wantui.jobs.model import Job, JobKind, JobSpec, JobState
from wantui.jobs.store import job_files
from wantui.paths import Workspace
from wantui.runs.attempt_logs import AttemptLog
from wantui.runs.record import step_columns as module
from wantui.runs.record.step_columns import FollowedColumns

if TYPE_CHECKING:
    from wantui.history.columns import StepColumns

JOB = Job("7.high", 7, JobSpec(JobKind.HIGH, ("train",), Path("/")), JobState.RUNNING, 1000.0)
BAR = "\rsteps:   1%|▏         | {}/2400 [00:45<01:16:00,  1.90s/it, avr_loss=0.0{}]"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.create_state()
    log = job_files(made, JOB).log
    log.parent.mkdir(parents=True)
    log.write_text("")
    return made


@pytest.fixture
def logs(workspace: Workspace) -> tuple[AttemptLog, ...]:
    return (AttemptLog(1, job_files(workspace, JOB).log, (), None, "musubi"),)


@pytest.fixture
def store(workspace: Workspace, logs: tuple[AttemptLog, ...]) -> HistoryStore:
    made = HistoryStore(workspace)
    made.write(Batch(places={logs[0].path: ReadUpTo(logs[0].path, 1 << 40)}))
    return made


def points(first: int, last: int, attempt: int = 1, **told: Any) -> list[TrainingPoint]:
    return [
        TrainingPoint(7, "high", step, attempt, 1000.0 + step, 1, **{"loss": 0.5, "smoothed": 0.25, **told})
        for step in range(first, last + 1)
    ]


def losses(columns: StepColumns) -> list[float | None]:
    return [columns.loss.at(row) for row in range(len(columns))]


def test_only_what_has_come_is_read(
    workspace: Workspace, store: HistoryStore, logs: tuple[AttemptLog, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 100)
    followed = FollowedColumns(workspace)
    assert not followed.refresh(JOB, logs)
    store.write(Batch(points=points(1, 1250)))
    read: list[tuple[int, int]] = []
    steps = HistoryReader.steps

    def counted(reader: HistoryReader, run: int, kind: str, after: int, most: int) -> Any:
        found = steps(reader, run, kind, after, most)
        read.append((after, len(found)))
        return found

    monkeypatch.setattr(HistoryReader, "steps", counted)
    told: list[int] = []
    assert followed.refresh(JOB, logs, lambda: told.append(len(followed.columns)))
    assert list(followed.columns.step) == [*range(1, 1251)]
    assert read == [(each * 100, 100) for each in range(12)] + [(1200, 50)]
    assert told[0] < 1250
    read.clear()
    assert not followed.refresh(JOB, logs)
    store.write(Batch(points=points(1251, 1252)))
    assert followed.refresh(JOB, logs)
    assert list(followed.columns.step) == [*range(1, 1253)]
    assert sum(count for _, count in read) < 30


def test_what_event_files_tell_later_is_taken_up(
    workspace: Workspace, store: HistoryStore, logs: tuple[AttemptLog, ...]
) -> None:
    followed = FollowedColumns(workspace)
    store.write(Batch(points=[*points(1, 20), *points(21, 90, loss=None)]))
    followed.refresh(JOB, logs)
    assert losses(followed.columns)[20:] == [None] * 70
    store.write(Batch(points=points(21, 80, smoothed=None)))
    assert followed.refresh(JOB, logs)
    assert losses(followed.columns) == [0.5] * 80 + [None] * 10
    assert followed.columns.smoothed.at(50) == 0.25


def test_what_is_trained_again_takes_the_place_of_what_was_before(
    workspace: Workspace, store: HistoryStore, logs: tuple[AttemptLog, ...]
) -> None:
    followed = FollowedColumns(workspace)
    store.write(Batch(points=points(1, 60)))
    followed.refresh(JOB, logs)
    before = followed.columns
    store.write(Batch(starts=[AttemptStart(7, "high", 2, 40)]))
    assert followed.refresh(JOB, logs)
    assert len(followed.columns) == 40
    store.write(Batch(points=points(41, 90, attempt=2, loss=0.75)))
    assert followed.refresh(JOB, logs)
    assert losses(followed.columns) == [0.5] * 40 + [0.75] * 50
    assert followed.columns is not before


def test_a_history_that_was_removed_is_forgotten(
    workspace: Workspace, store: HistoryStore, logs: tuple[AttemptLog, ...]
) -> None:
    followed = FollowedColumns(workspace)
    store.write(Batch(points=points(1, 60)))
    followed.refresh(JOB, logs)
    store.close()
    history_file(workspace).unlink()
    logs[0].path.write_text(BAR.format(1, 3), encoding="utf-8", newline="")
    followed.refresh(JOB, logs)
    assert list(followed.columns.step) == [1]


def test_what_nobody_has_recorded_is_read_from_the_log_once(
    workspace: Workspace, logs: tuple[AttemptLog, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\nepoch 1/100\n" + "".join(BAR.format(step, step) for step in range(1, 6))
    logs[0].path.write_text(text, encoding="utf-8", newline="")
    followed = FollowedColumns(workspace)
    assert followed.refresh(JOB, logs)
    assert list(followed.columns.step) == [1, 2, 3, 4, 5]
    assert followed.columns.smoothed.at(4) == pytest.approx(0.05)
    assert not followed.columns.loss.is_known
    monkeypatch.setattr(module, "points_of", None)  # it must not be asked again
    assert not followed.refresh(JOB, logs)
