"""What is kept of a workspace, read back; also by a reader beside a writer, and from damaged files."""

from __future__ import annotations

import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from wantui.gpus.model import Throttle
from wantui.history.model import (
    AttemptStart,
    Batch,
    Event,
    EventSeverity,
    HistoryError,
    KeptGpuReading,
    KeptHostReading,
    NewerHistoryError,
    ReadUpTo,
    TrainingPoint,
)
from wantui.history.reader import HistoryReader
from wantui.history.schema import TABLES, history_file
from wantui.history.store import HistoryStore
from wantui.paths import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.create_state()
    return made


@pytest.fixture
def store(workspace: Workspace) -> HistoryStore:
    return HistoryStore(workspace)


@pytest.fixture
def reader(workspace: Workspace) -> HistoryReader:
    return HistoryReader(workspace)


def point(step: int, attempt: int = 1, **values: Any) -> TrainingPoint:
    return TrainingPoint(7, "high", step, attempt, 1000.0 + step, **values)


def test_nothing_has_been_kept(reader: HistoryReader) -> None:
    assert (reader.points(1), reader.events(), reader.gpu_readings()) == ((), (), ())
    assert reader.extent(1, "high") == (0, 0)


def test_what_is_written_is_read(store: HistoryStore, reader: HistoryReader) -> None:
    gpu = KeptGpuReading(1000, "GPU-1", 0, "H100", 97, 40_000, 71, 600, "7.high", 1755, Throttle.POWER)
    host = KeptHostReading(1000, 12, 3000, 100_000)
    event = Event(1000.5, EventSeverity.ERROR, "job-ended", "7.high", "it failed", {"exit_code": 1}, "end:7.high:1")
    file = Path("/logs/\udcffodd")
    points = [point(1, epoch=1, smoothed=0.5), point(2, epoch=1, smoothed=0.25, learning_rate=1e-4)]
    store.write(Batch([], points, [gpu], [host], [event], {file: ReadUpTo(file, 99, 3)}), seen_until=1001.0)
    assert reader.points(7) == reader.points(7, "high") == tuple(points)
    assert reader.points(7, "low") == ()
    assert reader.curve(7, "high") == ((1, 0.5), (2, 0.25))
    assert reader.curve(7, "high", 1) == ((2, 0.25),)
    assert reader.extent(7, "high") == (1, 2)
    assert reader.gpu_readings(1000) == (gpu,)
    assert reader.gpu_readings(1001) == ()
    assert reader.host_readings() == (host,)
    (kept,) = reader.events()
    assert (kept.number, kept.message, kept.evidence) == (1, "it failed", {"exit_code": 1})
    assert reader.events(after=1) == ()
    assert store.place(file) == ReadUpTo(file, 99, 3)
    assert store.place(Path("/logs/other")) is None
    assert store.seen_until == 1001.0


def test_what_two_files_tell_of_a_step_comes_together(store: HistoryStore, reader: HistoryReader) -> None:
    store.write(Batch(points=[point(1, epoch=2, smoothed=0.5)]))
    store.write(Batch(points=[point(1, loss=0.75, learning_rate=1e-4)]))
    assert reader.points(7) == (point(1, epoch=2, loss=0.75, smoothed=0.5, learning_rate=1e-4),)


def test_a_later_attempt_takes_the_place_of_what_it_trains_again(store: HistoryStore, reader: HistoryReader) -> None:
    store.write(Batch(points=[point(step, loss=float(step), smoothed=0.9) for step in range(1, 8)]))
    store.write(Batch(starts=[AttemptStart(7, "high", 2, 3)], points=[point(4, 2, smoothed=0.1)]))
    store.write(Batch(points=[point(4, smoothed=0.7), point(5, 2, smoothed=0.2)]))  # late news of attempt 1
    kept = reader.points(7)
    assert [(each.step, each.attempt) for each in kept] == [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2)]
    assert (kept[3].loss, kept[3].smoothed) == (None, 0.1)


def test_a_loss_that_is_no_number_is_none(store: HistoryStore, reader: HistoryReader) -> None:
    store.write(Batch(points=[point(1, loss=math.nan, smoothed=math.inf)]))
    assert reader.points(7) == (point(1),)
    assert reader.curve(7, "high") == ()


def test_an_event_is_kept_once(store: HistoryStore, reader: HistoryReader) -> None:
    for at in (1.0, 2.0):
        store.write(Batch(events=[Event(at, EventSeverity.INFO, "job-started", "1.low", "it runs", key="s:1.low:1")]))
        store.write(Batch(events=[Event(at, EventSeverity.INFO, "other", None, "each counts")]))
    assert [(each.kind, each.time) for each in reader.events()] == [
        ("job-started", 1.0), ("other", 1.0), ("other", 2.0),
    ]  # fmt: skip


def test_nothing_of_a_batch_that_fails_is_kept(store: HistoryStore, reader: HistoryReader) -> None:
    with pytest.raises(HistoryError):
        store.write(Batch(points=[point(1)], host=[KeptHostReading("x")]))  # type: ignore[arg-type]  # what is written is no number
    assert reader.points(7) == ()
    store.write(Batch(points=[point(1)]))
    assert len(reader.points(7)) == 1


