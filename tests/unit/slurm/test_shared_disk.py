"""What a test of the shared disk comes to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wantui.config.schema import SlurmConfig
from wantui.doctor.model import Mark
from wantui.doctor.slurm import _disk
from wantui.paths import Workspace
from wantui.slurm.disk_report import GRANTED, REFUSED, DiskReport
from wantui.slurm.shared_disk import DiskFinding, judge, keep, kept, place_of

FOLDER = Path("/shared/loras")
FIRST = DiskReport("n1", 0, "end", seen_after_s=0.5, made=[0, 2], lock=GRANTED)
SECOND = DiskReport("n2", 1, "end", made=[1], lock=REFUSED, is_freed=True)
HERE = DiskReport("login", 2, "end", seen_after_s=3.5, lock=REFUSED, is_freed=True)


def test_a_disk_that_works_is_taken() -> None:
    found = judge([FIRST, SECOND, HERE], FOLDER, "place")
    assert (found.refusal, found.caution, found.seen_after_s) == (None, None, 3.5)
    assert found.machines == ("n1", "n2", "login")


@pytest.mark.parametrize(
    ("first", "second", "here", "why"),
    [
        (None, None, replace(HERE, stage="begin", missing=[0, 1]), "not shared with the nodes"),
        (
            FIRST,
            None,
            None,
            "not shared with the nodes under this path: what they write is not seen here; Slurm says",
        ),
        (FIRST, replace(SECOND, stage="made", missing=[0]), HERE, "is not seen by n2 within 90 s"),
        (FIRST, replace(SECOND, made=[2]), HERE, "the first to make the same file (O_EXCL)"),
        (FIRST, replace(SECOND, torn="seen in parts"), HERE, "as n2 sees it: seen in parts"),
        (replace(FIRST, stage="renamed", stuck=True), None, None, "does not answer n1 when a lock is asked for"),
        (FIRST, SECOND, replace(HERE, is_freed=False), "a lock stays though its holder has let go"),
        (FIRST, replace(SECOND, error="/x: Input/output error"), None, "n2: /x: Input/output error"),
    ],
)
def test_what_runs_need_and_a_disk_does_not_do_is_the_reason(
    first: DiskReport | None, second: DiskReport | None, here: DiskReport | None, why: str
) -> None:
    found = judge([first, second, here], FOLDER, "place", "No such file")
    assert found.refusal is not None
    assert why in found.refusal


@pytest.mark.parametrize(
    ("lock", "says"), [(GRANTED, "several machines at once"), ("No locks available", "do not work")]
)
def test_locks_that_do_not_reach_other_machines_are_told_of(lock: str, says: str) -> None:
    found = judge([FIRST, replace(SECOND, lock=lock), replace(HERE, lock=lock)], FOLDER, "place")
    assert found.refusal is None
    assert says in (found.caution or "")


def test_a_finding_counts_for_its_place_alone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create_state()
    config = SlurmConfig()
    assert kept(workspace, config) is None
    finding = DiskFinding(place_of(workspace, config), 1.0, ("n1", "login"), refusal="it is not shared")
    keep(workspace, finding)
    assert kept(workspace, config) == finding
    assert kept(workspace, SlurmConfig(partition="other")) is None
    (workspace.state / "shared-disk.json").write_text("{")
    assert kept(workspace, config) is None


@pytest.mark.parametrize(
    ("refusal", "caution", "mark"),
    [("it is not", None, Mark.BAD), (None, "locks do not", Mark.CAUTION), (None, None, Mark.GOOD)],
)
def test_the_doctor_tells_what_was_found(
    tmp_path: Path, refusal: str | None, caution: str | None, mark: Mark
) -> None:
    workspace = Workspace(tmp_path)
    workspace.create_state()
    config = SlurmConfig()
    finding = DiskFinding(place_of(workspace, config), 1.0, ("n1", "login"), refusal, caution, 2.5)
    keep(workspace, finding)
    told = _disk(workspace, config)
    assert told.mark is mark
    assert told.seen == (refusal or caution or "n1, login share the workspace's disk; files are seen after 2.5 s")
