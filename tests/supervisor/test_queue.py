"""What runs when: needs, cache folders, GPUs, failures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.supervisor.conftest import until
from wantui.jobs.model import Job, JobKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.supervisor.conftest import Site

CACHE = Path("/a/cache/folder")
AFTER_LATENTS = {"needs": (JobKind.LATENTS,)}
AFTER_CACHES = {"needs": (JobKind.LATENTS, JobKind.TEXT), "reads": (CACHE,)}


def overlapped(one: Job, other: Job) -> bool:
    (begun, ended), (other_begun, other_ended) = times(one), times(other)
    return begun < other_ended and other_begun < ended


def times(job: Job) -> tuple[float, float]:
    """When it began and when it ended."""
    assert job.started is not None
    assert job.ended is not None
    return job.started, job.ended


def training(site: Site, high: str, low: str) -> dict[str, Job]:
    run = site.submit(
        site.spec("latents", "echo encoding", writes=(CACHE,)),
        site.spec("text", "echo encoding", writes=(CACHE,), **AFTER_LATENTS),
        site.spec("high", high, **AFTER_CACHES),
        site.spec("low", low, **AFTER_CACHES),
    )
    return site.until_ended(run)


MEET = "touch {me}; while [ ! -e {other} ]; do sleep 0.02; done"
"""Ends only if the other one runs at the same time."""


def test_two_gpus_run_both_experts_at_once_on_different_ones(site: Site) -> None:
    jobs = training(site, MEET.format(me="high", other="low"), MEET.format(me="low", other="high"))
    assert [str(job.state) for job in jobs.values()] == ["succeeded"] * 4
    assert {jobs["high"].gpu, jobs["low"].gpu} == {0, 1}
    assert overlapped(jobs["high"], jobs["low"])
    latents, text, high = (times(jobs[kind]) for kind in ("latents", "text", "high"))
    assert latents[1] <= text[0] <= text[1] <= high[0]


def test_one_gpu_runs_strictly_one_after_the_other(make_site: Callable[..., Site]) -> None:
    alone = "mkdir busy && sleep 0.2 && rmdir busy"
    jobs = training(make_site(gpus=1), alone, alone)
    assert [str(job.state) for job in jobs.values()] == ["succeeded"] * 4
    assert {job.gpu for job in jobs.values()} == {0}
    assert not overlapped(jobs["high"], jobs["low"])


def test_a_failed_expert_leaves_the_other_alone(site: Site) -> None:
    jobs = training(site, "exit 3", "sleep 0.3")
    assert (str(jobs["high"].state), jobs["high"].exit_code, jobs["high"].reason) == ("failed", 3, "exit code 3")
    assert (str(jobs["low"].state), jobs["low"].exit_code) == ("succeeded", 0)


def test_a_failed_cache_job_cancels_what_depends_on_it_and_says_why(site: Site) -> None:
    run = site.submit(
        site.spec("latents", "exit 1", writes=(CACHE,)),
        site.spec("text", "echo never", writes=(CACHE,), **AFTER_LATENTS),
        site.spec("high", "echo never", **AFTER_CACHES),
    )
    jobs = site.until_ended(run)
    assert [str(job.state) for job in jobs.values()] == ["failed", "cancelled", "cancelled"]
    assert jobs["text"].reason == "1.latents failed: exit code 1"
    assert "1.latents failed" in (jobs["high"].reason or "")


def test_a_program_that_is_not_there_fails_with_its_name(site: Site) -> None:
    spec = site.spec("high", "")
    run = site.submit(type(spec)(kind=spec.kind, argv=("/no/such/python", "train.py"), cwd=spec.cwd))
    job = site.until_ended(run)["high"]
    assert str(job.state) == "failed"
    assert job.reason == "cannot start /no/such/python: No such file or directory"


def test_a_folder_that_is_gone_fails_with_its_name(site: Site) -> None:
    spec = site.spec("high", "true")
    gone = site.folder / "gone"
    run = site.submit(type(spec)(kind=spec.kind, argv=spec.argv, cwd=gone))
    job = site.until_ended(run)["high"]
    assert str(job.state) == "failed"
    assert str(gone) in (job.reason or "")


def test_an_expert_waits_for_a_gpu_says_for_what_and_takes_the_first_that_comes_free(site: Site) -> None:
    site.occupy(0, 1)
    run = site.submit(site.spec("high", "sleep 0.1"), site.spec("low", "sleep 0.1"))
    job = until(lambda: found if (found := site.job(f"{run.number}.low")).reason else None, "a reason")
    assert job.reason is not None
    assert job.reason.startswith("waits for a free GPU: GPU 0 has 9000 MiB")
    assert "GPU 1 has 9000 MiB" in job.reason
    site.occupy(0)
    jobs = site.until_ended(run)
    assert [(str(job.state), job.gpu) for job in jobs.values()] == [("succeeded", 1), ("succeeded", 1)]


def test_a_cache_job_waits_for_the_readers_of_its_folder(site: Site) -> None:
    reading = site.submit(site.spec("high", "while [ ! -e go ]; do sleep 0.02; done", reads=(CACHE,)))
    site.until_state(f"{reading.number}.high", "running")
    writing = site.submit(site.spec("latents", "true", writes=(CACHE,)))
    job = until(lambda: found if (found := site.job(f"{writing.number}.latents")).reason else None, "a reason")
    assert job.reason == "waits for 1.high to leave the cache folder"
    (site.folder / "go").touch()
    jobs = site.until_ended(reading)
    assert str(site.until_ended(writing)["latents"].state) == "succeeded"
    assert times(site.job("2.latents"))[0] >= times(jobs["high"])[1]


def test_output_goes_to_the_log_as_it_comes_and_standard_input_is_at_its_end(site: Site) -> None:
    run = site.submit(site.spec("high", "cat; printf 'a\\rb\\n'; echo to stderr >&2"))
    site.until_ended(run)
    assert site.log("1.high") == "a\rb\nto stderr\n"


def test_a_retry_is_another_attempt_and_keeps_the_first_log(site: Site) -> None:
    from wantui.supervisor import client

    run = site.submit(site.spec("high", "echo attempt; [ -e ready ]"))
    assert str(site.until_ended(run)["high"].state) == "failed"
    (site.folder / "ready").touch()
    client.retry(site.workspace, "1.high")
    job = site.until_ended(run)["high"]
    assert (str(job.state), job.attempt) == ("succeeded", 2)
    logs = sorted(path.name for path in (site.workspace.runs / "1").glob("*.log"))
    assert logs == ["high.2.log", "high.log"]
