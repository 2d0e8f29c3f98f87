"""Kill it where it hurts: supervisor, shim, trainer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from tests.supervisor.conftest import is_gone, until
from wantui.jobs import liveness
from wantui.jobs.model import JobKind
from wantui.jobs.process import read_stat
from wantui.jobs.store import job_files
from wantui.supervisor import client

if TYPE_CHECKING:
    import pytest

    from tests.supervisor.conftest import Site

UNTIL_TOLD = "echo up; while [ ! -e go ]; do sleep 0.02; done; exit {code}"


def both_running(site: Site) -> None:
    site.submit(site.spec("high", UNTIL_TOLD.format(code=0)), site.spec("low", UNTIL_TOLD.format(code=4)))
    for name in ("1.high", "1.low"):
        site.until_state(name, "running")
        until(partial(lambda name: site.job(name).pid, name), f"pid of {name}")


def test_jobs_outlive_a_killed_supervisor_and_the_next_call_adopts_them(site: Site) -> None:
    both_running(site)
    pids = [site.job(name).pid for name in ("1.high", "1.low")]
    site.kill_supervisor()
    assert [is_gone(pid or 0) for pid in pids] == [False, False]
    client.wake(site.workspace)
    assert [site.job(name).pid for name in ("1.high", "1.low")] == pids
    (site.folder / "go").touch()
    jobs = site.until_ended(site.store.get(1))
    assert [(str(job.state), job.exit_code) for job in jobs.values()] == [("succeeded", 0), ("failed", 4)]


def test_exit_codes_are_known_although_no_supervisor_saw_them(site: Site) -> None:
    both_running(site)
    files = [job_files(site.workspace, site.job(name)) for name in ("1.high", "1.low")]
    client.shut_down(site.workspace)
    (site.folder / "go").touch()
    until(lambda: all(each.exit.exists() for each in files), "both exit records")
    assert not client.status(site.workspace).running, "a supervisor that was stopped stays stopped"
    client.ensure(site.workspace)
    jobs = site.until_ended(site.store.get(1))
    assert [(str(job.state), job.exit_code) for job in jobs.values()] == [("succeeded", 0), ("failed", 4)]


def test_the_queue_goes_on_without_anybody_after_the_supervisor_was_killed(site: Site) -> None:
    site.occupy(1)
    run = site.submit(site.spec("high", UNTIL_TOLD.format(code=0)), site.spec("low", "true"))
    site.until_state("1.high", "running")
    site.kill_supervisor()
    (site.folder / "go").touch()
    jobs = site.until_ended(run)  # reads files only: nobody calls for a supervisor
    assert [str(job.state) for job in jobs.values()] == ["succeeded", "succeeded"]


def test_stop_ends_children_those_that_ignore_it_and_those_that_left(site: Site) -> None:
    (site.folder / "stubborn.sh").write_text("trap '' TERM; echo $$ > stubborn; while :; do sleep 0.05; done")
    (site.folder / "escaped.sh").write_text("echo $$ > escaped; while :; do sleep 0.05; done")
    script = "sh stubborn.sh & setsid sh escaped.sh & wait"
    site.submit(site.spec("high", script))
    pids = [int(site.until_file(name)) for name in ("stubborn", "escaped")]
    assert client.stop(site.workspace, "1.high") == ["1.high"]
    job = site.until_state("1.high", "cancelled")
    assert job.reason == "stopped"
    assert all(is_gone(pid) for pid in [*pids, job.pid or 0])
    until(lambda: not liveness.is_held(job_files(site.workspace, job).liveness_lock), "the attendant's letting go")


def test_what_a_job_leaves_behind_is_swept_when_it_ends_by_itself(site: Site) -> None:
    site.submit(
        site.spec("high", "setsid sh -c 'echo $$ > left; exec sleep 600' & while [ ! -s left ]; do sleep 0.02; done")
    )
    left = int(site.until_file("left"))
    assert str(site.until_state("1.high", "succeeded", "failed").state) == "succeeded"
    assert is_gone(left)


def test_interrupts_are_not_ignored_in_a_job(site: Site) -> None:
    site.submit(site.spec("high", "grep -E 'SigIgn|SigBlk' /proc/self/status"))
    site.until_state("1.high", "succeeded")
    for line in site.log("1.high").splitlines():
        mask = int(line.split()[1], 16)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            assert not mask >> (number - 1) & 1, line


def test_a_job_whose_shim_was_killed_is_watched_on_and_can_be_stopped(site: Site) -> None:
    site.submit(site.spec("high", "while :; do sleep 0.05; done"))
    job = until(lambda: found if (found := site.job("1.high")).shim else None, "the attendant")
    assert job.shim is not None
    os.kill(job.shim.pid, signal.SIGKILL)
    until(lambda: job.shim is not None and not job.shim.is_alive, "the attendant's end")
    client.ensure(site.workspace)
    assert str(site.job("1.high").state) == "running"
    client.stop(site.workspace, "1.high")
    assert str(site.until_state("1.high", "cancelled").state) == "cancelled"
    assert is_gone(job.pid or 0)


def test_a_job_that_died_with_its_shim_is_lost_and_says_so(site: Site) -> None:
    site.submit(site.spec("high", "exec sleep 600"))
    job = until(lambda: found if (found := site.job("1.high")).shim else None, "the attendant")
    assert job.shim is not None
    os.kill(job.shim.pid, signal.SIGKILL)
    os.kill(job.pid or 0, signal.SIGKILL)
    lost = site.until_state("1.high", "lost", "failed")
    assert str(lost.state) == "lost"
    assert "exit code is not known" in (lost.reason or "")


def test_a_killed_trainer_has_the_signal_as_exit_code(site: Site) -> None:
    site.submit(site.spec("high", "exec sleep 600"))
    pid = until(lambda: site.job("1.high").pid, "the pid")
    os.kill(pid, signal.SIGKILL)
    assert site.until_state("1.high", "failed").exit_code == -signal.SIGKILL


def test_many_clients_at_once_start_one_supervisor(site: Site) -> None:
    code = (
        "from pathlib import Path; from wantui.paths import Workspace; from wantui.supervisor import client;"
        f"print(client.ensure(Workspace(Path({str(site.folder)!r}))).pid)"
    )
    clients = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(6)]
    pids = {each.communicate()[0] for each in clients}
    assert [each.returncode for each in clients] == [0] * 6
    assert len(pids) == 1


def test_a_supervisor_of_another_version_is_replaced_and_its_jobs_stay(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_running(site)
    old, trainers = site.supervisor_pid(), [site.job(name).pid for name in ("1.high", "1.low")]
    with monkeypatch.context() as newer:
        newer.setattr("wantui.__version__", "99")
        client.ensure(site.workspace)
    assert site.supervisor_pid() != old
    until(lambda: is_gone(old), "the end of the old one, which has let go of its lock already")
    assert [site.job(name).pid for name in ("1.high", "1.low")] == trainers
    (site.folder / "go").touch()
    site.until_ended(site.store.get(1))


def test_the_supervisor_has_left_terminal_session_and_parent(site: Site) -> None:
    client.ensure(site.workspace)
    pid = site.supervisor_pid()
    stat = read_stat(pid)
    assert stat is not None
    assert stat.parent != os.getpid()
    assert os.getsid(pid) not in (os.getsid(0), pid)


def test_the_supervisor_imports_neither_screen_nor_trainer_nor_pictures() -> None:
    code = "import sys, wantui.supervisor.process; print(*sys.modules)"
    modules = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    for unwanted in (
        "textual",
        "rich",
        "PIL",
        "av",
        "numpy",
        "psutil",
        "asyncio",
        "wantui.trainer",
        "wantui.dataset",
    ):
        assert unwanted not in modules


def test_one_unreadable_exit_record_stops_nothing_else(site: Site) -> None:
    both_running(site)
    shim = site.job("1.high").shim
    assert shim is not None
    shim.signal(signal.SIGKILL)  # who would write another over it
    until(lambda: is_gone(shim.pid), "the end of the attendant")
    job_files(site.workspace, site.job("1.high")).exit.write_text("no record at all")
    (site.folder / "go").touch()
    assert "not an exit record" in (site.until_state("1.high", "lost").reason or "")
    assert site.until_state("1.low", "failed").exit_code == 4


def test_what_lives_is_not_lost_for_the_sake_of_a_spoilt_record(site: Site) -> None:
    both_running(site)
    job_files(site.workspace, site.job("1.high")).exit.write_text("no record at all")
    (site.folder / "go").touch()
    assert site.until_state("1.high", "succeeded").exit_code == 0


def test_a_hook_that_is_killed_is_asked_again(site: Site) -> None:
    hook = (
        "import os, pathlib; once = pathlib.Path('asked')\n"
        "once.exists() or (once.touch(), os.kill(os.getpid(), 9))\n"
        """print('{"decision": "go"}')"""
    )
    site.submit(site.spec("high", "true", prepare=(sys.executable, "-c", hook)))
    assert str(site.until_state("1.high", "succeeded", "failed").state) == "succeeded"


def test_a_hook_that_answers_nonsense_fails_its_job_alone(site: Site) -> None:
    site.submit(
        site.spec("high", "true", prepare=(sys.executable, "-c", "print('perhaps')")), site.spec("low", "true")
    )
    assert "check of this job broke" in (site.until_state("1.high", "failed").reason or "")
    site.until_state("1.low", "succeeded")


def test_waiting_does_not_start_a_supervisor_that_was_stopped(site: Site) -> None:
    both_running(site)
    argv = [sys.executable, "-m", "wantui", "--workspace", str(site.folder), "wait", "1", "--timeout", "5"]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as waiting:
        client.shut_down(site.workspace)
        assert waiting.wait() == 1
    assert not client.status(site.workspace).running
    client.ensure(site.workspace)


def test_a_supervisor_leaves_when_its_workspace_is_deleted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client.ensure(site.workspace)
    pid = site.supervisor_pid()
    shutil.rmtree(site.workspace.state)
    assert client.status(site.workspace).pid in (pid, None)  # a request wakes it, and it looks around
    until(lambda: is_gone(pid), "the supervisor's end")


def test_a_start_that_is_called_off_is_tidied_up(site: Site) -> None:
    """The hook of a forced cache job moves files away before it answers."""
    kept, away = site.folder / "cache.safetensors", site.folder / "trash"
    kept.write_text("encoded")
    prepare = "import pathlib,sys,time; pathlib.Path('cache.safetensors').rename('trash'); time.sleep(600)"
    verify = (
        "import pathlib,sys; assert '--stopped' in sys.argv and '--exit-code=-15' in sys.argv\n"
        "pathlib.Path('trash').rename('cache.safetensors'); print('{\"decision\": \"fail\"}')"
    )
    site.submit(
        site.spec("latents", "true", prepare=(sys.executable, "-c", prepare), verify=(sys.executable, "-c", verify))
    )
    until(away.exists, "the gate's work")
    client.stop(site.workspace, "1.latents")
    job = site.until_state("1.latents", "cancelled")
    assert (job.reason, job.pid, kept.read_text()) == ("stopped", None, "encoded")
    assert not away.exists()
    again = site.submit(site.spec("high", "true"), site.spec("low", "true"))
    assert {job.state for job in site.until_ended(again).values()} == {"succeeded"}


AGAIN_ONCE = """\
import pathlib, sys, time
pathlib.Path("asked").touch()
while pathlib.Path("hold").exists():
    time.sleep(0.01)
