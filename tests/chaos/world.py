"""Two workspaces on the same GPUs, what was asked of their supervisors, and what was done to them."""

from __future__ import annotations

import os
import queue
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.slurm.fixtures import use_slurm
from tests.supervisor.conftest import is_gone, until
from wantui.jobs.model import JobError, JobKind, JobSpec, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.supervisor import client

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.slurm.cluster import Cluster

PROGRAMS = Path(__file__).parent / "programs"
DISK_BYTES = 32 << 20
SETTLE_S = 240.0
"""Hooks that were broken for a while are asked again after pauses of up to a minute."""
SETTLE_ON_SLURM_S = 600.0
"""Each job takes Slurm some seconds, and has one of two GPUs."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of one of the workspaces."""

    pid: int
    role: str
    """supervisor, shim, trainer, hook or watcher."""
    argv: tuple[str, ...]
    mark: str
    """The job that it belongs to, ``RUNTIME:RUN.KIND:ATTEMPT``; empty for processes of wantui."""


@dataclass
class World:
    """Everything under test, with the history of what was done to it."""

    random: random.Random
    runtime: Path
    ground: Path
    """Where the jobs work and note what they see."""
    disk: Path
    """Holds the workspaces."""
    has_disk: bool
    """Whether it is a small file system of its own, which can be full."""
    cluster: Cluster | None = None
    """Where the jobs run; None: on this machine."""
    sites: dict[str, Workspace] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    lifts: list[Callable[[], None]] = field(default_factory=list)
    """What ends the faults that last."""
    confirmed: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    """The kinds of the jobs of each run that a supervisor has taken."""
    may_be_lost: set[str] = field(default_factory=set)
    """``SITE:RUN.KIND:ATTEMPT`` of jobs whose shim was killed or whose records were spoilt."""
    killed_daemons: set[str] = field(default_factory=set)
    """Of Slurm, by the names of their pid files."""
    spoilt_runs: set[tuple[str, int]] = field(default_factory=set)
    _requests: queue.Queue[Callable[[], None] | None] = field(default_factory=lambda: queue.Queue(4))
    _clients: list[threading.Thread] = field(default_factory=list)

    def create(self) -> None:
        """Make the workspaces, and two clients that work at the same time."""
        for folder in ("locks", "done", "ends"):
            (self.ground / folder).mkdir(parents=True)
        for name in ("first", "second"):
            site = self.disk / name
            site.mkdir()
            (site / "wantui.toml").write_text(
                '[trainer]\nkind = "rehearsal"\n[gpus]\nprovider = "simulated"\nsimulated = 2\n'
                f"[watch]\nenabled = {'true' if name == 'first' else 'false'}\n"
            )
            self.sites[name] = Workspace(site)
            self.sites[name].create_state()
            if self.cluster is not None:
                use_slurm(site)
        self._clients = [threading.Thread(target=self._serve_requests, daemon=True) for _ in range(2)]
        for thread in self._clients:
            thread.start()

    # -- clients ---------------------------------------------------------------------------------------------------

    def _serve_requests(self) -> None:
        while (request := self._requests.get()) is not None:
            with suppress(JobError, OSError, KeyError):
                request()

    def request(self, what: Callable[[], None]) -> None:
        """Let a client ask; where all are busy, nobody does."""
        with suppress(queue.Full):
            self._requests.put_nowait(what)

    def site(self) -> str:
        """The name of one of the workspaces."""
        return self.random.choice(list(self.sites))

    def spec(self, site: str, kind: str, seconds: float, code: int) -> JobSpec:
        """A job that works for so long and ends with `code`."""
        python = (sys.executable, "-I", "-S")
        argv = (*python, str(PROGRAMS / "work.py"), str(self.ground), site, kind, f"{seconds:.2f}", str(code))
        hook = (*python, str(PROGRAMS / "gate.py"), str(self.ground))
        cache = (self.sites[site].root / "cache",)
        is_cache = kind == "latents"
        return JobSpec(
            kind=JobKind(kind),
            argv=argv,
            cwd=self.ground,
            needs=() if is_cache else (JobKind.LATENTS,),
            reads=() if is_cache else cache,
            writes=cache if is_cache else (),
            prepare=(*hook, *argv, "--"),
            verify=(*hook, "--"),
        )

    def submit(self, site: str, seconds: float = 0.1, codes: tuple[int, int, int] = (0, 0, 0)) -> Run:
        """Submit a run and remember that it was taken."""
        kinds = ("latents", "high", "low")
        specs = [self.spec(site, kind, seconds, code) for kind, code in zip(kinds, codes, strict=True)]
        run = client.submit(self.sites[site], RunKind.TRAIN, {}, specs)
        self.confirmed[(site, run.number)] = kinds
        return run

    # -- processes -------------------------------------------------------------------------------------------------

    def processes(self) -> list[Process]:
        """Every process that serves or works for one of the workspaces."""
        line = f"WANTUI_RUNTIME_DIR={self.runtime}".encode()
        found = []
        for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
            try:
                environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                argv = tuple(
                    os.fsdecode(word) for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
                )
            except OSError:
                continue
            if line in environment and argv and pid != os.getpid() and not is_gone(pid):
                mark = next((os.fsdecode(each[11:]) for each in environment if each.startswith(b"WANTUI_JOB=")), "")
                found.append(Process(pid, role_of(argv, mark), argv, mark))
        return found

    def victim(self, role: str) -> Process | None:
        """One of the processes of that role, where there is any."""
        found = sorted((each for each in self.processes() if each.role == role), key=lambda each: each.pid)
        return self.random.choice(found) if found else None

    def blame(self, process: Process) -> None:
        """The job of this shim may be lost from now on."""
        record, descriptor = process.argv[-2:]  # /proc/self/fd/D/KIND[.ATTEMPT].task.json, and D: the run's folder
        try:
            run = Path(f"/proc/{process.pid}/fd/{descriptor}").readlink()  # .../SITE/.wantui/runs/N
        except OSError:  # it has ended
            return
        kind, _, attempt = Path(record).name.removesuffix(".task.json").partition(".")
        site = run.parents[2].name.removesuffix("-moved")
        assert site in self.sites, run
        self.may_be_lost.add(f"{site}:{run.name}.{kind}:{attempt or 1}")

    def raise_limits(self) -> None:
        """Give every process its descriptors back; what was started meanwhile has inherited the limit."""
        for process in self.processes():
            with suppress(OSError):
                _, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
                resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (min(1024, hard), hard))

    # -- the end ---------------------------------------------------------------------------------------------------

    def lift(self) -> None:
        """End the faults that last, in the order in which they began."""
        while self.lifts:
            self.lifts.pop(0)()

    def settle(self) -> None:
        """Lift every fault, let the clients finish and wait for the end of every run."""
        self.lift()
        self.join_clients()
        for site, workspace in self.sites.items():
            client.ensure(workspace)
            store = RunStore(workspace)

            def has_ended(workspace: Workspace = workspace, store: RunStore = store) -> bool:
                client.ensure(workspace)
                return all(run.has_ended for run in store.runs())

            patience = SETTLE_S if self.cluster is None else SETTLE_ON_SLURM_S
            until(has_ended, f"the end of every run of {site}", patience)

    def join_clients(self) -> None:
        """Wait until no client asks for anything any more."""
        for _ in self._clients:
            self._requests.put(None)
        for thread in self._clients:
            thread.join()
        self._clients = []

    def destroy(self) -> None:
        """End whatever is left, whatever state it is in."""
        deadline = time.monotonic() + 20
        while (left := self.processes()) and time.monotonic() < deadline:
            for process in left:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            time.sleep(0.02)
        if self.has_disk:
            subprocess.run(["umount", "-l", str(self.disk)])
        shutil.rmtree(self.runtime, ignore_errors=True)


def role_of(argv: tuple[str, ...], mark: str) -> str:
    """What a process is by its command line and the job in its environment."""
    words = " ".join(argv)
    for sign, role in (
        ("shim.py", "attendant"),
        ("wantui.supervisor", "supervisor"),
        ("wantui.runs.watch.watcher", "watcher"),
        ("wantui.runs.record.recorder", "recorder"),
        ("gate.py", "gate" if not mark else "trainer"),
    ):
        if sign in words:
            return role
    return "trainer" if mark else "other"


def small_disk(folder: Path) -> bool:
    """Mount a small file system at `folder`; False where this user may not."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    return os.geteuid() == 0 and shutil.which("mount") is not None and subprocess.run(mount).returncode == 0
