"""Leases between processes that fight for GPUs, stop in the middle, or are killed."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wantui.gpus.leases import Lease, Leases
from wantui.gpus.model import GpuError
from wantui.jobs import liveness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Barrier

NO_LOG = Path("/nonexistent")

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def leases(tmp_path: Path) -> Leases:
    return Leases(tmp_path / "gpus", liveness.is_alive)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A liveness lock that this process holds."""
    path = tmp_path / "lifeline"
    descriptor = liveness.hold(path)
    yield path
    os.close(descriptor)


def take(leases: Leases, uuid: str, held: Path, job: str = "7.high") -> bool:
    return leases.acquire(uuid, job=job, workspace="/w", liveness_lock=held, log=NO_LOG)


def test_nothing_is_leased_at_first(leases: Leases) -> None:
    assert leases.holders() == {}


def test_a_lease_names_its_holder(leases: Leases, held: Path, tmp_path: Path) -> None:
    assert take(leases, "GPU-a", held)
    assert leases.holders() == {"GPU-a": Lease("GPU-a", "7.high", "/w", held, NO_LOG, os.getpid())}
    file = tmp_path / "gpus" / "GPU-a.json"
    assert json.loads(file.read_text())["job"] == "7.high"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_live_lease_keeps_others_out(leases: Leases, held: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    descriptor = liveness.hold(other)
    assert take(leases, "GPU-a", held)
    assert not take(leases, "GPU-a", other, "8.low")
    assert take(leases, "GPU-b", other, "8.low")
    assert take(leases, "GPU-a", held), "the holder may ask again"
    assert {uuid: lease.job for uuid, lease in leases.holders().items()} == {"GPU-a": "7.high", "GPU-b": "8.low"}
    os.close(descriptor)


def test_a_lease_ends_with_its_liveness_lock(leases: Leases, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    descriptor = liveness.hold(first)
    assert take(leases, "GPU-a", first)
    os.close(descriptor)
    assert leases.holders() == {}
    descriptor = liveness.hold(second)
    assert take(leases, "GPU-a", second)
    os.close(descriptor)
    second.unlink()
    assert leases.holders() == {}


def test_only_the_holder_gives_a_lease_back(leases: Leases, held: Path, tmp_path: Path) -> None:
    assert take(leases, "GPU-a", held)
    leases.release("GPU-a", tmp_path / "another")
    assert list(leases.holders()) == ["GPU-a"]
    leases.release("GPU-a", held)
    leases.release("GPU-a", held)
    assert leases.holders() == {}
    assert liveness.is_held(held)


@pytest.mark.parametrize("content", ["", "{", "[]", "5", "{}", '{"uuid": "GPU-a", "pid": "x"}', "null"])
def test_a_broken_file_is_nobodys_lease(leases: Leases, held: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus" / "GPU-a.json").write_text(content)
    assert leases.holders() == {}
    assert take(leases, "GPU-a", held)
    assert list(leases.holders()) == ["GPU-a"]


def test_a_uuid_with_slashes_stays_in_the_folder(leases: Leases, held: Path) -> None:
    uuid = "MIG-GPU-a/../1/0"
    assert take(leases, uuid, held)
    assert list(leases.holders()) == [uuid]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, held: Path) -> None:
    (tmp_path / "file").write_text("")
    leases = Leases(tmp_path / "file", liveness.is_alive)
    with pytest.raises(GpuError, match=r"file: GPUs cannot be leased there .* set WANTUI_RUNTIME_DIR"):
        take(leases, "GPU-a", held)
    with pytest.raises(GpuError, match="cannot be leased there"):
        leases.holders()


ROUNDS = 25
FIGHTERS = 8
UUIDS = ("GPU-a", "GPU-b")


def fight(folder: Path, number: int, barrier: Barrier, wins: Connection) -> None:
    """Ask for every GPU, round after round; prove each time to be alone with what was granted."""
    leases = Leases(folder / "gpus", liveness.is_alive)
    for round_number in range(ROUNDS):
        held = folder / f"lifeline-{number}-{round_number}"
        descriptor = liveness.hold(held)
        barrier.wait(60)
        granted = [
            uuid
            for uuid in UUIDS
            if leases.acquire(uuid, job=f"{number}.high", workspace="/w", liveness_lock=held, log=NO_LOG)
        ]
        proofs = [os.open(folder / f"alone-{uuid}", os.O_RDWR | os.O_CREAT) for uuid in granted]
        for proof in proofs:
            fcntl.flock(proof, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where two hold the same GPU
        barrier.wait(60)
        for proof in proofs:
            os.close(proof)
        wins.send(granted)
        barrier.wait(60)
        if round_number % 2:
            for uuid in granted:
                leases.release(uuid, held)
        os.close(descriptor)
        barrier.wait(60)


def test_eight_processes_fight_for_two_gpus(tmp_path: Path) -> None:
    barrier = SPAWN.Barrier(FIGHTERS)
    pipes = [SPAWN.Pipe(duplex=False) for _ in range(FIGHTERS)]
    fighters = [
        SPAWN.Process(target=fight, args=(tmp_path, number, barrier, pipe[1])) for number, pipe in enumerate(pipes)
    ]
    for fighter in fighters:
        fighter.start()
    for _, ours in pipes:
        ours.close()
    for _ in range(ROUNDS):
        granted = [uuid for wins, _ in pipes for uuid in wins.recv()]
        assert sorted(granted) == list(UUIDS), "each GPU once, and none left lying"
    for fighter in fighters:
        fighter.join(60)
        assert fighter.exitcode == 0


def hold_for_ever(folder: Path, ready: Connection) -> None:
    """Lease a GPU, hand the liveness lock to a child, and wait to be killed."""
    held = folder / "lifeline"
    liveness.hold(held)
    assert Leases(folder / "gpus", liveness.is_alive).acquire(
        "GPU-a", job="1.high", workspace="/w", liveness_lock=held, log=NO_LOG
    )
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    ready.send(child)
    signal.pause()


def test_a_lease_lasts_until_the_last_process_of_the_job_is_killed(tmp_path: Path, leases: Leases) -> None:
    theirs, ours = SPAWN.Pipe(duplex=False)
    holder = SPAWN.Process(target=hold_for_ever, args=(tmp_path, ours))
    holder.start()
    child: int = theirs.recv()
    other = tmp_path / "other"
    descriptor = liveness.hold(other)
    try:
        assert not take(leases, "GPU-a", other)
        holder.kill()
        holder.join()
        assert list(leases.holders()) == ["GPU-a"], "a process of the job is still alive"
        assert not take(leases, "GPU-a", other)
    finally:
        holder.kill()
        os.kill(child, signal.SIGKILL)

    with (tmp_path / "lifeline").open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)  # waits until the kernel has buried the child
    assert leases.holders() == {}
    assert take(leases, "GPU-a", other)
    os.close(descriptor)
