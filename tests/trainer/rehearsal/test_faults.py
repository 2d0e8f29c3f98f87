"""Failures on demand."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from wantui.trainer.rehearsal import faults
from wantui.trainer.rehearsal.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.trainer.rehearsal.scene import Scene


def test_clauses() -> None:
    assert faults.parse("high@5, text@0:exit=7,any@2:kill") == [
        Fault("high", 5, "oom"),
        Fault("text", 0, "exit", 7),
        Fault("any", 2, "kill"),
    ]
    assert faults.parse("") == []


@pytest.mark.parametrize("clause", ["high", "high@x", "middle@3", "high@3:explode", "high@3:exit="])
def test_a_clause_that_cannot_be_understood_is_shown(clause: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{clause!r} is not JOB@N[:ACTION]")):
        faults.parse(clause)


def test_a_pace_that_is_no_number_is_shown() -> None:
    with pytest.raises(ValueError, match="'slow' is not a number of seconds"):
        faults.Faults("high", {faults.PACE_VARIABLE: "slow"})


def test_only_the_named_job_fails_at_the_named_step(cached: Scene) -> None:
    fail = {"WANTUI_REHEARSAL_FAIL": "high@2"}

    ended = cached.run("high", "--max_train_epochs", "1", **fail)

    assert ended.code == 1
    assert ended.progress.step == 2
    assert "torch.OutOfMemoryError: CUDA out of memory." in ended.text
    assert ended.progress.cause is not None
    assert "out of memory" in ended.progress.cause.lower()
    assert cached.run("low", "--max_train_epochs", "1", **fail).code == 0


@pytest.mark.parametrize(
    ("job", "clause", "code"),
    [("high", "high@1:exit=7", 7), ("text", "text@2:exit=3", 3), ("latents", "any@0:kill", -signal.SIGKILL)],
)
def test_ways_to_end(cached: Scene, job: str, clause: str, code: int) -> None:
    assert cached.run(job, WANTUI_REHEARSAL_FAIL=clause).code == code


def _hear_interrupts() -> None:
    """A background job of a shell is started with SIGINT ignored, and hands that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def _started(scene: Scene, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A training in a session of its own, with its output to be read; it ends with the block."""
    process = subprocess.Popen(
        scene.command("high", "--max_train_epochs", "1"),
        cwd=scene.folder,
        env=scene.environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_hear_interrupts,  # noqa: PLW1509  no other thread runs here
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def _read_until(process: subprocess.Popen[bytes], wanted: bytes, seen: bytes = b"") -> bytes:
    """What it has written, `seen` before it, once `wanted` is in it."""
    assert process.stdout is not None
    while wanted not in seen:
        read = os.read(process.stdout.fileno(), 4096)
        assert read, seen.decode()
        seen += read
    return seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_training_ends_by_signal(cached: Scene, number: signal.Signals) -> None:
    with _started(cached, WANTUI_REHEARSAL_FAIL="high@1:hang") as process:
        _read_until(process, b"hanging")
        os.killpg(process.pid, number)

        assert process.wait(30) == -number


def test_a_deaf_training_ignores_signals(cached: Scene) -> None:
    with _started(cached, WANTUI_REHEARSAL_FAIL="high@0:deaf,high@2:hang") as process:
        seen = _read_until(process, b"deaf to SIGTERM")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        _read_until(process, b"hanging", seen)
        assert process.poll() is None

        process.kill()
        assert process.wait(30) == -signal.SIGKILL


def test_a_corrupt_cache_can_hang_as_it_does_to_the_real_trainer(cached: Scene) -> None:
    path = cached.cache / "boat_0128x0096_wan.safetensors"
    path.write_bytes(path.read_bytes()[:300])

    with _started(cached, WANTUI_REHEARSAL_HANG_ON_CORRUPT="1") as process:
        _read_until(process, f"hanging: {path}: not a whole safetensors file".encode())
        assert process.poll() is None


def test_a_grandchild_escapes(cached: Scene) -> None:
    ended = cached.run("high", "--max_train_epochs", "1", WANTUI_REHEARSAL_FAIL="high@1:escape")

    assert ended.code == 0
    (escaped,) = map(int, re.findall(r"escaped grandchild: pid (\d+)", ended.text))
    try:
        assert os.getsid(escaped) == escaped
    finally:
        os.kill(escaped, signal.SIGKILL)


def test_some_want_of_memory_ends_where_enough_blocks_are_swapped() -> None:
    environment = {faults.FAIL_VARIABLE: "high@1:oom<20", faults.PACE_VARIABLE: "0"}
    with pytest.raises(faults.OutOfMemoryError):
        faults.Faults("high", environment, blocks_to_swap=10).step(1)
    faults.Faults("high", environment, blocks_to_swap=20).step(1)
