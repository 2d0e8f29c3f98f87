"""Random faults against running supervisors: whatever happens, nothing is lost, used twice or left behind.

``WANTUI_TEST_SEED`` repeats the faults of an earlier time, ``WANTUI_TEST_FAULTS`` says how many there are.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chaos.faults import FAULTS, ON_SLURM, submit
from tests.chaos.invariants import check
from tests.chaos.world import World, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = int(os.environ.get("WANTUI_TEST_FAULTS", "20"))
ROUND = 30
"""Faults between two looks at what must hold."""
ON_SLURM_COUNT = int(os.environ.get("WANTUI_TEST_SLURM_FAULTS", "12"))
"""The most faults where jobs run on a cluster, which is slow with each of them."""
SEED = int(os.environ.get("WANTUI_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
"""Of the first round, in this process: tests are named by their rounds, for all workers must find the same names."""


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    runtime = Path(tempfile.mkdtemp(prefix="wt-", dir="/tmp"))
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(runtime))
    disk = tmp_path / "disk"
    disk.mkdir()
    engine, number = request.param
    cluster = request.getfixturevalue("cluster") if engine == "slurm" else None
    chance = random.Random(SEED + number)
    made = World(chance, runtime, tmp_path / "ground", disk, small_disk(disk), cluster)
    try:
        made.create()
        yield made
    finally:
        made.lift()
        made.destroy()


def inflict(world: World, count: int) -> None:
    """So many faults one after the other; some last while the next ones come."""
    names: list[str] = []
    faults = FAULTS if world.cluster is None else FAULTS | ON_SLURM
    for _ in range(10 * count):
        if count == 0:
            break
        if not names:  # every class comes up before one comes again
            names = sorted(faults)
            world.random.shuffle(names)
        name = names.pop()
        submit(world)
        if faults[name](world):
            world.history.append(f"{time.monotonic():.2f} {name}")
            count -= 1
        time.sleep(world.random.random() * 0.4)  # part of the fault's chance, nothing is awaited
        if len(world.lifts) > world.random.randrange(4):
            world.lift()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "world",
    [
        *(pytest.param(("local", number), id=f"round-{number}") for number in range((COUNT + ROUND - 1) // ROUND)),
        pytest.param(("slurm", 0), id="slurm", marks=pytest.mark.slurm),
    ],
    indirect=True,
)
def test_nothing_is_lost_used_twice_or_left_behind(world: World, request: pytest.FixtureRequest) -> None:
    most = ROUND if world.cluster is None else ON_SLURM_COUNT
    inflict(world, min(COUNT, most))
    try:
        check(world)
    except BaseException:
        seed = SEED + request.node.callspec.params["world"][1]
        print(f"WANTUI_TEST_SEED={seed} WANTUI_TEST_FAULTS={min(COUNT, most)}", *world.history, sep="\n")
        raise
