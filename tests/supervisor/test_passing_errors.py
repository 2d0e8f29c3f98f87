"""A disk that is full for a moment, processes that cannot be made for a moment: nothing fails or gets stuck by it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.supervisor.conftest import Site, until
from wantui.gpus.leases import Leases
from wantui.jobs import liveness
from wantui.jobs.model import Job, JobKind, JobState, Run, RunKind
from wantui.jobs.store import RunStore, job_files
from wantui.supervisor.engine import Engine
from wantui.supervisor.local import LocalMachine
from wantui.supervisor.spawn import spawn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Disk:
    """Refuses to keep records while it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        write = RunStore.write

        def refuses(store: RunStore, run: Run) -> None:
            if self.is_full:
                raise OSError(errno.ENOSPC, "No space left on device")
            write(store, run)

        monkeypatch.setattr(RunStore, "write", refuses)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def engine(site: Site) -> Iterator[Engine]:
    """An engine in this process, without a server."""
    made = Engine(site.workspace, LocalMachine(site.workspace))
    yield made
    made.leave()


def submit(engine: Engine, site: Site, script: str, **changes: Any) -> None:
    number = engine.queue.store.create_folder()
    spec = site.spec("high", script, **changes)
    engine.queue.add(
        Run(
            number,
            RunKind.TRAIN,
            0.0,
            {},
            (Job(f"{number}.high", number, spec, JobState.QUEUED, 0.0, argv=spec.argv),),
        )
    )


def ticked(engine: Engine, site: Site, state: JobState) -> Job:
    """Let the engine look until the record says that the job is in `state`."""

    def look() -> Job | None:
        engine.tick()
        return found if (found := site.job("1.high")).state is state else None

    return until(look, f"1.high {state}")


def test_a_training_that_ends_while_nothing_can_be_written_has_succeeded(
    engine: Engine, site: Site, disk: Disk
) -> None:
    hook = ("sh", "-c", """echo '{"decision": "go"}'""")
    submit(engine, site, "while test ! -e go; do sleep 0.02; done", verify=hook)
    ticked(engine, site, JobState.RUNNING)
    disk.is_full = True
    (site.folder / "go").touch()
    until(job_files(site.workspace, site.job("1.high")).exit.exists, "the exit record")

    def judged() -> bool:
        engine.tick()
        job = engine.queue.runs[1].job(JobKind.HIGH)
        return job is not None and job.state is JobState.SUCCEEDED

    until(judged, "the judgement, kept in memory")
    assert "No space left" in (engine.trouble or "")
    assert site.job("1.high").state is JobState.RUNNING
    disk.is_full = False
    assert ticked(engine, site, JobState.SUCCEEDED).exit_code == 0
    assert engine.trouble is None
    assert engine.queue.runs == {}


def test_a_start_that_cannot_be_written_down_takes_nothing_and_takes_place_later(
    engine: Engine, site: Site, disk: Disk, runtime: Path
) -> None:
    submit(engine, site, "true")
    disk.is_full = True
    engine.tick()
    assert engine.trouble is not None
    assert not liveness.is_held(job_files(site.workspace, site.job("1.high")).liveness_lock)
    assert Leases(runtime / "gpus", liveness.is_alive).holders() == {}
    disk.is_full = False
    assert ticked(engine, site, JobState.SUCCEEDED).exit_code == 0


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENOSPC])
def test_a_process_that_cannot_be_made_now_is_made_later(
    engine: Engine, site: Site, monkeypatch: pytest.MonkeyPatch, runtime: Path, number: int
) -> None:
    with monkeypatch.context() as refused:

        def refuses(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        refused.setattr("wantui.supervisor.local.spawn", refuses)
        submit(engine, site, "true")
        engine.tick()
        assert os.strerror(number) in (engine.trouble or "")
        assert site.job("1.high").state is JobState.QUEUED
        assert Leases(runtime / "gpus", liveness.is_alive).holders() == {}
    assert ticked(engine, site, JobState.SUCCEEDED).exit_code == 0


def test_one_job_that_cannot_start_keeps_no_other_from_it(
    engine: Engine, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses_the_first(workspace: Any, job: Job, *rest: Any) -> Any:
        if job.run == 1:
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return spawn(workspace, job, *rest)

    monkeypatch.setattr("wantui.supervisor.local.spawn", refuses_the_first)
    submit(engine, site, "true")
    submit(engine, site, "true")

    def second_is_done() -> bool:
        engine.tick()
        return site.job("2.high").state is JobState.SUCCEEDED

    until(second_is_done, "the end of the second")
    assert site.job("1.high").state is JobState.QUEUED


def test_a_run_that_another_supervisor_took_meanwhile_is_taken_up(engine: Engine, site: Site) -> None:
    """A lock that was removed lets two serve for a moment; the one that stays knows of both queues."""
    other = Engine(site.workspace, LocalMachine(site.workspace))
    submit(other, site, "true")
    other.leave()
    assert engine.queue.runs == {}
    ticked(engine, site, JobState.SUCCEEDED)


def test_a_run_whose_record_could_not_be_read_at_the_start_is_taken_up(engine: Engine, site: Site) -> None:
    submit(engine, site, "true")
    engine.leave()
    away = site.workspace.runs.with_name("away")
    site.workspace.runs.rename(away)
    next_one = Engine(site.workspace, LocalMachine(site.workspace))
    away.rename(site.workspace.runs)
    assert next_one.queue.runs == {}
    ticked(next_one, site, JobState.SUCCEEDED)
    next_one.leave()
