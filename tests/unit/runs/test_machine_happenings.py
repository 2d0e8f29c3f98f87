"""What counts as an event of the machine: disks, memory, GPUs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wantui.gpus.model import Gpu, Throttle
from wantui.history.model import Action, Event, EventSeverity
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import run_folder
from wantui.paths import Workspace
from wantui.runs.after.order import AfterOrder
from wantui.runs.notify.messages import topic
from wantui.runs.record import machine_happenings as happenings
from wantui.runs.record.happenings import TrainingSeen
from wantui.runs.record.machine_happenings import GPU_LOOK_S, DiskSeen, GpuSeen
from wantui.runs.record.machine_watch import LOST_LOOKS, MachineWatch
from wantui.runs.record.run_happenings import of_run, of_upload
from wantui.runs.releasing.upload_result import UploadResult

NOW = 1_800_000_000.0
JOB = Job("7.high", 7, JobSpec(JobKind.HIGH, ("train",), Path("/")), JobState.RUNNING, NOW, gpu=1, gpu_uuid="GPU-1")
RUN = Run(7, RunKind.TRAIN, NOW, {}, (JOB,))
SEEN = TrainingSeen(attempt=2, step=812, told_at=NOW, step_s=2.0, no_number_at=None)
IDLE = GpuSeen(NOW, 0, 40, 300, Throttle.NONE)


def told(event: Event | None) -> Event:
    assert event is not None
    assert event.key
    return event


def disk(*free: tuple[float, int], to_write_mib: int = 0) -> DiskSeen:
    return DiskSeen("/out", tuple((NOW + second, mib) for second, mib in free), to_write_mib)


def test_a_disk_that_has_no_room_for_what_is_still_saved() -> None:
    assert happenings.of_disk(disk((0, 5000), to_write_mib=5000), NOW) is None
    event = told(happenings.of_disk(disk((0, 4999), to_write_mib=5000), NOW))
    assert event.severity is EventSeverity.ERROR
    assert "5.2 GB free" in event.message


def test_a_disk_that_fills() -> None:
    assert happenings.of_disk(disk((0, 9000), (599, 3000)), NOW) is None  # too soon to say
    assert happenings.of_disk(disk((0, 9000), (600, 9000)), NOW) is None
    assert happenings.of_disk(disk((0, 13000), (600, 12000)), NOW) is None  # two hours
    event = told(happenings.of_disk(disk((0, 12000), (600, 11000)), NOW))
    assert event.severity is EventSeverity.WARNING
    assert event.evidence["hours_left"] == 1.83
    assert told(happenings.of_disk(disk((0, 12000), (660, 10900)), NOW + 60)).key == event.key


@pytest.mark.parametrize(("before", "count"), [(None, 3), (3.0, 3), (3.0, None), (3.0, 0)])
def test_no_process_was_killed_for_lack_of_memory(before: float | None, count: int | None) -> None:
    assert happenings.of_memory_kills(before, count, [], None, NOW) is None


def test_a_process_was_killed_for_lack_of_memory() -> None:
    event = told(happenings.of_memory_kills(3.0, 5, ["7.high"], 4000, NOW))
    expected: dict[str, Any] = {"kills": 2, "count": 5, "jobs": ["7.high"], "memory_used_mib": 4000}
    assert event.evidence == expected
    assert "2 processes" in event.message


def test_a_disk_with_next_to_nothing_left() -> None:
    assert happenings.of_disk(disk((0, happenings.LEAST_FREE_MIB)), NOW) is None
    event = told(happenings.of_disk(disk((0, happenings.LEAST_FREE_MIB - 1)), NOW))
    assert event.severity is EventSeverity.WARNING


def over(seconds: float, *readings: GpuSeen) -> list[GpuSeen]:
    """Readings one after the other, evenly over so many seconds until now."""
    count = 60
    return [
        replace(readings[number % len(readings)], time=NOW - seconds + number * seconds / (count - 1))
        for number in range(count)
    ]


def test_a_gpu_that_does_nothing_under_a_training() -> None:
    event = told(happenings.of_idle_gpu("7.high", 1, SEEN, over(GPU_LOOK_S, IDLE), NOW))
    assert (event.kind, event.severity) == ("gpu-idle", EventSeverity.WARNING)
    assert event.evidence == {"attempt": 2, "gpu": 1, "step": 812, "told_at": NOW, "idle_s": 300}


def test_what_is_no_idle_gpu() -> None:
    busy, silent = replace(IDLE, utilization_pct=97), replace(IDLE, utilization_pct=None)
    loads = replace(SEEN, told_at=None)
    assert happenings.of_idle_gpu("7.high", 1, loads, over(GPU_LOOK_S, IDLE), NOW) is None
    assert happenings.of_idle_gpu("7.high", 1, SEEN, over(GPU_LOOK_S - 1, IDLE), NOW) is None
    assert happenings.of_idle_gpu("7.high", 1, SEEN, [*over(GPU_LOOK_S, IDLE), busy], NOW) is None
    assert happenings.of_idle_gpu("7.high", 1, SEEN, over(GPU_LOOK_S, silent), NOW) is None


def test_a_gpu_that_heat_holds_down() -> None:
    hot = GpuSeen(NOW, 99, 88, 900, Throttle.THERMAL)
    well = GpuSeen(NOW, 99, 70, 1755, Throttle.POWER)
    event = told(happenings.of_throttling("7.high", 1, over(GPU_LOOK_S, hot, well), NOW))
    assert event.message == "GPU 1 under 7.high is too hot (88 °C); its clock is down to 900 MHz"
    assert event.evidence["share_pct"] == 50
    assert happenings.of_throttling("7.high", 1, over(GPU_LOOK_S, hot, well, well), NOW) is None
    assert happenings.of_throttling("7.high", 1, over(GPU_LOOK_S, well), NOW) is None
    assert happenings.of_throttling("7.high", 1, over(60, hot), NOW) is None
    unknown = GpuSeen(NOW, 99, None, None, Throttle.HARDWARE)
    silent = told(happenings.of_throttling("7.high", 1, over(GPU_LOOK_S, unknown), NOW))
    assert silent.message == "GPU 1 under 7.high slows itself down and does not say why"


@pytest.fixture
def watch(tmp_path: Path) -> MachineWatch:
    return MachineWatch(Workspace(tmp_path), None)


def lost(watch: MachineWatch, *gpus: Gpu, looks: int = LOST_LOOKS, generation: int = 1) -> list[Event]:
    """The events of so many looks in which the GPUs are these."""
    found: list[Event] = []
    for look in range(looks):
        events = watch.look_at_gpus(gpus, generation, [(RUN, JOB)], {}, NOW + look)
        found += [event for event in events if event is not None]
    return found


WELL = Gpu(1, "GPU-1", "H100", utilization_pct=90)
OTHER = Gpu(0, "GPU-0", "H100")


def test_a_gpu_that_is_lost(watch: MachineWatch) -> None:
    assert lost(watch, OTHER, WELL) == []
    broken = replace(WELL, problem="GPU 1 does not answer: GPU is lost")
    assert lost(watch, OTHER, broken, looks=LOST_LOOKS - 1) == []
    assert lost(watch, OTHER, WELL, looks=1) == []  # it failed to answer, no more
    (event,) = lost(watch, OTHER, broken)
    assert (event.kind, event.severity) == ("gpu-lost", EventSeverity.ERROR)
    assert event.message == "GPU 1 does not answer: GPU is lost; 7.high is running on it"


def test_a_gpu_that_is_gone(watch: MachineWatch) -> None:
    assert lost(watch, OTHER, WELL) == []
    (event,) = lost(watch, OTHER)
    assert "is gone" in event.message
    assert event.evidence == {"attempt": 1, "gpu": 1, "problem": None}


def test_a_gpu_that_was_lost_before_anybody_looked(watch: MachineWatch) -> None:
    (event,) = lost(watch, OTHER, Gpu(1, "unknown-1", "GPU 1", problem="GPU 1 does not answer: GPU is lost"))
    assert event.kind == "gpu-lost"


def test_a_gpu_that_is_left_out_by_the_configuration_is_not_lost(watch: MachineWatch) -> None:
    assert lost(watch, OTHER) == []  # nobody has ever read it
    assert lost(watch, OTHER, WELL) == []
    assert lost(watch, OTHER, generation=2) == []


def run_of(kind: RunKind, *jobs: tuple[JobKind, JobState]) -> Run:
    made = tuple(
        Job(
            f"7.{each}", 7, JobSpec(each, ("x",), Path("/")), state, NOW, ended=NOW + 60 * number,
            reason="the disk is full" if state is JobState.FAILED else None,
        )
        for number, (each, state) in enumerate(jobs, start=1)
    )  # fmt: skip
    return Run(7, kind, NOW, {}, made)


GOOD, BAD, OUT = JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED


def test_a_run_that_has_finished() -> None:
    run = run_of(RunKind.TRAIN, (JobKind.TEXT, JobState.SKIPPED), (JobKind.HIGH, GOOD), (JobKind.LOW, GOOD))
    event = told(of_run(run, {"high": Path("/out/a.safetensors"), "low": Path("/out/b.safetensors")}, 0))
    assert (event.kind, event.severity, event.time) == ("run-finished", EventSeverity.INFO, NOW + 180)
    assert event.message == "run 7 is finished after about 3 min: a.safetensors and b.safetensors"
    assert event.evidence["files"] == {"high": "/out/a.safetensors", "low": "/out/b.safetensors"}
    assert of_run(run, {}, NOW + 181) is None
    again = replace(run, jobs=tuple(replace(job, attempt=2) for job in run.jobs))
    assert told(of_run(again, {}, 0)).key != event.key


@pytest.mark.parametrize(
    ("kind", "said"),
    [(RunKind.CACHE, "cache-failed"), (RunKind.TRAIN, "run-failed"), (RunKind.CAPTION, "run-failed")],
)
def test_a_run_that_has_failed(kind: RunKind, said: str) -> None:
    event = told(of_run(run_of(kind, (JobKind.LATENTS, BAD), (JobKind.TEXT, OUT)), {}, 0))
    assert (event.kind, event.severity) == (said, EventSeverity.ERROR)
    assert event.message.endswith("latents failed, text cancelled; latents: the disk is full")
    assert event.action is not None


def test_a_run_that_a_person_has_ended_is_no_news() -> None:
    assert of_run(run_of(RunKind.TRAIN, (JobKind.TEXT, GOOD), (JobKind.HIGH, OUT)), {}, 0) is None
    assert of_run(run_of(RunKind.CACHE, (JobKind.TEXT, GOOD)), {}, 0) is None


def test_an_order_that_has_uploaded_a_release() -> None:
    run = run_of(RunKind.AFTER, (JobKind.AFTER, GOOD))
    event = told(of_run(replace(run, settings=AfterOrder(3, "ann/toy").to_document()), {}, 0))
    assert (event.kind, event.severity, event.time) == ("uploaded", EventSeverity.INFO, NOW + 60)
    assert event.message == "the release of run 3 is on the Hub as ann/toy, each file compared"
    assert of_run(replace(run, settings=AfterOrder(3, command=("x",)).to_document()), {}, 0) is None
    assert of_run(run, {}, 0) is None, "whose order cannot be read"
    bad = replace(run_of(RunKind.AFTER, (JobKind.AFTER, BAD)), settings=AfterOrder(3, "ann/toy").to_document())
    failed = told(of_run(bad, {}, 0))
    assert (failed.kind, failed.message) == ("run-failed", "after run 3: the disk is full")


def test_an_upload_that_no_job_has_done(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    run_folder(workspace, 3).mkdir(parents=True)
    assert of_upload(UploadResult.of(workspace, 3), 0) is None
    UploadResult(3, "ann/toy", NOW, files=4).keep(workspace)
    event = told(of_upload(UploadResult.of(workspace, 3), NOW))
    assert (event.kind, event.severity) == ("uploaded", EventSeverity.INFO)
    assert event.message == "the release of run 3 is on the Hub as ann/toy: 4 files, each compared"
    assert of_upload(UploadResult.of(workspace, 3), NOW + 1) is None
    UploadResult(3, "ann/toy", NOW + 2, error="no token").keep(workspace)
    failed = told(of_upload(UploadResult.of(workspace, 3), NOW))
    assert (failed.kind, failed.severity) == ("upload-failed", EventSeverity.ERROR)
    assert failed.message == "the release of run 3 was not uploaded to ann/toy: no token"
    assert failed.action == Action("jobs.release", "wantui release 3 --upload ann/toy")
    assert [topic(each) for each in (event, failed)] == ["finished", "failed"]
