"""What is done to the supervisors and their jobs: small functions in a table, each a class of faults.

A fault that lasts adds what ends it to `World.lifts`. One that finds nothing to do it to says so by `False`.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.jobs.store import JobFiles, RunStore, job_files
from wantui.supervisor import client
from wantui.supervisor.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.world import Process, World
    from wantui.jobs.model import Job

GARBAGE = (b"", b"{", b"[]", b"\0\xff" * 50, b"[" * 50_000, b'{"exit_code": "x", "ended": 1e999, "pid": -1}', b"null")
REQUESTS = (*GARBAGE, b'{"op": 7}', b'{"op": "submit", "jobs": [1]}', b'{"op": "stop", "name": "99999.high"}')


def kill(role: str) -> Callable[[World], bool]:
    def fault(world: World) -> bool:
        process = world.victim(role)
        if process is None:
            return False
        _kill(world, process)
        return True

    return fault


def _kill(world: World, process: Process) -> None:
    if process.role == "attendant":
        world.blame(process)
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)


def kill_everything(world: World) -> bool:
    for process in world.processes():
        _kill(world, process)
    return True


def pause(role: str) -> Callable[[World], bool]:
    def fault(world: World) -> bool:
        process = world.victim(role)
        if process is None:
            return False

        def go_on() -> None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)

        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGSTOP)
        world.lifts.append(go_on)
        return True

    return fault


def fill_disk(world: World) -> bool:
    filler = world.disk / "filler"
    if not world.has_disk or filler.exists():
        return False
    free = os.statvfs(world.disk).f_bavail * os.statvfs(world.disk).f_frsize
    with filler.open("wb") as file, suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, free)
    world.lifts.append(lambda: filler.unlink(missing_ok=True))
    return True


def use_up_descriptors(world: World) -> bool:
    process = world.victim("supervisor")
    if process is None:
        return False
    try:
        used = len(list(Path(f"/proc/{process.pid}/fd").iterdir()))
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (used + world.random.randrange(4), hard))
    except OSError:
        return False
    world.lifts.append(world.raise_limits)
    return True


def remove_socket(world: World) -> bool:
    _endpoint(world).socket.unlink(missing_ok=True)
    return True


def remove_lock(world: World) -> bool:
    _endpoint(world).lock.unlink(missing_ok=True)
    return True


def _endpoint(world: World) -> Endpoint:
    return Endpoint.of(world.sites[world.site()])


def remove_runtime(world: World) -> bool:
    shutil.rmtree(world.runtime, ignore_errors=True)
    return True


def spoil_lease(world: World) -> bool:
    leases = sorted((world.runtime / "gpus").glob("*.json"))
    if not leases:
        return False
    with suppress(FileNotFoundError):
        world.random.choice(leases).write_bytes(world.random.choice(GARBAGE))
    return True


def rename_workspace(world: World) -> bool:
    workspace = world.sites[world.site()]
    moved = workspace.root.with_name(f"{workspace.root.name}-moved")
    if not workspace.root.exists():
        return False
    workspace.root.rename(moved)
    time.sleep(world.random.random() * 0.3)  # clients would make the folder anew
    moved.rename(workspace.root)
    return True


def spoil_record(which: str) -> Callable[[World], bool]:
    def fault(world: World) -> bool:
        found = _a_job(world)
        if found is None:
            return False
        _, path = found
        return _spoil(world, getattr(path, which))

    return fault


def _a_job(world: World) -> tuple[Job, JobFiles] | None:
    """A job that runs, if any; it may be lost from now on."""
    site = world.site()
    jobs = [job for run in RunStore(world.sites[site]).runs() for job in run.jobs if job.state.is_active]
    if not jobs:
        return None
    job = world.random.choice(jobs)
    world.may_be_lost.add(f"{site}:{job.id}:{job.attempt}")
    return job, job_files(world.sites[site], job)


def _spoil(world: World, path: Path) -> bool:
    with suppress(OSError):
        path.unlink(missing_ok=True)
        if world.random.random() < 0.3:
            os.mkfifo(path)
        else:
            path.write_bytes(world.random.choice(GARBAGE))
    return True


def spoil_run(world: World) -> bool:
    """Spoil a run's record, half of the time under a supervisor that is killed before it can write it again."""
    site = world.site()
    running = [number for number in RunStore(world.sites[site]).numbers() if (site, number) in world.confirmed]
    if not running or world.random.random() < 0.7:  # each costs a run
        return False
    number = running[-1]
    world.spoilt_runs.add((site, number))
    if world.random.random() < 0.5:
        kill("supervisor")(world)
    return _spoil(world, world.sites[site].runs / str(number) / "run.json")


