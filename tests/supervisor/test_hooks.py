"""Hooks that hang, break or cannot answer now: a job that ended well is never failed by one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import Site, until
from wantui.jobs.hook import NOT_NOW, Decision, HookResult
from wantui.supervisor import client, hooks
from wantui.supervisor.hooks import HookCall

if TYPE_CHECKING:
    from wantui.jobs.model import Job

GOOD = """print('{"decision": "go"}')"""


def hook(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.fixture
def job(site: Site) -> Job:
    site.until_ended(site.submit(site.spec("high", "true")))
    return site.job("1.high")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(hooks, "LONGEST_PAUSE_S", 0.0)


def counted(code: str) -> str:
    """A hook that counts in a file how often it was asked, into ``n``."""
    return f"import pathlib, sys, os, time\nopen('asked', 'a').write('x')\nn = os.stat('asked').st_size\n{code}\n"


def answer(call: HookCall) -> HookResult:
    return until(call.answer, "an answer")


@pytest.mark.usefixtures("quick")
def test_a_hook_that_hangs_is_killed_and_asked_again(site: Site, job: Job) -> None:
    code = counted(f"time.sleep(1000) if n < 3 else {GOOD}")
    call = HookCall(site.workspace, job, hook(code), stall_s=0.3)
    assert answer(call).decision is Decision.GO
    assert (site.folder / "asked").read_text() == "xxx"
    assert "did nothing for" in (call.trouble or "")


@pytest.mark.usefixtures("quick")
def test_a_hook_that_is_at_work_does_not_hang(site: Site, job: Job) -> None:
    code = counted("until = time.process_time() + 1\nwhile time.process_time() < until: pass\n" + GOOD)
    assert answer(HookCall(site.workspace, job, hook(code), stall_s=0.5)).decision is Decision.GO
    assert (site.folder / "asked").read_text() == "x"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "breaks", ["sys.exit(1)", "os.kill(os.getpid(), 9)", "print('perhaps')", "raise MemoryError"]
)
def test_a_job_that_ended_well_is_checked_until_there_is_an_answer(site: Site, job: Job, breaks: str) -> None:
    code = counted(f"if n < 9: {breaks}\nelse: {GOOD}")
    assert answer(HookCall(site.workspace, job, hook(code), exit_code=0)).decision is Decision.GO


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("exit_code", [None, 1])
def test_elsewhere_a_hook_that_breaks_each_time_is_given_up(site: Site, job: Job, exit_code: int | None) -> None:
    verdict = answer(HookCall(site.workspace, job, hook(counted("sys.exit(1)")), exit_code=exit_code))
    assert verdict.decision is Decision.FAIL
    assert "gate.log" in (verdict.reason or "")
    assert (site.folder / "asked").read_text() == "x" * hooks.MOST_STARTS


@pytest.mark.usefixtures("quick")
def test_a_hook_that_cannot_answer_now_is_asked_for_as_long_as_it_takes(site: Site, job: Job) -> None:
    call = HookCall(site.workspace, job, hook(counted(f"sys.exit({NOT_NOW}) if n < 12 else {GOOD}")))
    assert answer(call).decision is Decision.GO


def test_a_hook_whose_job_is_stopped_gets_moments(site: Site, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "HURRIED_S", 0.0)
    call = HookCall(site.workspace, job, hook("import time; time.sleep(1000)"), exit_code=0)
    call.hurry()
    assert answer(call).decision is Decision.FAIL


def test_a_job_whose_hook_hangs_before_the_start_can_be_stopped(site: Site) -> None:
    site.submit(site.spec("high", "true", prepare=hook("import time; time.sleep(1000)")))
    site.until_state("1.high", "starting")
    client.stop(site.workspace, "1.high")
    assert site.until_state("1.high", "cancelled").reason == "stopped"


def test_a_check_that_breaks_for_a_while_fails_no_training(site: Site) -> None:
    code = counted(f"if n < 6: raise MemoryError\nelse: {GOOD}")
    site.submit(site.spec("high", "true", verify=hook(code)))
    seen = until(lambda: site.job("1.high").reason, "why it is not judged yet")
    assert "asked again" in seen
    assert site.until_state("1.high", "succeeded", "failed").exit_code == 0
    assert str(site.job("1.high").state) == "succeeded"
