"""Reading the history, beside the recorder that writes it. No file, or no table yet: nothing has been kept."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from wantui.gpus.model import Throttle
from wantui.history.model import (
    Event,
    EventSeverity,
    HistoryError,
    KeptGpuReading,
    KeptHostReading,
    ReadUpTo,
    TrainingPoint,
)
from wantui.history.schema import connect, history_file, path_text, version_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.history.columns import StepRow
    from wantui.paths import Workspace

Row = tuple[Any, ...]


class HistoryReader:
    """The history of one workspace. Nothing stays open between two questions: the file may be replaced."""

    def __init__(self, workspace: Workspace) -> None:
        self._path = history_file(workspace)

    def points(self, run: int, kind: str | None = None) -> tuple[TrainingPoint, ...]:
        """The steps of a run, or of one job of it, by job and step.

        Raises:
            HistoryError: the history cannot be read.
        """
        rows = self._rows(
            "SELECT run, kind, step, attempt, time_ms / 1000.0, epoch, loss, smoothed, learning_rate, grad_norm"
            " FROM points WHERE run = ? AND (?2 IS NULL OR kind = ?2) ORDER BY kind, step",
            (run, kind),
        )
        return tuple(TrainingPoint(*each) for each in rows)

    def curve(self, run: int, kind: str, after: int = 0) -> tuple[tuple[int, float], ...]:
        """Step and smoothed loss of a job, after a step. Raises what `points` does."""
        query = (
            "SELECT step, coalesce(smoothed, loss) FROM points"
            " WHERE run = ? AND kind = ? AND step > ? AND coalesce(smoothed, loss) IS NOT NULL ORDER BY step"
        )
        return tuple((step, loss) for step, loss in self._rows(query, (run, kind, after)))

    def steps(self, run: int, kind: str, after: int, most: int) -> list[StepRow]:
        """The first `most` steps of a job after a step. Raises what `points` does."""
        return self._rows(
            "SELECT step, epoch, time_ms / 1000.0, loss, smoothed, learning_rate, grad_norm FROM points"
            " WHERE run = ? AND kind = ? AND step > ? ORDER BY step LIMIT ?",
            (run, kind, after, most),
        )

    def last_step(self, run: int, kind: str) -> tuple[int, int]:
        """Attempt and number of the last step of a job; 0, 0: it has made none. Raises what `points` does."""
        rows = self._rows(
            "SELECT attempt, step FROM points WHERE run = ? AND kind = ? ORDER BY step DESC LIMIT 1", (run, kind)
        )
        return (rows[0][0], rows[0][1]) if rows else (0, 0)

    def extent(self, run: int, kind: str) -> tuple[int, int]:
        """Number of the last attempt at a job that has points, and how many points there are; 0, 0: none."""
        query = "SELECT coalesce(max(attempt), 0), count(*) FROM points WHERE run = ? AND kind = ?"
        rows = self._rows(query, (run, kind))
        return (rows[0][0], rows[0][1]) if rows else (0, 0)

    def last_event(self) -> int:
        """The number of the event that was kept last; 0: there is none. Raises what `points` does."""
        rows = self._rows("SELECT coalesce(max(number), 0) FROM events", ())
        return int(rows[0][0]) if rows else 0

    def events(self, after: int = 0, most: int = -1) -> tuple[Event, ...]:
        """The events with numbers greater than `after`, in their order. Raises what `points` does.

        Args:
            after: the number of one that is known.
            most: so many of them, the latest; -1: all.
        """
        query = (
            "SELECT * FROM (SELECT time, severity, kind, job, message, evidence, key, number FROM events"
            " WHERE number > ? ORDER BY number DESC LIMIT ?) ORDER BY number"
        )
        rows = self._rows(query, (after, most))
        return tuple(
            Event(moment, EventSeverity(severity), kind, job, message, json.loads(evidence), key, number)
            for moment, severity, kind, job, message, evidence, key, number in rows
        )

    def gpu_readings(self, since: float = 0.0) -> tuple[KeptGpuReading, ...]:
        """Readings of the GPUs since a moment, the oldest first. Raises what `points` does."""
        query = (
            "SELECT time, uuid, position, name, utilisation, memory_mib, temperature, power_w, job,"
            " clock_mhz, throttle"
            " FROM gpu_readings JOIN gpus ON gpus.number = gpu_readings.gpu WHERE time >= ? ORDER BY time, position"
        )
        first = query.replace("throttle", "NULL").replace("clock_mhz", "NULL")
        return tuple(KeptGpuReading(*_with_throttle(row)) for row in self._rows(query, (since,), first))

    def gpu_use(self, begin: int, end: int, columns: int) -> dict[str, tuple[int | None, ...]]:
        """Mean use of each GPU in percent over equal parts of a time, by uuid; None where nothing was kept.

        Args:
            begin: seconds since 1970.
            end: likewise.
            columns: into how many parts the time is divided.

        Raises:
            HistoryError: the history cannot be read.
        """
        query = (
            "SELECT uuid, part, use FROM ("
            "SELECT gpu, (time - ?1) * ?3 / (?2 - ?1) AS part, cast(round(avg(utilisation)) AS INTEGER) AS use"
            " FROM gpu_readings WHERE time >= ?1 AND time < ?2 GROUP BY part, gpu"
            ") JOIN gpus ON gpus.number = gpu"
        )
        found: dict[str, list[int | None]] = {}
        for uuid, part, use in self._rows(query, (begin, end, columns)):
            found.setdefault(uuid, [None] * columns)[part] = use
        return {uuid: tuple(parts) for uuid, parts in found.items() if any(part is not None for part in parts)}

    def mean_power(self, jobs: Sequence[str], begin: float, end: float) -> dict[str, float]:
        """Mean power in W of the GPUs that jobs had in a time, as far as these tell it, by job.

        Args:
            jobs: their ids.
            begin: seconds since 1970.
            end: likewise.

        Raises:
            HistoryError: the history cannot be read.
        """
        marks = ", ".join("?" * len(jobs))
        query = (
            "SELECT job, avg(power_w) FROM gpu_readings"  # noqa: S608  question marks
            f" WHERE time >= ? AND time <= ? AND job IN ({marks}) AND power_w IS NOT NULL GROUP BY job"
        )
        return dict(self._rows(query, (begin, end, *jobs)))

    def facts(self, names: tuple[str, ...]) -> dict[str, float]:
        """Those of `Batch.facts` that there are, by their names. Raises what `points` does."""
        marks = ", ".join("?" * len(names))
        return dict(self._rows(f"SELECT name, value FROM facts WHERE name IN ({marks})", names))  # noqa: S608

    def host_readings(self, since: float = 0.0) -> tuple[KeptHostReading, ...]:
        """Readings of the host since a moment, the oldest first. Raises what `points` does."""
        query = "SELECT time, cpu, memory_mib, disk_free_mib FROM host_readings WHERE time >= ? ORDER BY time"
        return tuple(KeptHostReading(*row) for row in self._rows(query, (since,)))

    def places(self, paths: tuple[Path, ...]) -> dict[Path, ReadUpTo]:
        """How far files have been read; those that nobody has read are left out. Raises what `points` does."""
        named = {path_text(path): path for path in paths}
        marks = ", ".join("?" * len(named))
        rows = self._rows(f"SELECT path, offset, epoch FROM places WHERE path IN ({marks})", tuple(named))  # noqa: S608
        return {named[text]: ReadUpTo(named[text], offset, epoch) for text, offset, epoch in rows}

    def _rows(self, query: str, values: Row, first: str | None = None) -> list[Row]:
        """Ask; `first` is what a file of version 1 is asked instead, which no recorder has brought up to date."""
        if not self._path.exists():
            return []
        try:
            return self._read(query, values, "ro", first)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise HistoryError(f"{self._path}: {error}") from error
        except sqlite3.Error as error:
            raise HistoryError(f"{self._path}: {error}") from error
        try:  # a killed recorder has left a transaction by halves, which only who may write can take back
            return self._read(query, values, "rw", first)
        except sqlite3.Error as error:
            raise HistoryError(f"{self._path}: {error}") from error

    def _read(self, query: str, values: Row, mode: str, first: str | None) -> list[Row]:
        with closing(connect(self._path, mode)) as connection:
            version = version_of(connection, self._path)
            if version == 1 and first is not None:
                query = first
            return connection.execute(query, values).fetchall() if version else []


def _with_throttle(row: Row) -> Row:
    """A row of readings whose last column is a `Throttle`'s number, or None."""
    return (*row[:-1], None if row[-1] is None else Throttle(row[-1]))
