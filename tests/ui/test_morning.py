"""The screen in the morning, on real services: a night that nobody has seen is there with the first full paint."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import shown, until
from wantui.gpus.simulated import SimulatedProvider
from wantui.history.model import Batch, Event, EventSeverity, KeptGpuReading, Place, TrainingPoint
from wantui.history.store import HistoryStore
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore, job_files
from wantui.services.workspace import Services
from wantui.ui.app import WantuiApp
from wantui.ui.messages.facts import JobsRead, MachineRead, OutlookRead
from wantui.ui.work.watchers import watch_work

if TYPE_CHECKING:
    from wantui.paths import Workspace

HOURS, STEPS = 8, 2400
NOW = 1_800_000_000.0


@pytest.fixture
def morning(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Two experts have trained for eight hours, and one GPU had rested for one of them, while no screen was open."""
    monkeypatch.setattr("wantui.services.machine.time.time", lambda: NOW)
    workspace.config_file.write_text('[trainer]\nkind = "rehearsal"\n[gpus]\nprovider = "simulated"\n')
    begun = NOW - HOURS * 3600
    store, batch = RunStore(workspace), Batch()
    store.create_folder()
    jobs = []
    for gpu, kind in enumerate((JobKind.HIGH, JobKind.LOW)):
        spec = JobSpec(kind, ("true",), workspace.root)
        job = Job(f"7.{kind}", 7, spec, JobState.SUCCEEDED, begun, gpu=gpu, started=begun, ended=NOW, exit_code=0)
        jobs.append(job)
        pace = HOURS * 3600 / STEPS
        batch.points += [
            TrainingPoint(7, str(kind), step, 1, begun + step * pace, 1 + step // 24, None, 0.3 * 0.999**step)
            for step in range(1, STEPS + 1)
        ]
    (workspace.runs / "7").mkdir()
    store.write(Run(7, RunKind.TRAIN, begun, {"trainer_kind": "rehearsal"}, tuple(jobs)))
    for job in jobs:
        log = job_files(workspace, job).log
        log.write_text("trained\n")
        batch.places[log] = Place(log, log.stat().st_size)
    for index, uuid in enumerate(gpu.uuid for gpu in SimulatedProvider(2).snapshot()):
        batch.gpus += [
            KeptGpuReading(
                int(begun) + second, uuid, index, "simulated", 0 if index and 10_800 <= second < 14_400 else 97
            )
            for second in range(0, HOURS * 3600, 10)
        ]
    batch.events += [
        Event(begun, EventSeverity.INFO, "job-started", "7.high", "7.high has started"),
        Event(begun + 10_900, EventSeverity.WARNING, "gpu-idle", "7.low", "GPU 1 does nothing"),
        Event(NOW, EventSeverity.INFO, "run-finished", None, "run 7 is finished", {"run": 7}),
    ]
    HistoryStore(workspace).write(batch, NOW)
    return workspace


def test_the_first_look_tells_the_whole_night(morning: Workspace) -> None:
    services, told = Services(morning), list[object]()
    wake, dataset_read = threading.Event(), threading.Event()
    dataset_read.set()
    wake.set()
    looks = iter([False] * 5)
    watch_work(services, told.append, wake, dataset_read, lambda: next(looks, True))
    services.close()
    kinds = (JobsRead, MachineRead, OutlookRead)
    jobs, machine, outlook = (next(each for each in told if isinstance(each, kind)) for kind in kinds)
    assert isinstance(jobs, JobsRead)
    for curve in jobs.losses.values():
        assert (curve[0][0], curve[-1][0]) == (1, STEPS)
    assert jobs.losses.keys() == {"7.high", "7.low"}
    assert isinstance(machine, MachineRead)
    busy, rested = machine.machine.night.values()
    assert set(busy) == {97}
    assert [minute for minute, use in enumerate(rested) if use == 0] == list(range(180, 240))
    assert isinstance(outlook, OutlookRead)
    assert (outlook.outlook.unseen, outlook.news) == (1, ())


@pytest.mark.parametrize("size", [(120, 40), (200, 50)])
async def test_it_is_on_the_screen(morning: Workspace, size: tuple[int, int]) -> None:
    async with WantuiApp(Services(morning)).run_test(size=size) as pilot:
        await until(pilot, lambda: "▲ 1 event" in shown(pilot).splitlines()[0])
        if size[0] == 200:
            await until(pilot, lambda: "8 h" in shown(pilot) and "low 0.027" in shown(pilot))
