"""The engine on a machine that is not this one: nothing of a job is a process, a lock or a lease here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wantui.errors import MachineError
from wantui.gpus.model import TO_BE_CHOSEN, Gpu, GpuReading
from wantui.jobs.model import InterruptedBy, Interruption, Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import ExitRecord
from wantui.paths import Workspace
from wantui.runs.board import Board
from wantui.supervisor.engine import ACTIVE_TICK_S, WAITING_TICK_S, Engine
from wantui.supervisor.machine import Seen
from wantui.supervisor.spawn import Started

if TYPE_CHECKING:
    from pathlib import Path

NODES = (Gpu(0, "node-1", "A100"), Gpu(1, "node-2", "A100"))


class Cluster:
    """A machine whose jobs are what a test says."""

    trouble: str | None = None

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self.taken: set[str] = set()
        self.pressed: list[str] = []
        self.refuses: MachineError | None = None
        self.waits: str | None = None
        self.nodes: tuple[Gpu, ...] = NODES
        self.started: Started | None = None

    def offers(self) -> list[GpuReading]:
        if self.refuses is not None:
            raise self.refuses
        return [GpuReading(gpu) for gpu in self.nodes]

    def take(self, job: Job) -> bool:
        self.taken.add(job.id)
        return True

    def holds(self, job: Job) -> bool:
        return job.id in self.taken and job.id not in self.seen

    def start(self, job: Job) -> str | None:
        self.seen[job.id] = Seen(is_alive=True, waits=self.waits)
        return self.waits

    def see(self, job: Job) -> Seen:
        return self.seen[job.id]

    def identify(self, job: Job) -> Started | None:
        return self.started

    def keep(self, job: Job) -> str | None:
        return None

    def press(self, job: Job) -> None:
        self.pressed.append(job.id)

    def how_lost(self, job: Job) -> str:
        return "the node went away"

    def give_back(self, job: Job) -> None:
        self.taken.discard(job.id)

    def forget(self, job: Job) -> None:
        self.seen.pop(job.id, None)

    def collect(self) -> None:
        pass

    def rest(self) -> None:
        pass


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def engine(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    workspace = Workspace(tmp_path / "workspace")
    workspace.root.mkdir()
    workspace.create_state()
    return Engine(workspace, cluster)


def submit(engine: Engine) -> None:
    """Run 1 with both experts."""
    number = engine.queue.store.create_folder()
    kinds = (JobKind.HIGH, JobKind.LOW)
    specs = [JobSpec(kind=kind, argv=("train",), cwd=engine.queue.workspace.root) for kind in kinds]
    jobs = tuple(Job(f"{number}.{spec.kind}", number, spec, JobState.QUEUED, 0.0, argv=spec.argv) for spec in specs)
    engine.queue.add(Run(number, RunKind.TRAIN, 0.0, {}, jobs))


def states(engine: Engine) -> list[tuple[str, str | None]]:
    """State and reason of each job, as they are written down."""
    return [(str(job.state), job.reason) for job in engine.queue.store.get(1).jobs]


def test_both_experts_run_and_end_at_once_elsewhere(engine: Engine, cluster: Cluster) -> None:
    submit(engine)
    assert engine.tick() == ACTIVE_TICK_S
    assert states(engine) == [("running", None)] * 2
    assert [job.gpu_uuid for job in engine.queue.store.get(1).jobs] == ["node-1", "node-2"]
    for name in ("1.high", "1.low"):
        cluster.seen[name] = Seen(is_alive=False, ended=ExitRecord(0, 5.0))
    assert engine.tick() is None
    assert states(engine) == [("succeeded", None)] * 2
    assert (cluster.taken, cluster.seen, engine.queue.runs) == (set(), {}, {})


def test_what_nobody_saw_end_is_lost_once_that_is_certain(engine: Engine, cluster: Cluster) -> None:
    submit(engine)
    engine.tick()
    cluster.seen["1.high"] = Seen(is_alive=False, is_certain=False)
    engine.tick()
    assert states(engine)[0] == ("running", None)
    cluster.seen["1.high"] = Seen(is_alive=False)
    engine.tick()
    assert states(engine) == [("lost", "the node went away"), ("running", None)]


def test_a_stop_is_pressed_until_the_job_is_gone(engine: Engine, cluster: Cluster) -> None:
    submit(engine)
    engine.tick()
    engine.stop(engine.queue.runs[1].jobs[0])
    engine.tick()
    assert cluster.pressed == ["1.high", "1.high"]
    cluster.seen["1.high"] = Seen(is_alive=False, ended=ExitRecord(-15, 5.0))
    engine.tick()
    assert states(engine) == [("cancelled", "stopped"), ("running", None)]


def test_any_error_of_a_machine_is_told_and_tried_again(engine: Engine, cluster: Cluster) -> None:
    submit(engine)
    cluster.refuses = MachineError("the scheduler does not answer")
    assert engine.tick() == WAITING_TICK_S
    assert (states(engine), engine.trouble) == ([("queued", None)] * 2, "the scheduler does not answer")
    cluster.refuses = None
    engine.tick()
    assert (states(engine), engine.trouble) == ([("running", None)] * 2, None)


def test_another_engine_goes_on_with_what_runs(engine: Engine, cluster: Cluster) -> None:
    submit(engine)
    engine.tick()
    other = Engine(engine.queue.workspace, cluster)
    cluster.seen["1.low"] = Seen(is_alive=False, ended=ExitRecord(1, 5.0))
    other.tick()
    assert states(other) == [("running", None), ("failed", "exit code 1")]


LIMIT = Interruption(InterruptedBy.TIME_LIMIT, "its time limit has come")


def handed_over(engine: Engine, cluster: Cluster) -> None:
    """Both experts wait at a scheduler that chooses their GPUs."""
    cluster.nodes = (Gpu(TO_BE_CHOSEN, "any", "A100"),)
    cluster.waits = "is handed over"
    submit(engine)
    engine.tick()


def test_a_scheduler_takes_all_that_may_start_and_lets_it_wait(engine: Engine, cluster: Cluster) -> None:
    handed_over(engine, cluster)
    assert states(engine) == [("starting", "is handed over")] * 2
    cluster.seen["1.low"] = Seen(is_alive=True, waits="17: no node is free")
    cluster.seen["1.high"] = Seen(is_alive=True)
    cluster.started = Started(None, None, "n2", "16")
    engine.tick()
    assert states(engine) == [("running", None), ("starting", "17: no node is free")]
    high = engine.queue.store.get(1).jobs[0]
    assert (high.gpu, high.gpu_uuid, high.pid, high.node, high.ticket) == (None, None, None, "n2", "16")


def test_to_whoever_looks_at_it_a_job_that_was_handed_over_waits(engine: Engine, cluster: Cluster) -> None:
    handed_over(engine, cluster)
    seen = Board(engine.queue.workspace).refresh()
    assert [(view.job.state, view.job.reason) for view in seen] == [(JobState.QUEUED, "is handed over")] * 2
    assert all(job.started is None for job in engine.queue.store.get(1).jobs)


def test_what_waits_at_a_scheduler_is_stopped_there(engine: Engine, cluster: Cluster) -> None:
    handed_over(engine, cluster)
    engine.stop(engine.queue.runs[1].jobs[0])
    engine.tick()
    assert cluster.pressed == ["1.high", "1.high"]
    assert states(engine)[0] == ("starting", "is handed over")
    cluster.seen["1.high"] = Seen(is_alive=False)
    engine.tick()
    assert states(engine)[0] == ("cancelled", "stopped")


def test_what_a_scheduler_has_lost_before_it_ran_is_handed_over_again(engine: Engine, cluster: Cluster) -> None:
    handed_over(engine, cluster)
    cluster.seen["1.high"] = Seen(is_alive=False)
    engine.tick()
    engine.tick()
    assert [(job.state, job.attempt) for job in engine.queue.store.get(1).jobs] == [(JobState.STARTING, 1)] * 2


@pytest.mark.parametrize("ended", [None, ExitRecord(-15, 5.0)])
def test_what_ended_a_job_from_outside_is_kept_with_it(
    engine: Engine, cluster: Cluster, ended: ExitRecord | None
) -> None:
    handed_over(engine, cluster)
    cluster.seen["1.high"] = Seen(is_alive=False, ended=ended, interruption=LIMIT)
    engine.tick()
    job = engine.queue.store.get(1).jobs[0]
    assert job.interruption == LIMIT
    assert job.state.has_ended


def test_a_job_that_is_put_back_into_the_queue_waits_again(engine: Engine, cluster: Cluster) -> None:
    submit(engine)
    engine.tick()
    cluster.seen["1.high"] = Seen(is_alive=True, waits="suspended")
    engine.tick()
    assert states(engine) == [("starting", "suspended"), ("running", None)]
