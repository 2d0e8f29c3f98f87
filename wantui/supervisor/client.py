"""Asking the supervisor: found by its socket, started when there is none, replaced when it is of another version."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import wantui
from wantui import locks, reading
from wantui.jobs.codec import run_from_document, spec_to_document
from wantui.jobs.model import JobError, JobKind, JobSpec, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.supervisor.endpoint import GLANCE_S, Endpoint
from wantui.supervisor.presence import LOOK_AROUND_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.paths import Workspace

ANSWER_S = 30.0
"""How long an answer may take; a disk that syncs slowly is the worst known case."""
_AGAIN_S = 0.1


class SupervisorError(JobError):
    """The supervisor cannot be reached or started, or it refuses; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SupervisorStatus:
    """What the supervisor says of itself."""

    running: bool
    pid: int | None = None
    version: str | None = None
    trouble: str | None = None
    """What keeps it from working by the configuration as it is now, or from being reached."""

    @property
    def is_deaf(self) -> bool:
        """Whether there is one that cannot be reached."""
        return not self.running and self.trouble is not None


def submit(
    workspace: Workspace,
    kind: RunKind,
    settings: dict[str, Any],
    jobs: Sequence[JobSpec],
    *,
    replaces: bool = False,
    after: Sequence[int] = (),
    held: bool = False,
) -> Run:
    """Queue a run and return it with its number.

    Args:
        workspace: where.
        kind: what the run is for.
        settings: kept with the run.
        jobs: in the order of their needs.
        replaces: `Job.replaces` of its jobs.
        after: `Run.after`.
        held: `Run.held`.

    Raises:
        SupervisorError: it was not taken; nothing was started.
    """
    documents = [spec_to_document(spec) for spec in jobs]
    request = {"op": "submit", "kind": str(kind), "settings": settings, "jobs": documents, "replaces": replaces}
    return run_from_document(ask(workspace, request | {"after": list(after), "held": held})["run"])


def stop(workspace: Workspace, name: str) -> list[str]:
    """Ask for the end of a job (``7.high``) or run (``7``) and return the ids of the jobs that this ends.

    It returns before they have ended: the trainer has `wantui.supervisor.shim.GRACE_S` to go by itself.

    Raises:
        JobError: there is no such job or run.
        SupervisorError: the supervisor cannot be reached.
    """
    return list(ask(workspace, {"op": "stop", "name": name})["stopped"])


def retry(workspace: Workspace, name: str, *, replaces: bool = False) -> Run:
    """Queue a job or run again with the same settings; `replaces` as `Job.replaces`.

    Raises:
        JobError: there is no such job or run, or nothing to retry.
        SupervisorError: the supervisor cannot be reached.
    """
    return run_from_document(ask(workspace, {"op": "retry", "name": name, "replaces": replaces})["run"])


def resume(workspace: Workspace, number: int, changes: dict[JobKind, dict[str, Any]], *, anew: bool) -> Run:
    """Let ended jobs of a run go on from what they have saved.

    Args:
        workspace: of the run.
        number: of the run.
        changes: `Job.changes` by the jobs that go on.
        anew: whether the jobs that they need go first once more.

    Raises:
        JobError: there is no such run, or one of the jobs has not ended.
        SupervisorError: the supervisor cannot be reached.
    """
    jobs = {str(kind): change for kind, change in changes.items()}
    return run_from_document(ask(workspace, {"op": "resume", "run": number, "jobs": jobs, "anew": anew})["run"])


def end_after(workspace: Workspace, number: int, epochs: dict[JobKind, int | None]) -> list[str]:
    """Let jobs of a run end by themselves after an epoch, and return the ids of those that have not ended.

    Args:
        workspace: of the run.
        number: of the run.
        epochs: by the kind of the job; None: it is not to end before its last epoch any more.

    Raises:
        JobError: there is no such run.
        SupervisorError: the supervisor cannot be reached.
    """
    jobs = {str(kind): epoch for kind, epoch in epochs.items()}
    return list(ask(workspace, {"op": "end_after", "run": number, "jobs": jobs})["jobs"])


def release(workspace: Workspace, number: int) -> Run:
    """Let a held run go on, whoever holds it, as one that this user has started on this machine.

    Raises:
        JobError: there is no such run, or it is not held.
        SupervisorError: the supervisor cannot be reached.
    """
    return run_from_document(ask(workspace, {"op": "release", "run": number})["run"])


def move(workspace: Workspace, number: int, position: int) -> int:
    """Give a run another place in the queue, counted from 1; the place that it has now.

    Raises:
        JobError: there is no such run, it has ended, or there is no such place.
        SupervisorError: the supervisor cannot be reached.
    """
    return int(ask(workspace, {"op": "move", "run": number, "position": position})["position"])


def hold(workspace: Workspace, number: int) -> Run:
    """Let no other job of a run start until it is released.

    Raises:
        JobError: there is no such run, it has ended or is held.
        SupervisorError: the supervisor cannot be reached.
    """
    return run_from_document(ask(workspace, {"op": "hold", "run": number})["run"])


def pause(workspace: Workspace) -> list[str]:
    """Let no other job of any run start until `go`; the ids of the jobs that run on.

    Raises:
        SupervisorError: the supervisor cannot be reached.
    """
    return list(ask(workspace, {"op": "pause"})["running"])


def go(workspace: Workspace) -> None:
    """Let jobs start again.

    Raises:
        SupervisorError: the supervisor cannot be reached.
    """
    ask(workspace, {"op": "go"})


