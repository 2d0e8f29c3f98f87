"""Keeping the history small: what is older is kept at greater distances.

Readings are kept each second for a day, then one for 10 seconds, after a week one a minute, after a month one for 10
minutes, and go after two years. Points of a training stay all up to `MOST_POINTS` a job, beyond which every second,
fourth, ... is kept; a month after its last step a job keeps `MOST_OLD_POINTS`.

What a year comes to, with ten hours of work every night on two GPUs and 20,000 steps of each expert (measured by
``tests/unit/history/test_year.py``): such a day takes 6.2 MB, after a day 3.5 MB, after a week 2.9 MB and after a
month 0.17 MB; that is 155 MB a year.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

DAY_S = 86400
LEVELS = ((DAY_S, 10), (7 * DAY_S, 60), (30 * DAY_S, 600))
"""Seconds of age from which on there is one reading for so many seconds."""
CHECKPOINT = "checkpoint-saved"
"""The kind of the events of which a run that saves often has very many."""
MOST_CHECKPOINTS = 1000
"""As many of those are kept, the newest."""
LONGEST_KEPT_S = 730 * DAY_S
MOST_POINTS = 20_000
"""Of a job; more than a night has at two seconds a step."""
MOST_OLD_POINTS = 2_000
"""Of a job whose last step is `OLD_S` ago: a chart has a few hundred columns."""
OLD_S = 30 * DAY_S

_GPU = """
SELECT time / {seconds} * {seconds}, gpu, cast(round(avg(utilisation)) AS INTEGER), max(memory_mib), max(temperature),
       cast(round(avg(power_w)) AS INTEGER), max(job), cast(round(avg(clock_mhz)) AS INTEGER), max(throttle)
FROM gpu_readings WHERE time >= ? AND time < ? GROUP BY 1, 2 ORDER BY 1, 2
"""
_HOST = """
SELECT time / {seconds} * {seconds}, cast(round(avg(cpu)) AS INTEGER), max(memory_mib), min(disk_free_mib)
FROM host_readings WHERE time >= ? AND time < ? GROUP BY 1 ORDER BY 1
"""


def thin(connection: sqlite3.Connection, now: float) -> None:
    """Let go of what is too old to be kept in full; in one transaction for each level."""
    for age, seconds in LEVELS:
        _thin_readings(connection, f"thinned_{seconds}", int(now - age) // 600 * 600, seconds)
    for table in ("gpu_readings", "host_readings"):
        connection.execute(f"DELETE FROM {table} WHERE time < ?", (int(now - LONGEST_KEPT_S),))  # noqa: S608
    connection.execute(
        "DELETE FROM events WHERE kind = ?1 AND number <="
        " (SELECT number FROM events WHERE kind = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
        (CHECKPOINT, MOST_CHECKPOINTS),
    )
    old = round((now - OLD_S) * 1000)
    jobs = connection.execute("SELECT run, kind, count(*), max(time_ms) FROM points GROUP BY run, kind").fetchall()
    for run, kind, count, latest in jobs:
        most = MOST_OLD_POINTS if latest < old else MOST_POINTS
        if count > most:
            _thin_points(connection, run, kind, most)


def _thin_readings(connection: sqlite3.Connection, fact: str, until: int, seconds: int) -> None:
    """Make one reading of each stretch of so many seconds, from where the last time ended until `until`."""
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (fact,)).fetchone()
    begin = 0 if row is None else int(row[0])
    if until <= begin:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table, query, columns in (("gpu_readings", _GPU, 9), ("host_readings", _HOST, 4)):
            with closing(connection.execute(query.format(seconds=seconds), (begin, until))) as found:
                kept = found.fetchall()
            connection.execute(f"DELETE FROM {table} WHERE time >= ? AND time < ?", (begin, until))  # noqa: S608
            marks = ", ".join("?" * columns)
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", kept)  # noqa: S608  question marks
        connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (fact, until))
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise


def _thin_points(connection: sqlite3.Connection, run: int, kind: str, most: int) -> None:
    """Keep every second, fourth, ... step, and the last.

    They are taken out and put in again: pages from which most rows were deleted stay a third full otherwise.
    """
    rows = connection.execute("SELECT * FROM points WHERE run = ? AND kind = ? ORDER BY step", (run, kind)).fetchall()
    kept, every = rows, 1
    while len(kept) > most:
        every *= 2
        kept = [row for row in rows if row[2] % every == 0 or row is rows[-1]]
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("DELETE FROM points WHERE run = ? AND kind = ?", (run, kind))
        connection.executemany(f"INSERT INTO points VALUES ({', '.join('?' * 10)})", kept)  # noqa: S608
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise
