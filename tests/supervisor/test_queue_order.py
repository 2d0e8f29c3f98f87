"""The order of the queue: moved, held, paused, one after the other; and all of it still so after everything died."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import is_gone, until
from wantui.jobs import pause
from wantui.supervisor import client
from wantui.supervisor.client import SupervisorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.supervisor.conftest import Site
    from wantui.jobs.model import Run
    from wantui.jobs.process import ProcessIdentity

NOTED = "echo {number} >> order; {then}"


def queued(site: Site, number: int, then: str = "true", **wishes: object) -> Run:
    """A run of one job that notes its number when it starts."""
    run = site.submit(site.spec("high", NOTED.format(number=number, then=then)), **wishes)
    assert run.number == number
    return run


def order_of(site: Site) -> list[int]:
    """The runs that have not ended, as the records have them."""
    return [run.number for run in sorted(site.store.runs(), key=lambda run: run.place) if not run.has_ended]


def noted(site: Site) -> list[int]:
    path = site.folder / "order"
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


def until_all_ended(site: Site, numbers: Iterable[int]) -> None:
    for number in numbers:
        site.until_ended(site.store.get(number))


def until_reason(site: Site, name: str, begin: str) -> None:
    until(lambda: (site.job(name).reason or "").startswith(begin), f"{name}: {begin}")


def kill(identity: ProcessIdentity | None) -> None:
    assert identity is not None
    os.kill(identity.pid, signal.SIGKILL)


def test_twenty_runs_go_on_in_the_order_that_was_asked_for_after_every_process_was_killed(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(gpus=1)
    client.pause(site.workspace)
    for number in range(1, 21):
        then = {4: "exit 7", 20: "echo up > up; while [ ! -e go ]; do sleep 0.02; done"}.get(number, "true")
        queued(site, number, then)
    assert client.move(site.workspace, 20, 2) == 2
    assert client.move(site.workspace, 1, 5) == 5
    assert client.move(site.workspace, 7, 1) == 1
    assert client.move(site.workspace, 3, 99) == 20
    client.hold(site.workspace, 9)
    asked = [7, 20, 2, 4, 1, 5, 6, 8, 9, *range(10, 20), 3]
    assert order_of(site) == asked
    assert noted(site) == []
    client.go(site.workspace)
    site.until_file("up")
    job = until(lambda: found if (found := site.job("20.high")).pid else None, "the trainer's process")
    supervisor = site.supervisor_pid()
    os.kill(supervisor, signal.SIGKILL)
    kill(job.shim)
    os.kill(job.pid or 0, signal.SIGKILL)
    until(lambda: is_gone(supervisor) and is_gone(job.pid or 0), "the end of all processes")
    client.wake(site.workspace)
    rest = [number for number in asked if number != 9]
    until_all_ended(site, rest)
    assert noted(site) == rest
    states = {number: str(site.job(f"{number}.high").state) for number in rest}
    assert {number: state for number, state in states.items() if state != "succeeded"} == {20: "lost", 4: "failed"}
    assert order_of(site) == [9]
    assert site.job("9.high").is_held_by_hand
    client.release(site.workspace, 9)
    until_all_ended(site, [9])
    assert str(site.job("9.high").state) == "succeeded"


def test_a_pause_outlives_the_supervisor_and_lets_running_jobs_go_on(site: Site) -> None:
    queued(site, 1, "while [ ! -e go ]; do sleep 0.02; done")
    site.until_state("1.high", "running")
    assert client.pause(site.workspace) == ["1.high"]
    queued(site, 2)
    until_reason(site, "2.high", "the queue is paused")
    site.kill_supervisor()
    client.wake(site.workspace)
    (site.folder / "go").touch()
    until_all_ended(site, [1])
    assert str(site.job("1.high").state) == "succeeded"
    queued(site, 3)
    until_reason(site, "3.high", "the queue is paused")
    assert noted(site) == [1]
    client.go(site.workspace)
    until_all_ended(site, [2, 3])
    assert noted(site)[0] == 1


def test_whether_it_is_paused_cannot_be_told_so_nothing_starts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the client's own process is asked; the supervisor is one with the same code."""
    from wantui.supervisor.engine import Engine
    from wantui.supervisor.local import LocalMachine

    def refuse(workspace: object) -> bool:
        raise PermissionError(13, "Permission denied")

    engine = Engine(site.workspace, LocalMachine(site.workspace))
    monkeypatch.setattr(pause, "is_paused", refuse)
    engine.tick()
    assert "whether the queue is paused is not known" in (engine.trouble or "")


