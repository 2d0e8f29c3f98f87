"""The history stays small: what is old is thinned, and a year of nights fits into 200 MB."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from wantui.gpus.model import Throttle
from wantui.history.model import Batch, KeptGpuReading, KeptHostReading, TrainingPoint
from wantui.history.reader import HistoryReader
from wantui.history.schema import history_file
from wantui.history.store import HistoryStore
from wantui.history.thinning import DAY_S, MOST_OLD_POINTS, MOST_POINTS
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = 1_800_000_000
NIGHT_S = 36_000
STEPS = 20_000
"""Of each expert in a night."""
GPUS = 2
WANTED = 200 * 10**6


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.create_state()
    return made


def keep_a_night(store: HistoryStore, *, steps: int = STEPS, night_s: int = NIGHT_S) -> None:
    """A night of work, and a day on which nothing runs."""
    seconds = [*range(BEGIN, BEGIN + night_s), *range(BEGIN + night_s, BEGIN + DAY_S, 10)]
    for expert, kind in enumerate(("high", "low")):
        points = [
            TrainingPoint(
                7, kind, step, 1, BEGIN + night_s * step / steps, step // 100 + 1,
                0.1 + step / 7e5, 0.1 + step / 9e5, 3e-4 / step, 0.5 + step / 3e5,
            )
            for step in range(1, steps + 1)
        ]  # fmt: skip
        gpu = f"GPU-4f6a1c2e-9d3b-7a58-c0de-00000000000{expert}"
        readings = [
            KeptGpuReading(
                at,
                gpu,
                expert,
                "NVIDIA H100 80GB HBM3",
                97 - at % 5,
                70_000 + at % 9,
                70,
                650,
                f"7.{kind}",
                1700 + at % 60,
                Throttle.POWER,
            )
            for at in seconds
        ]
        store.write(Batch(points=points, gpus=readings))
    store.write(Batch(host=[KeptHostReading(at, at % 100, 100_000 + at % 99, 900_000 - at % 9999) for at in seconds]))


def used(workspace: Workspace) -> int:
    """Bytes of pages in use; the rest of the file is used again."""
    with sqlite3.connect(history_file(workspace)) as connection:
        size, pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
    return int(size * (pages - free))


def test_a_year_of_nights_fits_into_200_mb(workspace: Workspace) -> None:
    store = HistoryStore(workspace)
    empty = used(workspace)
    keep_a_night(store)
    sizes = {0: used(workspace) - empty}
    for days in (2, 8, 31):
        store.thin(BEGIN + (days + 1) * DAY_S)
        sizes[days] = used(workspace) - empty
    year = sizes[0] * 2 + sizes[2] * 6 + sizes[8] * 23 + sizes[31] * 334
    print({days: f"{size / 1e6:.2f} MB" for days, size in sizes.items()}, f"a year: {year / 1e6:.0f} MB")
    assert year < WANTED
    assert len(HistoryReader(workspace).points(7)) <= 2 * MOST_OLD_POINTS


def test_readings_are_kept_at_greater_distances(workspace: Workspace) -> None:
    store, reader = HistoryStore(workspace), HistoryReader(workspace)
    readings = [
        KeptGpuReading(BEGIN + second, "GPU-1", 0, "H100", 50 + second % 2, second, 60 + second % 3, 300, "7.high",
                       1500 + second % 2, Throttle(second % 4))
        for second in range(1200)
    ]  # fmt: skip
    store.write(
        Batch(gpus=readings, host=[KeptHostReading(each.time, 10, each.time, -each.time) for each in readings])
    )
    store.thin(BEGIN + DAY_S)
    assert len(reader.gpu_readings()) == 1200
    for age, seconds in ((1, 10), (7, 60), (30, 600)):
        for _ in range(2):  # the second time nothing is left to do
            store.thin(BEGIN + age * DAY_S + 1200)
        kept = reader.gpu_readings()
        assert [each.time for each in kept] == list(range(BEGIN, BEGIN + 1200, seconds))
        assert kept[0] == KeptGpuReading(
            BEGIN, "GPU-1", 0, "H100", kept[0].utilization_pct, seconds - 1, 62, 300, "7.high",
            kept[0].sm_clock_mhz, Throttle.THERMAL,
        )  # fmt: skip
        assert kept[0].sm_clock_mhz in (1500, 1501)
        assert kept[0].utilization_pct in (50, 51)
        host = reader.host_readings()
        assert (len(host), host[0]) == (
            1200 // seconds,
            KeptHostReading(BEGIN, 10, BEGIN + seconds - 1, -BEGIN - seconds + 1),
        )
    store.thin(BEGIN + 800 * DAY_S)
    assert reader.gpu_readings() == ()


def test_points_are_kept_up_to_a_bound(workspace: Workspace) -> None:
    store, reader = HistoryStore(workspace), HistoryReader(workspace)
    points = [TrainingPoint(1, "low", step, 1, BEGIN + step) for step in range(1, MOST_POINTS + 2)]
    store.write(Batch(points=points))
    store.thin(BEGIN)
    kept = [each.step for each in reader.points(1)]
    assert kept == [*range(2, MOST_POINTS + 1, 2), MOST_POINTS + 1]
    store.write(Batch(points=[TrainingPoint(1, "low", step, 1, BEGIN + step) for step in range(20_002, 20_012)]))
    store.thin(BEGIN)
    assert len(reader.points(1)) == len(kept) + 10