def status(workspace: Workspace) -> SupervisorStatus:
    """What the supervisor says of itself; none is started."""
    return _status(Endpoint.of(workspace))


def _status(endpoint: Endpoint) -> SupervisorStatus:
    reply = _exchange(endpoint, {"op": "hello"})
    if reply is not None:
        return SupervisorStatus(True, reply.get("pid"), reply.get("version"), reply.get("trouble"))
    if not locks.is_held(endpoint.lock, patience_s=GLANCE_S):
        return SupervisorStatus(running=False)
    pid = endpoint.holder
    who = "the supervisor" if pid is None else f"the supervisor, process {pid},"
    cure = "" if pid is None else f"; `kill {pid}` ends it, and trainers run on"
    return SupervisorStatus(False, pid, trouble=f"{who} is there but cannot be reached at {endpoint.socket}{cure}")


def _status_soon(endpoint: Endpoint) -> SupervisorStatus:
    """As `status`; one whose socket was removed gets the time that it takes to make another."""
    deadline = time.monotonic() + 3 * LOOK_AROUND_S
    while (found := _status(endpoint)).is_deaf and time.monotonic() < deadline:
        time.sleep(_AGAIN_S)
    return found


def shut_down(workspace: Workspace) -> list[str] | None:
    """End the supervisor and return the ids of the jobs that run on; None: there was no supervisor.

    Raises:
        SupervisorError: it cannot be reached.
    """
    endpoint = Endpoint.of(workspace)
    endpoint.stopped.touch()
    found = _status_soon(endpoint)
    if found.is_deaf:
        raise SupervisorError(found.trouble or "")
    reply = _exchange(endpoint, {"op": "shutdown"})
    if reply is None:
        return None
    _wait_until_gone(endpoint)
    return list(reply["running"])


def wake(workspace: Workspace) -> None:
    """Make sure that somebody looks after runs that have not ended.

    Raises:
        SupervisorError: no supervisor could be started.
    """
    if any(not run.has_ended for run in RunStore(workspace).runs()) and not Endpoint.of(workspace).stopped.exists():
        ensure(workspace)


def ask(workspace: Workspace, request: dict[str, Any]) -> dict[str, Any]:
    """Send one request to the supervisor, started if need be, and return its answer.

    Raises:
        SupervisorError: it cannot be started, does not answer or refuses.
    """
    ensure(workspace)
    reply = _exchange(Endpoint.of(workspace), request)
    if reply is None:
        raise SupervisorError(f"the supervisor went away; its log is {workspace.state / 'supervisor.log'}")
    if "error" in reply:
        raise SupervisorError(str(reply["error"]))
    return reply


def ensure(workspace: Workspace) -> SupervisorStatus:
    """Make sure that a supervisor of this version serves `workspace`.

    Raises:
        SupervisorError: none could be started.
    """
    endpoint = Endpoint.of(workspace)
    found = _status(endpoint)
    if found.running and found.version == wantui.__version__:
        return found
    with locks.held(endpoint.starting):
        found = _status_soon(endpoint)
        if found.is_deaf:
            raise SupervisorError(found.trouble or "")
        if found.running and found.version != wantui.__version__:
            _exchange(endpoint, {"op": "shutdown"})
            _wait_until_gone(endpoint)
        if not found.running or found.version != wantui.__version__:
            _start(workspace)
        found = _status_soon(endpoint)
    if not found.running:
        log = workspace.state / "supervisor.log"
        raise SupervisorError(found.trouble or f"the supervisor was started and has ended again; its log is {log}")
    return found


def _start(workspace: Workspace) -> None:
    argv = [sys.executable, "-P", "-m", "wantui.supervisor", "--workspace", str(workspace.root)]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise SupervisorError(done.stderr.strip() or "the supervisor could not be started")


def _exchange(endpoint: Endpoint, request: dict[str, Any]) -> dict[str, Any] | None:
    """One request, one answer; None when nobody serves."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(ANSWER_S)
    with connection:
        try:
            _connect(connection, endpoint)
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = bytearray()
            while chunk := connection.recv(1 << 16):
                answer += chunk
        except (FileNotFoundError, ConnectionError):
            return None
        except OSError as error:
            if not isinstance(error, TimeoutError):  # a path of more than 107 bytes, for one
                raise SupervisorError(f"{endpoint.socket}: {error}; set WANTUI_RUNTIME_DIR") from error
            who = f"the supervisor (process {endpoint.holder})"
            raise SupervisorError(f"{who} does not answer within {ANSWER_S:.0f} s; its disk may be stuck") from None
    if not answer:
        return None
    try:
        reply = reading.parse_json(bytes(answer))
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise SupervisorError(f"{endpoint.socket}: what answers there is no supervisor of wantui; remove that file")
    return reply


def _connect(connection: socket.socket, endpoint: Endpoint) -> None:
    """Connect, after others where many do so at the same time (``EAGAIN``: the queue of the socket is full).

    Raises:
        OSError: nobody is there, or nobody of those in front is answered in time.
    """
    give_up_at = time.monotonic() + ANSWER_S
    while True:
        try:
            return connection.connect(str(endpoint.socket))
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise TimeoutError from None
            time.sleep(_AGAIN_S)


def _wait_until_gone(endpoint: Endpoint) -> None:
    """Wait until the supervisor has let go of its lock."""
    if locks.is_held(endpoint.lock, patience_s=ANSWER_S):
        pid = endpoint.holder
        raise SupervisorError(f"the supervisor (process {pid}) does not stop; `kill -9 {pid}`: trainers run on")
