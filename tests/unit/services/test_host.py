"""The host: disks by what lies on them and how fast they fill, and what goes over the network."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from wantui.formatting import MINUTE_S
from wantui.history.model import SEEN_UNTIL, Batch, KeptGpuReading, disk_pace
from wantui.history.reader import HistoryReader
from wantui.history.store import HistoryStore
from wantui.paths import Workspace
from wantui.runs.record import disks
from wantui.runs.record.disks import Disks
from wantui.services.host import Host
from wantui.services.machine import NIGHT_S, MachineReadings

if TYPE_CHECKING:
    from pathlib import Path

NET = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 99999999 1 0 0 0 0 0 0 99999999 1 0 0 0 0 0 0
  eth0: {received} 1 0 0 0 0 0 0 {sent} 1 0 0 0 0 0 0
"""  # noqa: E501  as the kernel writes it


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.create_state()
    return made


@pytest.fixture
def store(workspace: Workspace) -> HistoryStore:
    return HistoryStore(workspace)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still until a test sets it."""
    clock = [1000.0]
    monkeypatch.setattr("wantui.services.host.time.monotonic", lambda: clock[0])
    return clock


def test_what_lies_on_one_disk_is_one_reading(workspace: Workspace) -> None:
    (disk,) = Host(workspace).read().disks
    assert disk.names == "output, caches"
    assert disk.free_mib is not None
    assert disk.full_in_s is None


def test_a_disk_that_fills_says_when_it_is_full(workspace: Workspace, store: HistoryStore) -> None:
    pace = disk_pace(workspace.root.stat().st_dev)
    store.write(Batch(facts={pace: 0.5}), time.time())
    (disk,) = Host(workspace).read().disks
    assert disk.free_mib is not None
    assert disk.full_in_s == pytest.approx(disk.free_mib * 2, rel=0.01)
    store.write(Batch(facts={pace: 0.5}), time.time() - 3600)  # whatever recorder said that, it is gone
    assert Host(workspace).read().disks[0].full_in_s is None


def test_a_reading_holds_for_some_seconds(workspace: Workspace, tmp_path: Path, now: list[float]) -> None:
    network = tmp_path / "dev"
    network.write_text(NET.format(received=1000, sent=500))
    reads = Host(workspace, network)
    first = reads.read()
    assert first.network_bytes_s is None
    network.write_text(NET.format(received=2_001_000, sent=500_500))
    now[0] += 1
    assert reads.read() is first
    now[0] += 9
    assert reads.read().network_bytes_s == 250_000
    network.write_text("nothing of the kind: 1\n")
    now[0] += 10
    assert reads.read().network_bytes_s is None


def test_the_night_is_read_from_the_history(
    workspace: Workspace, store: HistoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = 30_000_000 * MINUTE_S
    long_ago, of_late = until - NIGHT_S, until - MINUTE_S
    store.write(
        Batch(
            gpus=[
                KeptGpuReading(long_ago - 1, "GPU-a", 0, "RTX", 1),
                *(KeptGpuReading(long_ago + second, "GPU-a", 0, "RTX", 40 + second) for second in (0, 20)),
                KeptGpuReading(of_late + 59, "GPU-a", 0, "RTX", 90),
                KeptGpuReading(of_late, "GPU-b", 1, "RTX"),
            ]
        )
    )
    monkeypatch.setattr("wantui.services.machine.time.time", lambda: until + 12.0)
    night = MachineReadings(workspace).night()
    assert night.keys() == {"GPU-a"}
    kept = night["GPU-a"]
    assert (kept[0], kept[1], kept[-1], len(kept)) == (50, None, 90, 480)


def test_the_recorder_tells_news_of_paces_alone(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [10_000]
    monkeypatch.setattr(disks, "free_bytes", lambda _: free[0] << 20)
    seen, pace = Disks(workspace), disk_pace(workspace.root.stat().st_dev)
    seen.look([], 0.0)
    assert seen.news_of_paces() == {pace: 0.0}
    for minute in range(1, 11):
        free[0] -= 60
        seen.look([], minute * 60.0)
    assert seen.news_of_paces() == {pace: 1.0}
    assert seen.news_of_paces() == {}
    free[0] = 10_000
    seen.look([], 660.0)
    assert seen.news_of_paces() == {pace: 0.0}


def test_facts_are_read_by_name(workspace: Workspace, store: HistoryStore) -> None:
    store.write(Batch(facts={"a": 1.0}), 9.0)
    assert store.fact("b") is None
    assert HistoryReader(workspace).facts(("a", "b", SEEN_UNTIL)) == {"a": 1.0, SEEN_UNTIL: 9.0}
