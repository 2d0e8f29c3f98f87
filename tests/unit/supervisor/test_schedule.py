"""The rules of the queue, without a process."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wantui.gpus.model import Gpu, GpuReading
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.supervisor.schedule import Ask, Drop, Start, Wait, decide

CACHE = Path("/cache")
OTHER = Path("/other")
CACHES = (JobKind.LATENTS, JobKind.TEXT)
KINDS = (*CACHES, JobKind.HIGH, JobKind.LOW)
"""Of a training run."""


def gpus(*busy: str | None) -> list[GpuReading]:
    return [GpuReading(Gpu(index, f"GPU-{index}", "a GPU"), why) for index, why in enumerate(busy)]


def job(run: int, kind: JobKind, state: JobState = JobState.QUEUED, **spec: Any) -> Job:
    folders = {"writes": (CACHE,)} if kind in CACHES else {"reads": (CACHE,), "needs": CACHES}
    values: dict[str, Any] = {"argv": ("true",), "cwd": Path("/"), **folders, **spec}
    return Job(f"{run}.{kind}", run, JobSpec(kind=kind, **values), state, 0.0)


def training(number: int, *states: JobState, **spec: object) -> Run:
    jobs = tuple(job(number, kind, state, **spec) for kind, state in zip(KINDS, states, strict=True))
    return Run(number, RunKind.TRAIN, 0.0, {}, jobs)


QUEUED, RUNNING, DONE = JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED


def starts(orders: list[object]) -> dict[str, int | None]:
    return {order.job.id: order.gpu.index if order.gpu else None for order in orders if isinstance(order, Start)}


def test_experts_take_a_gpu_each() -> None:
    orders = decide([training(1, DONE, DONE, QUEUED, QUEUED)], lambda: gpus(None, None))
    assert starts(list(orders)) == {"1.high": 0, "1.low": 1}


def test_a_job_takes_none_but_the_gpus_it_may() -> None:
    orders = decide(
        [training(1, DONE, DONE, QUEUED, QUEUED, gpus=(1, 7))], lambda: gpus(None, None, "used by another")
    )
    assert starts(list(orders)) == {"1.high": 1}
    (wait,) = [order for order in orders if isinstance(order, Wait)]
    assert wait.reason == "waits for a free GPU: GPU 1 is taken by a job that starts now"
    orders = decide([training(1, DONE, DONE, QUEUED, DONE, gpus=(7,))], lambda: gpus(None))
    assert [order.reason for order in orders if isinstance(order, Wait)] == ["waits for GPU 7: none is to be seen"]


def test_a_job_that_waits_for_its_gpu_leaves_the_others_to_later_runs() -> None:
    first = training(1, DONE, DONE, QUEUED, DONE, gpus=(1,))
    orders = decide([first, training(2, DONE, DONE, QUEUED, DONE)], lambda: gpus(None, "used by another"))
    assert starts(list(orders)) == {"2.high": 0}


def test_the_second_expert_is_told_that_the_first_has_just_taken_the_gpu() -> None:
    orders = decide([training(1, DONE, DONE, QUEUED, QUEUED)], lambda: gpus(None))
    assert starts(list(orders)) == {"1.high": 0}
    (wait,) = [order for order in orders if isinstance(order, Wait)]
    assert wait.for_gpu
    assert wait.reason == "waits for a free GPU: GPU 0 is taken by a job that starts now"


def test_gpus_are_not_read_while_nothing_could_start_on_one() -> None:
    def never() -> list[GpuReading]:
        raise AssertionError("nothing waits for a GPU")

    orders = decide([training(1, RUNNING, QUEUED, QUEUED, QUEUED)], never)
    assert {order.job.id for order in orders if isinstance(order, Wait)} == {"1.text", "1.high", "1.low"}


def test_a_lost_cache_job_drops_what_needs_it() -> None:
    orders = decide([training(1, DONE, JobState.LOST, QUEUED, QUEUED)], lambda: gpus(None))
    assert [(type(order), order.job.id) for order in orders] == [(Drop, "1.high"), (Drop, "1.low")]
    assert isinstance(orders[0], Drop)
    assert orders[0].reason == "1.text got lost"


def test_a_job_that_may_be_skipped_is_asked_before_a_gpu_is_waited_for() -> None:
    run = training(1, QUEUED, QUEUED, QUEUED, QUEUED, may_skip=True)
    latents = replace(run.jobs[0], spec=replace(run.jobs[0].spec, may_skip=True))
    orders = decide([run.with_job(latents)], lambda: gpus("GPU 0 is used by 9.low"))
    assert isinstance(orders[0], Ask)
    asked = decide([run.with_job(latents)], lambda: gpus("GPU 0 is used by 9.low"), asked={"1.latents"})
    assert isinstance(asked[0], Wait)
    assert asked[0].for_gpu


def test_readers_do_not_keep_a_question_waiting_but_they_keep_a_writer() -> None:
    reading = training(1, DONE, DONE, RUNNING, RUNNING)
    writer = job(2, JobKind.LATENTS, may_skip=True)
    cache = Run(2, RunKind.CACHE, 0.0, {}, (writer,))
    assert isinstance(decide([reading, cache], lambda: gpus(None))[0], Ask)
    (order,) = decide([reading, cache], lambda: gpus(None), asked={"2.latents"})
    assert isinstance(order, Wait)
    assert order.reason == "waits for 1.high to leave the cache folder"


def test_a_waiting_expert_keeps_its_claim_against_a_later_cache_run() -> None:
    """Else the second expert would train on other captions than the first."""
    halfway = training(1, DONE, DONE, DONE, QUEUED)
    cache = Run(2, RunKind.CACHE, 0.0, {}, (job(2, JobKind.LATENTS),))
    orders = decide([cache, halfway], lambda: gpus("GPU 0 is used by process 7"))
    assert [order.job.id for order in orders] == ["1.low", "2.latents"]
    assert isinstance(orders[1], Wait)
    assert "waits for 1.low" in orders[1].reason


def test_a_waiting_writer_is_not_starved_by_later_readers() -> None:
    first = training(1, DONE, DONE, RUNNING, DONE)
    cache = Run(2, RunKind.CACHE, 0.0, {}, (job(2, JobKind.LATENTS),))
    last = training(3, DONE, DONE, QUEUED, QUEUED)
    orders = decide([first, cache, last], lambda: gpus(None, None))
    assert not starts(list(orders))


def test_other_folders_are_nobodys_business() -> None:
    first = training(1, DONE, DONE, RUNNING, DONE)
    cache = Run(2, RunKind.CACHE, 0.0, {}, (job(2, JobKind.LATENTS, writes=(OTHER,)),))
    assert starts(list(decide([first, cache], lambda: gpus("GPU 0 is used by 1.high", None)))) == {"2.latents": 1}


def reasons(orders: list[object]) -> dict[str, str]:
    return {order.job.id: order.reason for order in orders if isinstance(order, Wait)}


def expert(number: int, state: JobState = QUEUED, **changes: Any) -> Run:
    """A run of one job that wants a GPU and no folder."""
    return Run(number, RunKind.TRAIN, 0.0, {}, (job(number, JobKind.HIGH, state, reads=(), needs=()),), **changes)


def test_a_run_that_was_moved_goes_before_others_and_the_rest_by_number() -> None:
    runs = [expert(1), expert(2), expert(3, order=0.5), expert(4, order=1.0)]
    orders = decide(runs, lambda: gpus(None, None))
    assert [order.job.id for order in orders] == ["3.high", "1.high", "4.high", "2.high"]
    assert starts(list(orders)) == {"3.high": 0, "1.high": 1}


def test_a_held_run_waits_says_so_and_keeps_nobody_from_folders_or_gpus() -> None:
    held = replace(training(1, QUEUED, QUEUED, QUEUED, QUEUED), held=True)
    orders = decide([held, training(2, QUEUED, QUEUED, QUEUED, QUEUED)], lambda: gpus(None))
    said = reasons(list(orders))
    assert {said[f"1.{kind}"] for kind in KINDS} == {"held by hand: `wantui queue release 1` releases it"}
    assert starts(list(orders)) == {"2.latents": 0}
    (waiting,) = [order.job for order in orders if order.job.id == "1.high"]
    told = replace(waiting, reason=said["1.high"])
    assert (told.is_held_by_hand, told.is_held) == (True, False)


def test_what_can_never_start_is_dropped_although_its_run_is_held_by_hand_but_not_where_it_is_a_strangers() -> None:
    broken = replace(training(1, JobState.FAILED, QUEUED, QUEUED, QUEUED, needs=(JobKind.LATENTS,)), held=True)
    assert {type(order) for order in decide([broken], list)} == {Drop}
    assert {type(order) for order in decide([broken], list, held={1})} == {Wait}


def test_a_paused_queue_starts_and_asks_nothing() -> None:
    def never() -> list[GpuReading]:
        raise AssertionError("nothing may start")

    asks = training(2, QUEUED, QUEUED, QUEUED, QUEUED, may_skip=True)
    orders = decide([training(1, DONE, DONE, RUNNING, QUEUED), asks], never, paused=True)
    assert set(reasons(list(orders)).values()) == {"the queue is paused: `wantui queue go` resumes it"}
    assert len(orders) == 5


def test_a_run_after_others_waits_until_all_of_them_have_ended() -> None:
    last = replace(training(3, QUEUED, QUEUED, QUEUED, QUEUED), after=(1, 2))
    first, second = training(1, DONE, DONE, DONE, RUNNING), training(2, DONE, DONE, DONE, RUNNING)
    assert reasons(list(decide([first, second, last], list)))["3.latents"] == "waits for run 1 and 2 to end"
    assert reasons(list(decide([second, last], list)))["3.latents"] == "waits for run 2 to end"
    assert starts(list(decide([last], lambda: gpus(None)))) == {"3.latents": 0}


def test_a_run_whose_record_cannot_be_read_has_not_ended() -> None:
    orders = decide([expert(3, after=(1,))], lambda: gpus(None), unread={1})
    assert reasons(list(orders)) == {"3.high": "waits for run 1 to end"}


def test_a_run_that_waits_for_another_keeps_nobody_from_folders_though_it_stands_before_it() -> None:
    last = replace(training(2, QUEUED, QUEUED, QUEUED, QUEUED), after=(1,), order=0.0)
    orders = decide([training(1, QUEUED, QUEUED, QUEUED, QUEUED), last], lambda: gpus(None))
    assert starts(list(orders)) == {"1.latents": 0}


def test_a_run_that_has_begun_does_not_wait_for_one_that_is_tried_again() -> None:
    begun = replace(training(2, DONE, DONE, QUEUED, QUEUED), after=(1,))
    assert starts(list(decide([training(1, DONE, DONE, RUNNING, DONE), begun], lambda: gpus(None)))) == {"2.high": 0}


def test_a_job_that_was_stopped_in_the_queue_does_not_let_its_run_begin() -> None:
    waits = replace(training(2, QUEUED, QUEUED, QUEUED, JobState.CANCELLED), after=(1,))
    assert not starts(list(decide([training(1, DONE, DONE, RUNNING, DONE), waits], lambda: gpus(None))))


def test_a_pause_between_attempts_does_not_grow_when_the_clock_is_set_back() -> None:
    plain = expert(1)
    waits = plain.with_job(replace(plain.jobs[0], queued=1000.0, not_before=1015.0))
    for now, begins in ((1001.0, False), (1015.0, True), (999.0, True)):
        assert bool(starts(list(decide([waits], lambda: gpus(None), now=now)))) is begins


def test_the_second_half_of_a_run_keeps_its_folders_against_one_that_was_moved_before_it() -> None:
    """A writer that is asked first must not wait for a reader that waits for it."""
    halfway = training(1, DONE, DONE, DONE, QUEUED)
    writer = training(2, QUEUED, QUEUED, QUEUED, QUEUED, may_skip=True)
    moved = replace(writer, order=0.0)
    for asked in ((), ("2.latents",)):
        orders = decide([halfway, moved], lambda: gpus("GPU 0 is used by process 7"), asked=asked)
        (low,) = [order for order in orders if order.job.id == "1.low"]
        assert isinstance(low, Wait)
        assert low.for_gpu, low.reason


STATES = st.sampled_from(list(JobState))
RUNS = st.lists(st.tuples(STATES, STATES, STATES, STATES, st.sampled_from([CACHE, OTHER])), max_size=5)


@given(RUNS, st.lists(st.sampled_from([None, "GPU is busy"]), max_size=4))
def test_whatever_the_queue_no_gpu_is_given_twice_and_no_folder_has_reader_and_writer(
    plans: list[tuple[JobState, JobState, JobState, JobState, Path]], busy: list[str | None]
) -> None:
    runs = []
    for number, (*states, folder) in enumerate(plans, 1):
        run = training(number, *states)
        for each in run.jobs:
            own: dict[str, Any] = {"writes": (folder,)} if each.kind in CACHES else {"reads": (folder,)}
            run = run.with_job(replace(each, spec=replace(each.spec, **own)))
        runs.append(run)
    orders = decide(runs, lambda: gpus(*busy))
    started = [order for order in orders if isinstance(order, Start)]
    given_away = [order.gpu.uuid for order in started if order.gpu]
    assert len(set(given_away)) == len(given_away) == len(started)
    assert all(busy[order.gpu.index] is None for order in started if order.gpu)
    queued = {each.id for run in runs for each in run.jobs if each.state is QUEUED}
    assert {order.job.id for order in orders} == queued
    active = [each for run in runs for each in run.jobs if each.state.is_active]
    for order in started:
        others = [*active, *(other.job for other in started if other is not order)]
        touched = {folder for other in others for folder in (*other.spec.reads, *other.spec.writes)}
        written = {folder for other in others for folder in other.spec.writes}
        assert not set(order.job.spec.writes) & touched
        assert not set(order.job.spec.reads) & written


def probe(number: int) -> Run:
    return Run(number, RunKind.PROBE, 0.0, {}, (job(number, JobKind.PROBE, reads=(), needs=(), comes_last=True),))


def test_a_probe_takes_a_gpu_that_is_idle_while_experts_run() -> None:
    orders = decide([training(1, DONE, DONE, RUNNING, RUNNING), probe(2)], lambda: gpus("7.high", "7.low", None))
    assert starts(list(orders)) == {"2.probe": 2}


def test_a_probe_never_takes_a_gpu_from_an_expert_that_waits() -> None:
    waiting = (
        training(2, DONE, DONE, QUEUED, QUEUED),  # a GPU is free for one of them
        training(2, RUNNING, QUEUED, QUEUED, QUEUED),  # its caches are not made yet
        training(2, QUEUED, QUEUED, QUEUED, QUEUED, may_skip=True),
    )
    for run, busy in zip(waiting, ("8.low", None, None), strict=True):
        orders = decide([probe(1), run], partial(gpus, None, busy))
        assert "1.probe" not in starts(list(orders)), run
        (wait,) = (order for order in orders if order.job.id == "1.probe")
        assert isinstance(wait, Wait)
        assert wait.reason.startswith("comes last: waits until 2.")


def test_a_probe_does_not_wait_for_a_run_that_is_held_or_whose_hook_finds_nothing() -> None:
    held = replace(training(1, DONE, DONE, QUEUED, QUEUED), held=True)
    assert starts(list(decide([held, probe(2)], lambda: gpus(None)))) == {"2.probe": 0}
    experts = training(1, DONE, DONE, QUEUED, QUEUED)
    assert starts(list(decide([experts, probe(2)], lambda: gpus(None, None, None)))) == {
        "1.high": 0, "1.low": 1, "2.probe": 2
    }  # fmt: skip
    asking = training(1, QUEUED, DONE, DONE, DONE)
    assert not starts(list(decide([asking, probe(2)], lambda: gpus(None), asking={"1.latents"})))


@given(st.lists(st.sampled_from([QUEUED, RUNNING, DONE]), min_size=2, max_size=6), st.integers(0, 13))
def test_whatever_waits_is_served_before_a_probe(states: list[JobState], free: int) -> None:
    runs = [training(number, DONE, DONE, state, state) for number, state in enumerate(states, 2)]
    orders = decide([probe(1), *runs], lambda: gpus(*[None] * free))
    started = starts(list(orders))
    queued = 2 * sum(state is QUEUED for state in states)
    assert ("1.probe" in started) == (free > queued)
    assert len(started) == min(free, queued + 1)
