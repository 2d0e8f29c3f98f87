"""Several machines that try a disk together, as threads of one process."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from wantui import atomic
from wantui.slurm.disk_report import GRANTED, REFUSED, DiskReport
from wantui.slurm.shared_disk import judge
from wantui.supervisor.slurm import disk_party
from wantui.supervisor.slurm.disk_party import Party

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def take_part(folder: Path, count: int = 3) -> list[DiskReport]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda rank: Party(folder, count, rank).work(), range(count)))


def test_on_a_good_disk_nothing_is_found(tmp_path: Path) -> None:
    reports = take_part(tmp_path)
    assert [each.stage for each in reports] == ["end"] * 3
    assert [each.lock for each in reports] == [GRANTED, REFUSED, REFUSED]
    assert sorted(number for each in reports for number in each.made) == list(range(disk_party.FILES))
    found = judge(reports, tmp_path, "place")
    assert (found.refusal, found.caution) == (None, None)


def test_one_that_does_not_come_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_party, "PATIENCE_S", 0.1)
    report = Party(tmp_path, 2, 0).work()
    assert (report.stage, report.missing) == ("begin", [1])


def test_files_that_several_can_make_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def not_exclusive(path: Path, flags: int, mode: int = 0o777, **more: Any) -> int:
        return real(path, flags & ~os.O_EXCL if "claim." in str(path) else flags, mode, **more)

    monkeypatch.setattr("os.open", not_exclusive)
    assert "O_EXCL" in (judge(take_part(tmp_path), tmp_path, "place").refusal or "")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-3]), "seen in parts"),
        (lambda path: path.unlink(), "was away in between"),
        (lambda path: atomic.write_json(path, {"number": -2, "again": -2}), "an old version"),
    ],
)
def test_a_file_that_is_not_replaced_at_once_is_noticed(
    tmp_path: Path, wrong: Callable[[Path], object], says: str
) -> None:
    path = tmp_path / "versions.json"
    atomic.write_json(path, disk_party._version(1))
    found: list[str | None] = []
    reader = threading.Thread(target=lambda: found.append(disk_party._read_versions(path, tmp_path / "end")))
    reader.start()
    while reader.is_alive():  # until it has read the first version, and then the wrong one
        reader.join(0.05)
        wrong(path) if path.exists() else None
    assert says in str(found[0])
