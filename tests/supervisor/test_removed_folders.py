"""Folders and files that are removed, renamed, copied or spoilt under running jobs."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.supervisor.conftest import Site, is_gone, until
from wantui.gpus.leases import Leases
from wantui.jobs import liveness
from wantui.jobs.model import Job, JobState
from wantui.jobs.store import RunStore, job_files, read_exit
from wantui.paths import Workspace
from wantui.supervisor import client
from wantui.supervisor.endpoint import Endpoint
from wantui.supervisor.spawn import spawn

if TYPE_CHECKING:
    from collections.abc import Callable

UNTIL_TOLD = "echo $$ > pid.$WANTUI_JOB; while test ! -e go; do sleep 0.02; done; exit 3"
"""Found by relative names, so that it ends wherever its folder is."""


def running(site: Site) -> int:
    site.submit(site.spec("high", UNTIL_TOLD))
    site.until_state("1.high", "running")
    return until(lambda: site.job("1.high").pid, "the process id")


def test_a_supervisor_whose_socket_was_removed_is_reached_again(site: Site) -> None:
    running(site)
    pid = site.supervisor_pid()
    endpoint = Endpoint.of(site.workspace)
    endpoint.socket.unlink()
    assert client.ensure(site.workspace).pid == pid
    endpoint.socket.unlink()
    endpoint.socket.mkdir()  # what cannot be removed is told with the process
    deaf = until(lambda: found if (found := client.status(site.workspace)).is_deaf else None, "a deaf supervisor")
    assert deaf.pid == pid
    assert f"kill {pid}" in (deaf.trouble or "")
    endpoint.socket.rmdir()
    (site.folder / "go").touch()
    assert site.until_state("1.high", "failed").exit_code == 3


def test_a_job_outlives_the_runtime_folder_and_keeps_its_gpu(make_site: Callable[..., Site], runtime: Path) -> None:
    site = make_site(gpus=1)
    running(site)
    pid = site.supervisor_pid()
    aside = runtime.with_name(f"{runtime.name}-removed")
    runtime.rename(aside)  # at once: the lease is made again while a whole folder is being removed
    shutil.rmtree(aside)
    until(lambda: client.status(site.workspace).running, "a supervisor")
    assert client.ensure(site.workspace).pid == pid
    leases = Leases(runtime / "gpus", liveness.is_alive)
    until(lambda: [lease.job for lease in leases.holders().values()] == ["1.high"], "the lease")
    second = site.submit(site.spec("high", "true"))
    waiting = until(lambda: site.job("2.high").reason, "what the second job waits for")
    assert "1.high" in waiting
    assert site.job("1.high").state is JobState.RUNNING
    (site.folder / "go").touch()
    assert site.until_state("1.high", "failed").exit_code == 3
    assert site.until_ended(second)["high"].exit_code == 0


@pytest.mark.parametrize("text", [None, "", "[]"])
def test_a_lease_that_was_removed_or_spoilt_is_made_again(
    make_site: Callable[..., Site], runtime: Path, text: str | None
) -> None:
    site = make_site(gpus=1)
    running(site)
    (lease,) = (runtime / "gpus").glob("*.json")
    lease.unlink()
    if text is not None:
        lease.write_text(text)
    second = site.submit(site.spec("high", "true"))
    leases = Leases(runtime / "gpus", liveness.is_alive)
    until(lambda: [each.job for each in leases.holders().values()] == ["1.high"], "the lease")
    assert "1.high" in until(lambda: site.job("2.high").reason, "what the second job waits for")
    (site.folder / "go").touch()
    assert site.until_ended(second)["high"].exit_code == 0


def test_a_job_is_found_again_in_a_workspace_that_was_renamed(site: Site) -> None:
    trainer = running(site)
    old = site.supervisor_pid()
    moved = Site(Workspace(site.folder.with_name("moved")))
    site.folder.rename(moved.folder)
    try:
        client.wake(moved.workspace)
        until(lambda: is_gone(old), "the end of the supervisor of the old folder")
        assert moved.job("1.high").state is JobState.RUNNING
        assert not is_gone(trainer)
        assert client.stop(moved.workspace, "1.high") == ["1.high"]
        stopped = moved.until_state("1.high", "cancelled")
        assert (stopped.exit_code, stopped.reason) == (-signal.SIGTERM, "stopped")
        assert is_gone(trainer)
        assert not site.folder.exists()
    finally:
        client.shut_down(moved.workspace)


def test_the_exit_code_of_a_job_is_kept_though_its_workspace_was_renamed_and_nobody_looked(site: Site) -> None:
    running(site)
    client.shut_down(site.workspace)
    moved = Site(Workspace(site.folder.with_name("moved")))
    site.folder.rename(moved.folder)
    (moved.folder / "go").touch()
    until(job_files(moved.workspace, moved.job("1.high")).exit.exists, "the exit record")
    client.wake(moved.workspace)
    assert moved.until_state("1.high", "failed").exit_code == 3
    assert not site.folder.exists()
    client.shut_down(moved.workspace)


def test_the_copy_of_a_workspace_does_not_take_the_jobs_of_the_first_for_its_own(site: Site) -> None:
    trainer = running(site)
    copy = Site(Workspace(site.folder.with_name("copy")))
    shutil.copytree(site.folder, copy.folder)
    client.wake(copy.workspace)
    copy.until_state("1.high", "lost")
    client.shut_down(copy.workspace)
    assert not is_gone(trainer)
    assert site.job("1.high").state is JobState.RUNNING


def test_a_removed_workspace_stays_removed(site: Site) -> None:
    trainer = running(site)
    pid = site.supervisor_pid()
    shutil.rmtree(site.folder)
    until(lambda: is_gone(pid), "the end of the supervisor")
    os.killpg(trainer, signal.SIGKILL)
    until(lambda: is_gone(trainer), "the end of the trainer")
    mark = os.fsencode(site.folder)

    def nobody_is_left() -> bool:
        return not any(mark in read(path) for path in Path("/proc").glob("[0-9]*/cmdline"))

    until(nobody_is_left, "the end of what served it")
    assert not site.folder.exists()


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_job_whose_start_record_was_spoilt_can_be_stopped(site: Site) -> None:
    trainer = running(site)
    path = site.workspace.runs / "1/run.json"
    document = json.loads(path.read_bytes())
    site.kill_supervisor()
    for job in document["jobs"]:
        job["pid"] = job["attendant"] = None
    path.write_text(json.dumps(document))
    job_files(site.workspace, site.job("1.high")).started.write_text("")
    client.stop(site.workspace, "1")
    site.until_state("1.high", "cancelled")
    assert is_gone(trainer)


@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, "[]", '{"version": 1, "number": 1e999}', '{"version": 1, "number": 1, "jobs": [7]}']
)
def test_a_run_that_cannot_be_read_is_set_aside_and_the_others_go_on(site: Site, text: str) -> None:
    site.until_ended(site.submit(site.spec("high", "true")))
    site.kill_supervisor()
    (site.workspace.runs / "1/run.json").write_text(text)
    assert site.until_ended(site.submit(site.spec("high", "true")))["high"].exit_code == 0
    store = RunStore(site.workspace)
    assert [run.number for run in store.runs()] == [2]
    assert "run.json" in next(iter(store.broken.values()))


REQUESTS = [
    b"[]",
    b"1",
    b"null",
    b"[" * 200_000,
    b'{"op": ["x"]}',
    b'{"op": "stop", "name": 7}',
    b'{"op": "submit", "kind": "train", "settings": {}, "jobs": [1]}',
    b'{"op": "submit", "kind": "train", "settings": {}, "jobs": {"a": 1}}',
    b'{"op": "submit", "kind": "train", "settings": {}, "jobs": [{"kind": "high", "argv": ["\\u0000"], "cwd": "/"}]}',
    b'{"op": "submit", "kind": "train", "settings": {}, "jobs": []}',
]


def asked(site: Site, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(Endpoint.of(site.workspace).socket))
        connection.sendall(request + b"\n")
        return connection.recv(1 << 16)


def test_no_request_ends_the_supervisor(site: Site) -> None:
    client.ensure(site.workspace)
    pid = site.supervisor_pid()
    for request in REQUESTS:
        assert "error" in json.loads(asked(site, request)), request[:80]
    assert site.supervisor_pid() == pid
    assert RunStore(site.workspace).numbers() == []


def test_clients_that_say_nothing_keep_nobody_out(site: Site) -> None:
    client.ensure(site.workspace)
    pid = site.supervisor_pid()
    silent = []
    for _ in range(200):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(Endpoint.of(site.workspace).socket))
        silent.append(connection)
    assert client.status(site.workspace).pid == pid
    for connection in silent:
        connection.close()


def test_a_start_that_lacks_descriptors_takes_place_later(make_site: Callable[..., Site], runtime: Path) -> None:
    site = make_site(gpus=1)
    site.occupy(0)
    hook = ("sh", "-c", """echo '{"decision": "go"}'""")
    run = site.submit(site.spec("high", "true", prepare=hook))
    until(lambda: "GPU 0" in (site.job("1.high").reason or ""), "the job waits for its GPU")
    pid = site.supervisor_pid()
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    open_now = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_now + 3, hard))
    site.occupy()
    until(lambda: "Too many open files" in (site.workspace.state / "supervisor.log").read_text(), "the refusal")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    assert site.until_ended(run)["high"].exit_code == 0
    assert Leases(runtime / "gpus", liveness.is_alive).holders() == {}


def test_a_job_that_began_while_its_workspace_had_another_name_is_found_at_the_first(site: Site) -> None:
    """What tells that it lives lies elsewhere, and a file of that name may lie here from an earlier start."""
    running(site)
    liveness_locks = job_files(site.workspace, site.job("1.high")).liveness_lock.parent
    client.shut_down(site.workspace)
    moved = Site(Workspace(site.folder.with_name("moved")))
    site.folder.rename(moved.folder)
    second = moved.submit(moved.spec("high", UNTIL_TOLD))
    moved.until_state("2.high", "running")
    trainer = until(lambda: moved.job("2.high").pid, "the process id")
    client.shut_down(moved.workspace)
    moved.folder.rename(site.folder)
    (liveness_locks / "2.high").touch()
    client.ensure(site.workspace)
    assert not is_gone(trainer)
    (site.folder / "go").touch()
    assert site.until_ended(second)["high"].exit_code == 3


def test_a_job_starts_though_its_workspace_is_renamed_at_that_very_moment(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = site.store.create_folder()
    spec = replace(site.spec("high", "exit 3"), cwd=site.folder.parent)
    job = Job(id=f"{number}.high", run=number, spec=spec, state=JobState.STARTING, queued=0.0, argv=spec.argv)
    moved = site.folder.with_name("moved")

    def renamed_then_started(*words: Any, **named: Any) -> subprocess.Popen[bytes]:
        site.folder.rename(moved)
        return started(*words, **named)

    started = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", renamed_then_started)
    with (site.folder.parent / "lifeline").open("w") as held:
        shim = spawn(site.workspace, job, held.fileno(), [])
    assert shim.wait() == 0
    record = read_exit(job_files(Workspace(moved), job).exit)
    assert record is not None
    assert record.exit_code == 3
    moved.rename(site.folder)
