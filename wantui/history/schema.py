"""The history's file: ``.wantui/history.sqlite``, its tables, and how it is opened.

One process writes, the recorder (`wantui.runs.record.recorder`), under a lock of its own; everybody reads.

The journal is a file beside the database that is truncated after each transaction (``journal_mode=TRUNCATE``).
SQLite's faster way, the write-ahead log, is not for a workspace: its readers and writers share memory through a
mapped ``-shm`` file, which works between processes of one machine alone, and a workspace may lie on a network disk:
https://www.sqlite.org/wal.html ("All processes using a database must be on the same host computer"). Truncating
spares making and removing a file each time, which a network disk is slow at. ``synchronous=NORMAL`` syncs the journal
before the database is written: a crash of a program costs nothing.
"""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote

from wantui.history.model import NewerHistoryError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace

VERSION = 2
"""``PRAGMA user_version``: a file with a greater one is a newer wantui's."""
BUSY_S = 5.0
"""How long one waits for the other; a transaction takes milliseconds, on a network disk some more."""

TABLES = """
CREATE TABLE points (
    run INTEGER NOT NULL, kind TEXT NOT NULL, step INTEGER NOT NULL, attempt INTEGER NOT NULL,
    time_ms INTEGER NOT NULL, epoch INTEGER, loss REAL, smoothed REAL, learning_rate REAL, grad_norm REAL,
    PRIMARY KEY (run, kind, step)
) WITHOUT ROWID;
CREATE TABLE gpus (
    number INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, position INTEGER NOT NULL, name TEXT NOT NULL
);
CREATE TABLE gpu_readings (
    time INTEGER NOT NULL, gpu INTEGER NOT NULL REFERENCES gpus (number),
    utilisation INTEGER, memory_mib INTEGER, temperature INTEGER, power_w INTEGER, job TEXT,
    clock_mhz INTEGER, throttle INTEGER,
    PRIMARY KEY (time, gpu)
) WITHOUT ROWID;
CREATE TABLE host_readings (time INTEGER PRIMARY KEY, cpu INTEGER, memory_mib INTEGER, disk_free_mib INTEGER);
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, severity TEXT NOT NULL, kind TEXT NOT NULL,
    job TEXT, message TEXT NOT NULL, evidence TEXT NOT NULL, key TEXT UNIQUE
);
CREATE TABLE places (path TEXT PRIMARY KEY, offset INTEGER NOT NULL, epoch INTEGER) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
"""
STEPS = {
    1: """
ALTER TABLE gpu_readings ADD COLUMN clock_mhz INTEGER;
ALTER TABLE gpu_readings ADD COLUMN throttle INTEGER;
""",
}
"""What makes a file of a version one of the next: it gains columns, and nothing of it is lost."""


def history_file(workspace: Workspace) -> Path:
    """Where the history of a workspace is kept."""
    return workspace.state / "history.sqlite"


def path_text(path: Path) -> str:
    """A path as text, also one that is not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The version of an open history; 0: it is empty.

    Raises:
        NewerHistoryError: a newer wantui has written it.
        sqlite3.Error: it cannot be read.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise NewerHistoryError(
            f"{path}: a newer wantui has written it (version {version}, this one knows {VERSION}); "
            "nothing is kept or read until wantui is updated"
        )
    return version


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the database at `path`; `mode` as in SQLite's URIs: ``ro``, ``rw`` or ``rwc``.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    uri = f"file:{quote(str(path))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