def ask_nonsense(world: World) -> bool:
    endpoint, request = _endpoint(world), world.random.choice(REQUESTS)

    def ask() -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(endpoint.socket))
            connection.sendall(request + b"\n")
            connection.recv(1 << 16)

    world.request(ask)
    return True


def say_nothing(world: World) -> bool:
    endpoint = _endpoint(world)
    silent: list[socket.socket] = []
    for _ in range(world.random.randrange(20, 200)):
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        silent.append(connection)
        try:
            connection.connect(str(endpoint.socket))
        except OSError:
            break

    def hang_up() -> None:
        for connection in silent:
            connection.close()

    world.lifts.append(hang_up)
    return True


def spoil_gates(how: str) -> Callable[[World], bool]:
    def fault(world: World) -> bool:
        told = world.ground / "gate"
        told.write_text(how)
        world.lifts.append(lambda: told.unlink(missing_ok=True))
        return True

    return fault


def submit(world: World) -> bool:
    site, seconds = world.site(), world.random.random() * 0.8
    codes = (0, world.random.choice((0, 0, 3)), world.random.choice((0, 0, 3)))
    world.request(lambda: void(world.submit(site, seconds, codes)))
    return True


def ask_by_name(operation: str) -> Callable[[World], bool]:
    def fault(world: World) -> bool:
        if not world.confirmed:
            return False
        site, number = world.random.choice(list(world.confirmed)[-6:])
        name = f"{number}{world.random.choice(('', '.latents', '.high', '.low'))}"
        asking = client.stop if operation == "stop" else client.retry
        world.request(lambda: void(asking(world.sites[site], name)))
        return True

    return fault


def stop_supervisor(world: World) -> bool:
    workspace = world.sites[world.site()]
    world.request(lambda: void(client.shut_down(workspace)))
    return True


def kill_daemon(name: str) -> Callable[[World], bool]:
    """kill -9 of a daemon of Slurm, which somebody starts again after a while."""

    def fault(world: World) -> bool:
        cluster = world.cluster
        if cluster is None or name in world.killed_daemons:
            return False
        cluster.kill(name)
        world.killed_daemons.add(name)

        def start() -> None:
            world.killed_daemons.discard(name)
            if name == "slurmctld":
                cluster.start_controller()
            else:
                cluster.start_node(name.removeprefix("slurmd-"))

        world.lifts.append(start)
        return True

    return fault


def cancel_past_wantui(world: World) -> bool:
    """``scancel`` of a job that Slurm has, by hand."""
    if world.cluster is None or "slurmctld" in world.killed_daemons:
        return False
    numbers = world.cluster.ask("squeue", "-h", "-o", "%i").split()
    if not numbers:
        return False
    world.cluster.try_to("scancel", world.random.choice(numbers))
    return True


def void(_: object) -> None:
    """Nobody wants the answer."""


ROLES = ("supervisor", "attendant", "trainer", "gate", "watcher")

FAULTS: dict[str, Callable[[World], bool]] = {
    **{f"kill {role}": kill(role) for role in ROLES},
    **{f"pause {role}": pause(role) for role in ROLES},
    "kill everything": kill_everything,
    "full disk": fill_disk,
    "no descriptors": use_up_descriptors,
    "socket removed": remove_socket,
    "lock removed": remove_lock,
    "runtime folder removed": remove_runtime,
    "workspace renamed": rename_workspace,
    "lease spoilt": spoil_lease,
    "exit record spoilt": spoil_record("exit"),
    "start record spoilt": spoil_record("started"),
    "progress record spoilt": spoil_record("progress"),
    "run record spoilt": spoil_run,
    "nonsense asked": ask_nonsense,
    "silent clients": say_nothing,
    "gates hang": spoil_gates("hang"),
    "gates break": spoil_gates("break"),
    "gates not now": spoil_gates("later"),
    "stop": ask_by_name("stop"),
    "retry": ask_by_name("retry"),
    "supervisor stopped": stop_supervisor,
}
ON_SLURM: dict[str, Callable[[World], bool]] = {
    **{f"kill {daemon}": kill_daemon(daemon) for daemon in ("slurmctld", "slurmd-n1", "slurmd-n2")},
    "cancelled past wantui": cancel_past_wantui,
}
"""More of them, where jobs run on a cluster."""
"""By the name that the history shows."""