def test_a_file_that_is_no_database_is_set_aside_and_that_is_told(
    workspace: Workspace, reader: HistoryReader
) -> None:
    history_file(workspace).write_bytes(b"not a database, and long enough to be looked at" * 100)
    with pytest.raises(HistoryError, match="not a database"):
        reader.events()
    HistoryStore(workspace).write(Batch(points=[point(1)]))
    (event,) = reader.events()
    assert event.severity is EventSeverity.WARNING
    aside = Path(event.evidence["file"])
    assert aside.read_bytes().startswith(b"not a database")
    assert len(reader.points(7)) == 1


def test_a_file_that_breaks_while_it_is_written(workspace: Workspace, reader: HistoryReader) -> None:
    store = HistoryStore(workspace)
    for start in range(0, 20_000, 1000):
        store.write(Batch(points=[point(step) for step in range(start, start + 1000)]))
    with history_file(workspace).open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(400_000))
    store.close()
    store = HistoryStore(workspace)  # the damage need not be seen at once
    store.write(Batch(points=[point(step) for step in range(500)]))
    assert len(reader.points(7, "high")) >= 500
    assert "set aside" in reader.events()[0].message


def test_a_newer_file_is_left_alone(workspace: Workspace, store: HistoryStore, reader: HistoryReader) -> None:
    store.write(Batch(points=[point(1)]))
    with sqlite3.connect(history_file(workspace)) as connection:
        connection.execute("PRAGMA user_version=99")
    before = history_file(workspace).read_bytes()
    with pytest.raises(NewerHistoryError, match="newer wantui"):
        HistoryStore(workspace)
    with pytest.raises(HistoryError, match="newer wantui"):
        reader.points(7)
    assert history_file(workspace).read_bytes() == before


def test_a_writer_that_is_killed_costs_nothing(
    workspace: Workspace, store: HistoryStore, reader: HistoryReader
) -> None:
    store.write(Batch(points=[point(1)]))
    store.close()
    code = (
        "import sqlite3, sys, time\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA cache_size=1')\n"
        "c.execute('BEGIN IMMEDIATE')\n"
        "c.executemany('INSERT INTO host_readings VALUES (?, 1, 2, 3)', ((n,) for n in range(50000)))\n"
        "print('half', flush=True)\n"
        "time.sleep(60)\n"
    )
    argv = [sys.executable, "-c", code, str(history_file(workspace))]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert history_file(workspace).with_name("history.sqlite-journal").stat().st_size
    assert (len(reader.points(7)), len(reader.host_readings())) == (1, 0)


def test_readers_and_the_writer_wait_for_each_other(workspace: Workspace, store: HistoryStore) -> None:
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from wantui.history.reader import HistoryReader\n"
        "from wantui.paths import Workspace\n"
        "reader, end = HistoryReader(Workspace(Path(sys.argv[1]))), time.monotonic() + 3\n"
        "while time.monotonic() < end: reader.host_readings()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(workspace.root)]) as process:
        second = 0
        while process.poll() is None:
            second += 1
            store.write(Batch(host=[KeptHostReading(second)]))
            time.sleep(0.01)
    assert process.returncode == 0
    assert second > 20


def test_a_file_that_was_removed_is_made_anew(
    workspace: Workspace, store: HistoryStore, reader: HistoryReader
) -> None:
    store.write(Batch(points=[point(1)]))
    history_file(workspace).unlink()
    store.write(Batch(points=[point(2)]))
    assert [each.step for each in reader.points(7)] == [2]


def test_an_attempt_makes_void_what_waits_to_be_written() -> None:
    batch = Batch(points=[point(step) for step in range(1, 6)])
    batch.begin(AttemptStart(7, "high", 2, 3))
    assert [each.step for each in batch.points] == [1, 2, 3]


def test_a_run_of_a_number_that_was_given_before(store: HistoryStore, reader: HistoryReader) -> None:
    log = Path("/runs/7/high.log")
    event = Event(1.0, EventSeverity.INFO, "job-started", "7.high", "it has started", key="job-started:7.high:1")
    for created, kept in ((1.0, 0), (1.0, 1), (2.0, 0)):
        store.take_up(7, created, (log,))
        assert (len(reader.points(7)), store.place(log) is not None) == (kept, bool(kept))
        store.write(Batch(points=[point(1)], events=[event], places={log: ReadUpTo(log, 9)}))
    assert len(reader.events()) == 2  # one of each run


def test_a_file_of_the_first_version_gains_columns_and_loses_nothing(
    workspace: Workspace, reader: HistoryReader
) -> None:
    first = TABLES.replace("\n    clock_mhz INTEGER, throttle INTEGER,", "")
    with closing(sqlite3.connect(history_file(workspace))) as connection:
        connection.executescript(f"{first}PRAGMA user_version=1;")
        connection.execute("INSERT INTO gpus VALUES (1, 'GPU-1', 0, 'H100')")
        connection.execute("INSERT INTO gpu_readings VALUES (1000, 1, 97, 40000, 71, 600, '7.high')")
        connection.execute("INSERT INTO host_readings VALUES (1000, 12, 3000, 99)")
        connection.commit()
    old = KeptGpuReading(1000, "GPU-1", 0, "H100", 97, 40_000, 71, 600, "7.high")
    assert reader.gpu_readings() == (old,)  # nobody has brought it up to date yet
    new = KeptGpuReading(1001, "GPU-1", 0, "H100", 99, 40_000, 88, 500, "7.high", 900, Throttle.THERMAL)
    HistoryStore(workspace).write(Batch(gpus=[new]))
    assert reader.gpu_readings() == (old, new)
    assert len(reader.host_readings()) == 1
    HistoryStore(workspace).close()  # a second time there is nothing to do
    assert reader.gpu_readings() == (old, new)
