"""The loss curve out of the history: only where the recorder has read all, and each point once."""

from __future__ import annotations

from pathlib import Path

import pytest

from wantui.history.model import AttemptStart, Batch, ReadUpTo, TrainingPoint
from wantui.history.schema import history_file
from wantui.history.store import HistoryStore
from wantui.jobs.model import Job, JobKind, JobSpec, JobState
from wantui.paths import Workspace
from wantui.runs.attempt_logs import AttemptLog
from wantui.runs.record.past import LAG_BYTES, MOST_DRAWN, MOST_READ_BYTES, KeptCurves

JOB = Job("7.high", 7, JobSpec(JobKind.HIGH, ("train",), Path("/")), JobState.RUNNING, 0.0)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.create_state()
    return made


def log(workspace: Workspace, number: int, size: int = 100) -> AttemptLog:
    path = workspace.runs / f"high.{number}.log"
    path.write_bytes(bytes(size))
    return AttemptLog(number, path)


def keep(store: HistoryStore, log: AttemptLog, *points: tuple[int, float], begins_at: int = 0) -> None:
    kept = [TrainingPoint(7, "high", step, log.number, step, smoothed=loss) for step, loss in points]
    batch = Batch([AttemptStart(7, "high", log.number, begins_at)], kept, places={log.path: ReadUpTo(log.path, 100)})
    store.write(batch)


def test_nothing_where_the_recorder_has_not_read_all(workspace: Workspace) -> None:
    curves, first = KeptCurves(workspace), log(workspace, 1)
    assert curves.of(JOB, ()) is None
    assert curves.of(JOB, (first,)) is None
    keep(HistoryStore(workspace), first, (1, 0.5))
    assert curves.of(JOB, (first,)) == ((1, 0.5),)
    assert curves.of(JOB, (first, log(workspace, 2))) is None
    assert curves.of(JOB, (log(workspace, 1, LAG_BYTES + 101),)) is None
    with (workspace.runs / "high.1.log").open("r+b") as large:
        large.truncate(MOST_READ_BYTES + 101)
    assert curves.of(JOB, (AttemptLog(1, workspace.runs / "high.1.log"),)) == ((1, 0.5),)
    history_file(workspace).write_bytes(b"no database" * 1000)
    assert curves.of(JOB, (first,)) is None


def test_it_grows_and_the_latest_steps_are_corrected(workspace: Workspace) -> None:
    curves, first, store = KeptCurves(workspace), log(workspace, 1), HistoryStore(workspace)
    keep(store, first, *((step, 0.5) for step in range(1, 31)))
    assert len(curves.of(JOB, (first,)) or ()) == 30
    keep(store, first, (30, 0.25), (31, 0.125))
    assert (curves.of(JOB, (first,)) or ())[-3:] == ((29, 0.5), (30, 0.25), (31, 0.125))


def test_another_attempt_takes_the_place_of_what_it_trains_again(workspace: Workspace) -> None:
    curves, first, store = KeptCurves(workspace), log(workspace, 1), HistoryStore(workspace)
    keep(store, first, *((step, 0.5) for step in range(1, 31)))
    assert len(curves.of(JOB, (first,)) or ()) == 30
    second = log(workspace, 2)
    keep(store, second, (11, 0.1), begins_at=10)
    assert curves.of(JOB, (first, second)) == (*((step, 0.5) for step in range(1, 11)), (11, 0.1))


def test_no_more_than_can_be_drawn(workspace: Workspace) -> None:
    first = log(workspace, 1)
    keep(HistoryStore(workspace), first, *((step, 0.5) for step in range(1, 2 * MOST_DRAWN + 2)))
    points = KeptCurves(workspace).of(JOB, (first,)) or ()
    assert len(points) <= MOST_DRAWN + 1
    assert points[-1][0] == 2 * MOST_DRAWN + 1
