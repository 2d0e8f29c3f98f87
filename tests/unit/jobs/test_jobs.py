"""Runs on disk, liveness locks, folded logs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.jobs import liveness
from wantui.jobs.folding import Folder, fold
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import Job, JobError, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.process import ProcessIdentity
from wantui.jobs.store import RunStore
from wantui.paths import Workspace


def a_run(number: int = 7) -> Run:
    spec = JobSpec(
        kind=JobKind.HIGH,
        argv=("python", "train.py", "--name=字"),
        cwd=Path("/data"),
        env={"A": "b"},
        needs=(JobKind.LATENTS,),
        reads=(Path("/data/cache"),),
        prepare=("gate", "prepare"),
    )
    job = Job(
        id=f"{number}.high",
        run=number,
        spec=spec,
        state=JobState.RUNNING,
        queued=1.5,
        gpu=0,
        gpu_uuid="GPU-1",
        pid=42,
        shim=ProcessIdentity(41, 99, "boot"),
        argv=spec.argv,
        started=2.5,
    )
    return Run(number, RunKind.TRAIN, 1.0, {"any": ["thing"]}, (job,))


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    store = RunStore(Workspace(tmp_path))
    assert [store.create_folder(), store.create_folder()] == [1, 2]
    store.write(a_run(2))
    assert RunStore(Workspace(tmp_path)).get(2) == a_run(2)
    assert store.runs() == (a_run(2),)


def test_a_change_is_seen_and_an_unchanged_run_is_not_read_again(tmp_path: Path) -> None:
    writer, reader = RunStore(Workspace(tmp_path)), RunStore(Workspace(tmp_path))
    writer.create_folder()
    writer.write(a_run(1))
    first = reader.get(1)
    assert reader.get(1) is first
    writer.write(a_run(1).with_job(a_run(1).jobs[0].moved(JobState.SUCCEEDED)))
    assert reader.get(1).has_ended


def test_a_broken_record_hides_no_other_run_and_is_named(tmp_path: Path) -> None:
    store = RunStore(Workspace(tmp_path))
    for _ in range(2):
        store.write(a_run(store.create_folder()))
    broken = tmp_path / ".wantui/runs/1/run.json"
    broken.write_text("{")
    fresh = RunStore(Workspace(tmp_path))
    assert [run.number for run in fresh.runs()] == [2]
    assert list(fresh.broken) == [broken]
    with pytest.raises(JobError, match="cannot be read"):
        fresh.get(1)


@pytest.mark.parametrize("name", ["", "seven", "7.", "7.middle", "8", "-1", "8.high"])
def test_what_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    store = RunStore(Workspace(tmp_path))
    for _ in range(7):
        store.create_folder()
    store.write(a_run(7))
    if name == "7.":
        assert store.find(name)[1] is None
        return
    with pytest.raises(JobError):
        store.find(name)


def test_a_liveness_lock_is_held_as_long_as_anybody_has_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "line"
    assert not liveness.is_held(path)
    descriptor = liveness.hold(path)
    assert liveness.is_held(path)
    with pytest.raises(JobError, match="still alive"):
        liveness.hold(path)
    inherited = os.dup(descriptor)
    os.close(descriptor)
    assert liveness.is_held(path)
    os.close(inherited)
    assert not liveness.is_held(path)


def test_a_process_is_known_by_more_than_its_number() -> None:
    own = ProcessIdentity.of(os.getpid())
    assert own is not None
    assert own.is_alive
    assert not ProcessIdentity(own.pid, own.started_ticks + 1, own.boot).is_alive
    assert not ProcessIdentity(own.pid, own.started_ticks, "another boot").signal(9)


def test_a_verdict_survives_its_json() -> None:
    verdict = HookResult(Decision.GO, "naïve 字", ("a", "b"), {"C": "d"})
    assert HookResult.from_json(verdict.to_json()) == verdict
    with pytest.raises(JobError):
        HookResult.from_json('{"decision": "perhaps"}')


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (b"plain", "plain"),
        (b"10%\r20%\r30%", "30%"),
        (b"steps: 5\r          \r", "steps: 5"),
        (b"dos line\r", "dos line"),
        (b"\xff\xfe broken", "\ufffd\ufffd broken"),
        (b"", ""),
    ],
)
def test_folding(written: bytes, seen: str) -> None:
    assert fold(written) == seen


@given(st.lists(st.binary(max_size=30), max_size=20))
def test_folding_does_not_depend_on_how_the_bytes_arrive(chunks: list[bytes]) -> None:
    whole, pieces = Folder(), Folder()
    at_once = [*whole.feed(b"".join(chunks)), whole.rest()]
    in_pieces = [line for chunk in chunks for line in pieces.feed(chunk)] + [pieces.rest()]
    assert in_pieces == at_once
