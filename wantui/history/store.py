"""Writing the history: batches in one transaction each. The recorder alone does it, under its lock."""

from __future__ import annotations

import json
import math
import os
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wantui.history.model import SEEN_UNTIL, Event, EventSeverity, HistoryError, ReadUpTo
from wantui.history.schema import STEPS, TABLES, VERSION, connect, history_file, path_text, version_of
from wantui.history.thinning import thin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.history.model import Batch, KeptGpuReading, TrainingPoint
    from wantui.paths import Workspace

_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_KEEP_POINT = """
INSERT INTO points VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run, kind, step) DO UPDATE SET
    attempt = excluded.attempt, time_ms = excluded.time_ms, epoch = coalesce(excluded.epoch, epoch),
    loss = iif(excluded.attempt > attempt, excluded.loss, coalesce(excluded.loss, loss)),
    smoothed = iif(
        excluded.attempt = attempt AND excluded.loss IS NULL AND loss IS NOT NULL,
        coalesce(smoothed, excluded.smoothed),
        iif(excluded.attempt > attempt, excluded.smoothed, coalesce(excluded.smoothed, smoothed))
    ),
    learning_rate =
        iif(excluded.attempt > attempt, excluded.learning_rate, coalesce(excluded.learning_rate, learning_rate)),
    grad_norm = iif(excluded.attempt > attempt, excluded.grad_norm, coalesce(excluded.grad_norm, grad_norm))
WHERE excluded.attempt >= points.attempt
"""
"""A later attempt's step takes the place of an earlier one's. One of the same attempt adds to it: the log tells one
part of a step, the event file another. Both have the smoothed loss: the bar of the log rounds it, so that of the
event file, which alone has the loss of the step itself, is kept."""


class HistoryStore:
    """The history of one workspace, open for writing."""

    def __init__(self, workspace: Workspace) -> None:
        """Open it, made if need be. One that is damaged is set aside, and an event tells of it.

        Raises:
            NewerHistoryError: a newer wantui has written it.
            HistoryError: it cannot be opened.
        """
        self.path = history_file(workspace)
        self._gpus: dict[str, int] = {}
        self._inode = 0
        self.begun = 0
        """How often another file had to be begun since: what was followed has to be read from its beginning then."""
        try:
            self._connection = self._opened()
        except OSError as error:
            raise HistoryError(f"{self.path}: {error.strerror}") from error
        except sqlite3.DatabaseError as error:
            if not _is_broken(error):
                raise self._error(error) from error
            self._connection = self._begun_anew(error)

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    def write(self, batch: Batch, seen_until: float | None = None) -> None:
        """Keep a batch, in one transaction; where that fails nothing of it is kept.

        Args:
            batch: what to keep.
            seen_until: see `seen_until`; None: as it was.

        Raises:
            HistoryError: it cannot be written at the moment.
        """
        try:
            if not self._is_in_place():  # somebody has removed it
                self._connection.close()
                self._connection = self._opened()
                self._has_begun_anew(batch)
            self._write(batch, seen_until)
        except OSError as error:
            raise HistoryError(f"{self.path}: {error.strerror}") from error
        except sqlite3.DatabaseError as error:
            if not _is_broken(error):
                raise self._error(error) from error
            self._connection.close()
            self._connection = self._begun_anew(error)
            self._has_begun_anew(batch)
            self._write(batch, seen_until)

    def _has_begun_anew(self, batch: Batch) -> None:
        """What was read before is not in this file: how far that was is not kept either."""
        self._gpus.clear()
        self.begun += 1
        batch.places.clear()

    def place(self, path: Path) -> ReadUpTo | None:
        """How far a file has been read; None: nobody has."""
        with self._explained():
            row = self._connection.execute(
                "SELECT offset, epoch FROM places WHERE path = ?", (path_text(path),)
            ).fetchone()
        return None if row is None else ReadUpTo(path, row[0], row[1])

    @property
    def seen_until(self) -> float | None:
        """Until when the recorder has seen what happened; None: it never ran."""
        return self.fact(SEEN_UNTIL)

    def fact(self, name: str) -> float | None:
        """One of `Batch.facts`; None: there is none of that name."""
        with self._explained():
            row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else float(row[0])

    def latest(self, run: int, kind: str, attempt: int, count: int) -> list[tuple[int, float]]:
        """The latest steps of an attempt at a job, ascending, and when they were."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT step, time_ms / 1000.0 FROM points WHERE run = ? AND kind = ? AND attempt = ?"
                " ORDER BY step DESC LIMIT ?",
                (run, kind, attempt, count),
            ).fetchall()
        return rows[::-1]

    def losses(self, run: int, kind: str, attempt: int, count: int) -> list[float]:
        """The latest smoothed losses of an attempt at a job, in the order of their steps."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT smoothed FROM points WHERE run = ? AND kind = ? AND attempt = ? AND smoothed IS NOT NULL"
                " ORDER BY step DESC LIMIT ?",
                (run, kind, attempt, count),
            ).fetchall()
        return [loss for (loss,) in reversed(rows)]

    def take_up(self, run: int, created: float, logs: tuple[Path, ...]) -> None:
        """Begin to follow a run: one of this number that was removed is forgotten, but for its events.

        Args:
            run: its number.
            created: when it was queued.
            logs: those that it has by now.

        Raises:
            HistoryError: it cannot be written at the moment.
        """
        name = f"run {run}"
        before = self.fact(name)
        if before == created:
            return
        with self._explained(), _transaction(self._connection):
            if before is not None:
                self._connection.execute("DELETE FROM points WHERE run = ?", (run,))
                self._connection.executemany("DELETE FROM places WHERE path = ?", ((path_text(log),) for log in logs))
                self._connection.execute("UPDATE events SET key = NULL WHERE job GLOB ?", (f"{run}.*",))
            self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, created))

    def thin(self, now: float | None = None) -> None:
        """Let go of what is too old to be kept in full.

        Raises:
            HistoryError: it cannot be written at the moment.
        """
        with self._explained():
            thin(self._connection, time.time() if now is None else now)

    def _write(self, batch: Batch, seen_until: float | None) -> None:
        connection = self._connection
        with _transaction(connection):
            for start in batch.starts:
                connection.execute(
                    "DELETE FROM points WHERE run = ? AND kind = ? AND step > ? AND attempt < ?",
                    (start.run, start.kind, start.step, start.attempt),
                )
            connection.executemany(_KEEP_POINT, (_point_row(point) for point in batch.points))
            connection.executemany(
                "INSERT OR REPLACE INTO gpu_readings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [self._gpu_row(reading) for reading in batch.gpus],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO host_readings VALUES (?, ?, ?, ?)",
                ((each.time, each.cpu_pct, each.memory_used_mib, each.disk_free_mib) for each in batch.host),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO events (time, severity, kind, job, message, evidence, key)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (_event_row(event) for event in batch.events),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO places VALUES (?, ?, ?)",
                ((path_text(each.path), each.offset, each.epoch) for each in batch.places.values()),
            )
            facts = batch.facts if seen_until is None else {**batch.facts, SEEN_UNTIL: seen_until}
            connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def _is_in_place(self) -> bool:
        """Whether the open file is the one that is there."""
        return os.path.lexists(self.path) and self.path.stat().st_ino == self._inode

    def _gpu_row(self, reading: KeptGpuReading) -> tuple[int | str | None, ...]:
        if reading.uuid not in self._gpus:
            self._connection.execute(
                "INSERT INTO gpus (uuid, position, name) VALUES (?, ?, ?)"
                " ON CONFLICT (uuid) DO UPDATE SET position = excluded.position, name = excluded.name",
                (reading.uuid, reading.index, reading.name),
            )
            row = self._connection.execute("SELECT number FROM gpus WHERE uuid = ?", (reading.uuid,)).fetchone()
            self._gpus[reading.uuid] = row[0]
        return (
            reading.time, self._gpus[reading.uuid], reading.utilization_pct, reading.memory_used_mib,
            reading.temperature_c, reading.power_w, reading.job, reading.sm_clock_mhz, reading.throttle,
        )  # fmt: skip

    def _opened(self) -> sqlite3.Connection:
        """Open it, and make its tables where there are none."""
        if not self.path.exists():
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = connect(self.path, "rw")
        self._inode = self.path.stat().st_ino
        try:
            version = version_of(connection, self.path)
            connection.execute("PRAGMA journal_mode=TRUNCATE")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA cache_size=-1024")  # KiB: the recorder is to be small
            if version < VERSION:
                whole = [STEPS[step] for step in range(version, VERSION)] if version else [TABLES]
                with _transaction(connection):
                    for statement in "".join(whole).split(";")[:-1]:
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version={VERSION}")
            for table in ("points", "gpu_readings", "host_readings", "events", "places", "facts"):
                connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # noqa: S608  names of our own
        except BaseException:
            connection.close()
            raise
        return connection

    def _begun_anew(self, why: sqlite3.DatabaseError) -> sqlite3.Connection:
        """Set a damaged file aside and begin another one."""
        now = time.time()
        aside = self.path.with_name(f"{self.path.name}.broken-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}")
        self._gpus.clear()
        try:
            self.path.rename(aside)
            journal = self.path.with_name(f"{self.path.name}-journal")
            if journal.exists():  # it belongs to the damaged file, and must not be played back into the new one
                journal.rename(aside.with_name(f"{aside.name}-journal"))
            connection = self._opened()
        except (OSError, sqlite3.Error) as error:
            raise HistoryError(f"{self.path} is damaged ({why}) and cannot be set aside: {error}") from error
        message = f"the history was damaged ({why}); it was set aside as {aside.name}, and a new one begins"
        event = Event(now, EventSeverity.WARNING, "history", None, message, {"file": str(aside)})
        with _transaction(connection):
            connection.execute(
                "INSERT INTO events (time, severity, kind, job, message, evidence, key) VALUES (?, ?, ?, ?, ?, ?, ?)",
                _event_row(event),
            )
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _error(self, error: sqlite3.Error) -> HistoryError:
        return HistoryError(f"{self.path}: {error}")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is damaged, or is no history: not that it is busy, full or out of reach."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF in _BROKEN or "no such" in str(error))


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _point_row(point: TrainingPoint) -> tuple[int | float | str | None, ...]:
    figures = map(_number, (point.loss, point.smoothed, point.learning_rate, point.grad_norm))
    return (point.run, point.kind, point.step, point.attempt, round(point.time * 1000), point.epoch, *figures)


def _event_row(event: Event) -> tuple[float | str | None, ...]:
    evidence = json.dumps(event.evidence, ensure_ascii=True)
    return event.time, str(event.severity), event.kind, event.job, event.message, evidence, event.key
