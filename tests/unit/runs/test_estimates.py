"""When runs of the queue start and end: known where everything it depends on is, and unknown otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.runs.board import JobView
from wantui.runs.estimates import Estimate, JobTime, RunTime, play, times_of
from wantui.runs.workload import Workload
from wantui.trainer.attempts import StartPoint
from wantui.trainer.model import Progress

QUEUED, RUNNING, DONE, FAILED = JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED
LATENTS, HIGH, LOW = JobKind.LATENTS, JobKind.HIGH, JobKind.LOW
NOW = 1000.0


def run(number: int, high: float | None, low: float | None, *, latents: float | None = 0.0, **more: Any) -> RunTime:
    jobs = (
        JobTime(LATENTS, QUEUED, latents),
        JobTime(HIGH, QUEUED, high, (LATENTS,)),
        JobTime(LOW, QUEUED, low, (LATENTS,)),
    )
    return RunTime(number, jobs, **more)


def test_on_one_gpu_everything_is_one_after_the_other() -> None:
    assert play([run(1, 100, 50), run(2, 10, 10)], [0], NOW) == {1: Estimate(1000, 1150), 2: Estimate(1150, 1170)}


def test_on_two_gpus_the_next_run_takes_the_first_that_comes_free() -> None:
    assert play([run(1, 100, 50), run(2, 10, 70)], [0, 1], NOW) == {1: Estimate(1000, 1100), 2: Estimate(1050, 1130)}


def test_encoding_comes_first_and_takes_a_gpu_too() -> None:
    assert play([run(1, 100, 50, latents=20)], [0, 1], NOW) == {1: Estimate(1000, 1120)}


def test_a_job_that_runs_keeps_its_gpu_to_its_end_and_its_run_keeps_its_start() -> None:
    busy = RunTime(
        1, (JobTime(HIGH, RUNNING, 300.0, gpu=0), JobTime(LOW, QUEUED, 40.0)), started=700.0,
    )  # fmt: skip
    assert play([busy, run(2, 10, 10)], [0], NOW) == {1: Estimate(700, 1340), 2: Estimate(1340, 1360)}


def test_what_waits_for_a_person_has_no_time_and_takes_none() -> None:
    held = run(1, 100, 100, waits_for_a_person=True)
    assert play([held, run(2, 10, 10)], [0], NOW) == {1: Estimate(), 2: Estimate(1000, 1020)}


def test_a_run_after_another_starts_at_its_end_and_after_a_held_one_nobody_knows_when() -> None:
    runs = [run(1, 100, 100), run(2, 10, 10, after=(1,)), run(3, 5, 5), run(4, 1, 1, waits_for_a_person=True)]
    found = play([*runs, run(5, 1, 1, after=(4,))], [0, 1, 2, 3], NOW)
    assert found[2] == Estimate(1100, 1110)
    assert found[3] == Estimate(1000, 1005)
    assert found[5] == Estimate()


def test_after_a_job_of_unknown_length_nothing_is_known_but_what_starts_at_once() -> None:
    assert play([run(1, None, 50), run(2, 10, 10)], [0], NOW) == {1: Estimate(1000, None), 2: Estimate()}
    found = play([run(1, None, 50), run(2, 10, 10)], [0, 1, 2], NOW)
    assert found == {1: Estimate(1000, None), 2: Estimate(1000, 1020)}


def test_what_may_be_overtaken_at_an_unknown_time_is_unknown() -> None:
    """The experts of run 1 go first whenever its encoding is done."""
    found = play([run(1, 10, 10, latents=None), run(2, 30, 30)], [0, 1], NOW)
    assert found == {1: Estimate(1000, None), 2: Estimate(1000, None)}


def test_what_can_never_start_is_not_waited_for() -> None:
    jobs = (JobTime(LATENTS, FAILED, 0), JobTime(HIGH, QUEUED, None, (LATENTS,)), JobTime(LOW, RUNNING, 20, gpu=0))
    found = play([RunTime(1, jobs, started=900.0), run(2, 10, 10)], [0], NOW)
    assert found == {1: Estimate(900, 1020), 2: Estimate(1020, 1040)}


def test_without_a_gpu_only_the_end_of_what_runs_is_known() -> None:
    busy = RunTime(1, (JobTime(HIGH, RUNNING, 300.0, gpu=None),), started=700.0)
    assert play([busy, run(2, 10, 10)], [], NOW) == {1: Estimate(700, 1300), 2: Estimate()}


SECONDS = st.none() | st.sampled_from([0.0, 1.0, 7.0, 50.0])


@given(
    st.lists(st.tuples(SECONDS, SECONDS, SECONDS, st.booleans(), st.sets(st.integers(1, 5))), max_size=6),
    st.integers(0, 3),
)
def test_whatever_the_queue_it_ends_and_no_run_ends_before_it_starts(
    plans: list[tuple[float | None, float | None, float | None, bool, set[int]]], gpus: int
) -> None:
    runs = [
        run(at, high, low, latents=latents, waits_for_a_person=held, after=tuple(n for n in after if n < at))
        for at, (latents, high, low, held, after) in enumerate(plans, 1)
    ]
    found = play(runs, range(gpus), NOW)
    assert set(found) == {each.number for each in runs}
    for each in runs:
        estimate = found[each.number]
        assert estimate.end is None or estimate.start is not None
        assert estimate.start is None or NOW <= estimate.start <= (estimate.end or estimate.start)
        assert not each.waits_for_a_person or estimate == Estimate()


# -- what jobs take --------------------------------------------------------------------------------------------------


def kept(number: int, *jobs: Job, task: str = "t2v", encode: int = 0) -> Run:
    settings = {"run": {"trainer_kind": "musubi", "task": task, "epochs": 10, "dataset": "d.toml"}}
    workload = Workload({"high": 20, "low": 20}, {"latents": encode, "text": encode})
    return Run(number, RunKind.TRAIN, 0.0, settings | workload.to_document(), jobs)


def job(number: int, kind: JobKind, state: JobState, **changes: Any) -> Job:
    needs = () if kind is LATENTS else (LATENTS,)
    spec = JobSpec(kind, ("true",), Path("/"), needs=needs)
    return Job(f"{number}.{kind}", number, spec, state, 0.0, **changes)


def seconds(runs: list[Run], earlier: list[Run], told: dict[str, Progress]) -> dict[str, float | None]:
    def views(run: Run) -> tuple[JobView, ...]:
        return tuple(JobView(each, told.get(each.id, Progress()), Path("/log")) for each in run.jobs)

    times = times_of(runs, views, earlier, waiting=(), now=NOW)
    return {f"{each.number}.{job.kind}": job.seconds for each in times for job in each.jobs}


def test_a_training_takes_its_steps_at_the_pace_of_the_latest_run_that_is_alike() -> None:
    whole = kept(2, job(2, HIGH, DONE, started=100.0, ended=560.0), job(2, LOW, FAILED, started=1.0, ended=9.0))
    other = kept(3, job(3, HIGH, DONE, started=0.0, ended=9.0), task="i2v")
    told = {"2.high": Progress(step=200, steps=200, step_s=2.0), "3.high": Progress(step=9, steps=9, step_s=1.0)}
    found = seconds([kept(4, job(4, HIGH, QUEUED), job(4, LOW, QUEUED))], [other, whole], told)
    assert found == {"4.high": 200 * 2.0 + 60, "4.low": None}


def test_a_training_that_runs_tells_itself_and_while_it_loads_the_latest_one_does() -> None:
    whole = kept(1, job(1, HIGH, DONE, started=100.0, ended=560.0), job(1, LOW, DONE, started=100.0, ended=600.0))
    steps = Progress(step=200, steps=200, step_s=2.0)
    runs = [kept(2, job(2, HIGH, RUNNING, started=900.0), job(2, LOW, RUNNING, started=990.0))]
    told = {"1.high": steps, "1.low": steps, "2.high": Progress(step=50, steps=200, step_s=3.0, eta_s=444.0)}
    assert seconds(runs, [whole], told) == {"2.high": 444.0, "2.low": 500.0 - 10}


def test_what_runs_of_one_dataset_have_to_encode_is_encoded_once() -> None:
    whole = kept(1, job(1, LATENTS, DONE, started=100.0, ended=130.0), encode=10)
    runs = [kept(number, job(number, LATENTS, QUEUED), encode=4) for number in (2, 3)]
    assert seconds(runs, [whole], {}) == {"2.latents": 12.0, "3.latents": 0.0}
    assert seconds(runs, [], {}) == {"2.latents": None, "3.latents": 0.0}
    assert seconds([kept(2, job(2, LATENTS, QUEUED))], [], {}) == {"2.latents": 0.0}


@pytest.mark.parametrize("document", [{}, {"workload": 3}, {"workload": {"steps_per_epoch": {"high": "x"}}}])
def test_a_run_of_an_older_wantui_or_a_strange_one_has_no_workload(document: dict[str, Any]) -> None:
    assert Workload.from_document(document) == Workload()


def test_a_job_that_pauses_between_two_attempts_starts_when_it_may() -> None:
    paused = RunTime(1, (JobTime(HIGH, QUEUED, 50.0, not_before=NOW + 30),))
    assert play([paused, run(2, 10, None, latents=0.0)], [0, 1], NOW)[1] == Estimate(1030, 1080)


def test_what_is_saved_is_not_trained_again_and_more_epochs_take_more() -> None:
    whole = kept(1, job(1, HIGH, DONE, started=100.0, ended=500.0))
    again = kept(2, job(2, HIGH, QUEUED, attempt=2, changes={"epochs": 12}))

    def views(run: Run) -> tuple[JobView, ...]:
        start = StartPoint(epoch=9 if run is again else 0)
        steps = Progress() if run is again else Progress(step=200, steps=200, step_s=2.0)
        return (JobView(run.jobs[0], steps, Path("/log"), start),)

    (found,) = times_of([again], views, [whole], waiting=(), now=NOW)
    assert found.jobs[0].seconds == 3 * 20 * 2.0  # epochs, steps, seconds