def test_a_run_after_another_starts_when_that_has_ended_however(site: Site) -> None:
    queued(site, 1, "while [ ! -e go ]; do sleep 0.02; done; exit 3")
    queued(site, 2, after=(1,))
    until_reason(site, "2.high", "waits for run 1 to end")
    site.kill_supervisor()
    client.wake(site.workspace)
    assert site.store.get(2).after == (1,)
    (site.folder / "go").touch()
    until_all_ended(site, [1, 2])
    assert [str(site.job(f"{number}.high").state) for number in (1, 2)] == ["failed", "succeeded"]
    assert noted(site) == [1, 2]


def test_a_run_after_one_that_is_not_there_is_refused_and_takes_no_number(site: Site) -> None:
    with pytest.raises(SupervisorError, match="no run 4"):
        queued(site, 1, after=(4,))
    queued(site, 1)


def test_a_run_after_one_that_was_removed_goes_on(site: Site) -> None:
    client.pause(site.workspace)
    queued(site, 1)
    queued(site, 2, after=(1,))
    client.shut_down(site.workspace)
    shutil.rmtree(site.workspace.runs / "1")
    pause.go(site.workspace)
    client.ensure(site.workspace)
    until_all_ended(site, [2])
    assert noted(site) == [2]


def test_a_hold_leaves_the_running_job_alone_and_keeps_the_next_one(site: Site) -> None:
    run = site.submit(
        site.spec("latents", "while [ ! -e go ]; do sleep 0.02; done"),
        site.spec("high", "true", needs=(site.spec("latents", "").kind,)),
    )
    site.until_state("1.latents", "running")
    assert client.hold(site.workspace, 1).held
    with pytest.raises(SupervisorError, match="held already"):
        client.hold(site.workspace, 1)
    (site.folder / "go").touch()
    site.until_state("1.latents", "succeeded")
    until_reason(site, "1.high", "held by hand")
    client.release(site.workspace, 1)
    assert str(site.until_ended(run)["high"].state) == "succeeded"
    for ask in (client.hold, client.release):
        with pytest.raises(SupervisorError):
            ask(site.workspace, 1)
    with pytest.raises(SupervisorError, match="has ended"):
        client.move(site.workspace, 1, 1)


def test_a_run_that_is_queued_held_waits_and_a_stopped_one_is_tried_again_without_being_held(site: Site) -> None:
    queued(site, 1, held=True)
    until_reason(site, "1.high", "held by hand")
    client.stop(site.workspace, "1")
    until_all_ended(site, [1])
    client.retry(site.workspace, "1")
    until_all_ended(site, [1])
    assert str(site.job("1.high").state) == "succeeded"


def test_moves_into_one_gap_never_end_and_new_runs_come_last(site: Site) -> None:
    client.pause(site.workspace)
    for number in range(1, 5):
        queued(site, number)
    expected = [1, 2, 3, 4]
    for turn in range(120):
        number = (2, 3, 4)[turn % 3]
        client.move(site.workspace, number, 2)
        expected.remove(number)
        expected.insert(1, number)
        assert order_of(site) == expected
    client.move(site.workspace, 1, 4)
    queued(site, 5)
    assert order_of(site)[-2:] == [1, 5]
