"""Locks between processes, with real processes that die while they have one."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from wantui import locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDS = """
import pathlib, sys
from wantui import locks
locks.take(pathlib.Path(sys.argv[1]))
print(flush=True)
input()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "lock"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the lock."""
    argv = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
        process.kill()


def test_a_lock_is_one_process_s_until_it_is_killed(path: Path, holder: subprocess.Popen[bytes]) -> None:
    assert locks.is_held(path)
    with pytest.raises(locks.LockedError, match=str(path)):
        locks.take(path, patience_s=0.0)
    holder.send_signal(signal.SIGKILL)
    holder.wait(60)
    assert not locks.is_held(path)
    with locks.held(path, patience_s=0.0):
        assert locks.is_held(path)


@pytest.mark.parametrize("patience_s", [60.0, float("inf")])
def test_whoever_is_patient_gets_it_when_it_is_let_go(
    path: Path, holder: subprocess.Popen[bytes], patience_s: float
) -> None:
    ends = threading.Timer(0.05, holder.kill)
    ends.start()
    with locks.held(path, patience_s=patience_s):
        assert holder.wait(60) == -signal.SIGKILL
    ends.join()


def test_one_may_wait_until_nobody_has_it(path: Path, holder: subprocess.Popen[bytes]) -> None:
    ends = threading.Timer(0.05, holder.kill)
    ends.start()
    assert not locks.is_held(path, patience_s=60.0)
    ends.join()


def test_the_same_process_is_somebody_else_when_it_asks_again(path: Path) -> None:
    with locks.held(path), pytest.raises(locks.LockedError):
        locks.take(path, patience_s=0.0)


def test_a_lock_of_a_block_ends_with_the_block_though_a_child_has_a_copy(path: Path) -> None:
    with locks.held(path) as descriptor:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[descriptor])
    assert not locks.is_held(path)
    child.kill()
    child.communicate()


def test_a_lock_that_is_taken_lasts_as_long_as_any_copy(path: Path) -> None:
    descriptor = locks.take(path)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[descriptor])
    os.close(descriptor)
    assert locks.is_held(path)
    child.kill()
    child.communicate()
    assert not locks.is_held(path)


def test_the_file_is_for_this_user_alone_and_stays(path: Path) -> None:
    assert not locks.is_held(path), "nobody has what is not there"
    with locks.held(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.exists()


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        locks.take(tmp_path / "file" / "lock")
    with pytest.raises(IsADirectoryError):
        locks.take(tmp_path)


def test_a_failure_leaves_no_descriptor_open(path: Path, holder: subprocess.Popen[bytes]) -> None:
    assert holder.poll() is None
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(3):
        with pytest.raises(locks.LockedError):
            locks.take(path, patience_s=0.0)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_lock_is_not_taken_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("precious")
    (tmp_path / "lock").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="symbolic links"):
        locks.take(tmp_path / "lock")