print('{"decision": "again", "reason": "too much"}' if "--exit-code=1" in sys.argv else '{"decision": "go"}')
"""
FAILS_ONCE = "test -e ran && exit 0; touch ran; exit 1"


def test_a_job_that_its_hook_wants_again_is_tried_again_though_the_supervisor_dies_meanwhile(site: Site) -> None:
    (site.folder / "hold").touch()
    site.submit(
        site.spec("text", "true"),
        site.spec("high", FAILS_ONCE, needs=(JobKind.TEXT,), verify=(sys.executable, "-c", AGAIN_ONCE)),
        site.spec("low", "true", needs=(JobKind.HIGH,)),
    )
    until((site.folder / "asked").exists, "the gate")
    site.kill_supervisor()
    (site.folder / "hold").unlink()
    client.ensure(site.workspace)
    jobs = site.until_ended(site.store.get(1))
    assert {kind: (str(job.state), job.attempt) for kind, job in jobs.items()} == {
        "text": ("succeeded", 1),  # what it encoded is the training set, whatever became of the captions
        "high": ("succeeded", 2),
        "low": ("succeeded", 1),
    }


def test_a_stop_wins_over_another_try(site: Site) -> None:
    (site.folder / "hold").touch()
    site.submit(site.spec("high", FAILS_ONCE, verify=(sys.executable, "-c", AGAIN_ONCE)))
    until((site.folder / "asked").exists, "the gate")
    client.stop(site.workspace, "1.high")
    (site.folder / "hold").unlink()
    job = site.until_state("1.high", "cancelled")
    assert (job.reason, job.attempt) == ("stopped", 1)
