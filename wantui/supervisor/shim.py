"""The shim: one small process a job that starts the trainer, waits for it and writes down how it ended.

It is the trainer's parent, so it learns the exit code whether or not a supervisor is alive; it is a child subreaper
(`prctl(2)`), so whatever the trainer's processes leave behind becomes its child and is swept; and it runs in a
session of its own, apart from the trainer's, so that a signal to the trainer's process group passes it by.

Run by path with ``python -I -S``, never imported by the supervisor's own code: it starts in a few milliseconds, and
neither the trainer's ``PYTHONPATH`` nor anything else of its environment can change what it does. Its standard input
is the job's liveness lock, its output the job's log; the trainer inherits both.

    shim.py RECORD.json DESCRIPTOR       what to start: see `ShimTask`; of the folder that it lies in
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).resolve().parents[2]))  # last: only wantui's own modules are wanted from there

from wantui import atomic, locks
from wantui.jobs.exits import CANNOT_START
from wantui.jobs.passing import is_passing
from wantui.jobs.process import ProcessIdentity, adopt_orphans, descendants
from wantui.paths import Workspace
from wantui.supervisor.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

LINGER_S = 1.0
"""How long what the trainer leaves behind may take to go by itself once the trainer has ended."""
GRACE_S = 5.0
"""How long between SIGTERM and SIGKILL; the real trainer is gone within 1.2 s (observed)."""
TICK_S = 1.0
"""The longest wait in which nothing is looked at."""
GOING_S = 0.5
"""How long a supervisor that was killed may have its lock; whoever asks later than a job's end needs less."""
RESERVE_BYTES = 16 << 10
RETRY_FOR_S = 600.0
"""How long to try to write the exit record down: somebody may make space on a full disk."""
_LISTENED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1}
"""All but the first ask for the trainer's end; the last is a scheduler's, before its time limit."""


@dataclass(frozen=True, slots=True)
class ShimTask:
    """What to start and where to write what becomes of it."""

    argv: list[str]
    env: dict[str, str]
    """Set on top of the shim's own environment."""
    started: str
    """Name of the file for the identities of the trainer and of the shim."""
    exit: str
    """Name of the file for the exit record."""
    workspace: str
    """The folder of the workspace when the job was started."""
    beside: list[str] = field(default_factory=list)
    """Run while the trainer runs, in the shim's own environment, and ended with it; it holds neither lock nor log."""
    afterwards: list[str] = field(default_factory=list)
    """Run at the end, in the shim's own environment: makes sure that a supervisor looks at the result."""


def main(path: str, descriptor: int) -> int:
    """Do the task in the file at `path`; the exit code is 0 whatever became of the trainer."""
    folder = RunFolder(descriptor)
    fields = json.loads((folder / Path(path).name).read_text(encoding="utf-8"))
    fields.pop("times", None)  # of a supervisor that was running before wantui was upgraded
    task = ShimTask(**fields)
    signal.pthread_sigmask(signal.SIG_BLOCK, _LISTENED)
    _reserve(folder / task.exit)
    adopt_orphans()
    try:
        trainer = _start(task)
    except OSError as error:
        _record(folder / task.exit, CANNOT_START, f"cannot start {task.argv[0]}: {error.strerror}")
    else:
        _note_start(folder / task.started, trainer)
        watch = ProcessWatch(trainer, _start_beside(task.beside))
        _record(folder / task.exit, watch.until_all_is_gone(), received=watch.received)
    if task.afterwards and (now := folder.workspace) is not None:
        _let_go()
        if not _is_looked_after(now):
            _become([str(now) if word == task.workspace else word for word in task.afterwards])
    return 0


class RunFolder:
    """The folder of the run, open since before the start: its files are found though the workspace is renamed."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor

    def __truediv__(self, name: str) -> Path:
        return Path(f"/proc/self/fd/{self._descriptor}") / name

    @property
    def workspace(self) -> Path | None:
        """Where the workspace is now: ``WORKSPACE/.wantui/runs/N`` is this folder; None: it was removed."""
        if os.fstat(self._descriptor).st_nlink == 0:
            return None
        return Path(os.readlink(f"/proc/self/fd/{self._descriptor}")).parents[2]  # noqa: PTH115  a link of the kernel's


def _start(task: ShimTask) -> int:
    """Start the trainer; where the machine has no memory or no process left for it, wait for that."""
    give_up_at = time.monotonic() + RETRY_FOR_S
    while True:
        try:
            return os.posix_spawnp(
                task.argv[0],
                task.argv,
                _environment(os.environ, task.env),
                setsid=True,
                setsigmask=(),
                setsigdef=(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE),
            )
        except OSError as error:
            if not is_passing(error) or time.monotonic() > give_up_at:
                raise
            if signal.sigtimedwait(_LISTENED - {signal.SIGCHLD}, TICK_S) is not None:
                raise  # somebody stops it


def _start_beside(argv: list[str]) -> int | None:
    """Start what runs beside the trainer; the job goes on without it where that cannot be."""
    if not argv:
        return None
    nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    with suppress(OSError):
        return os.posix_spawn(argv[0], argv, _environment(os.environ, {}), file_actions=nothing, setsigmask=())
    return None


def _environment(own: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """What a program gets. An empty entry of ``PYTHONPATH`` means the current folder, and that is the dataset's."""
    found = {**own, **more}
    if "PYTHONPATH" in found:
        found["PYTHONPATH"] = os.pathsep.join(entry for entry in found["PYTHONPATH"].split(os.pathsep) if entry)
    return found


def _let_go() -> None:
    """Neither hold the job's liveness lock nor write to its log any more."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def _is_looked_after(workspace: Path) -> bool:
    """Whether a supervisor serves the workspace, or a person wants none."""
    try:
        endpoint = Endpoint.of(Workspace(workspace))
        return endpoint.stopped.exists() or locks.is_held(endpoint.lock, patience_s=GOING_S)
    except OSError:
        return False


def _become(argv: list[str]) -> None:
    """Turn into another program."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _LISTENED)
    os.execve(argv[0], argv, _environment(os.environ, {}))  # noqa: S606  no shell is wanted


def _note_start(started: Path, trainer: int) -> None:
    with suppress(OSError):  # a full disk, no descriptor left; the job is found by its liveness lock, log and mark
        own = ProcessIdentity.of(os.getpid())
        identity = None if own is None else {"pid": own.pid, "started_ticks": own.started_ticks, "boot": own.boot}
        atomic.write_json(started, {"pid": trainer, "attendant": identity})


def _reserve(exit_file: Path) -> None:
    """Keep some space for the exit record, in case the disk is full by then."""
    with suppress(OSError):
        exit_file.with_suffix(".reserve").write_bytes(bytes(RESERVE_BYTES))


def _record(exit_file: Path, exit_code: int, error: str | None = None, received: int | None = None) -> None:
    kibibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    document = {"exit_code": exit_code, "ended": time.time(), "error": error, "max_rss_mib": kibibytes // 1024}
    document["signal"] = received
    with suppress(OSError):
        exit_file.with_suffix(".reserve").unlink(missing_ok=True)
    give_up_at = time.monotonic() + RETRY_FOR_S
    while True:
        try:
            atomic.write_json(exit_file, document)
        except FileNotFoundError:
            return  # the run's folder is gone, and with it whoever wants to know
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(TICK_S)
        else:
            return


class ProcessWatch:
    """Waits for the trainer and for everything that it leaves behind, and ends what does not end by itself."""

    def __init__(self, trainer: int, beside: int | None = None) -> None:
        self.trainer = trainer
        self._beside = beside
        self.exit_code: int | None = None
        self.received: int | None = None
        """The first signal that asked for the end."""
        self._terminate_at: float | None = None
        self._kill_at: float | None = None

    def until_all_is_gone(self) -> int:
        """Return the trainer's exit code once no process of the job is left."""
        while self._reap() and not self._is_beside_stuck():
            self._escalate(time.monotonic())
            received = signal.sigtimedwait(_LISTENED, self._patience())
            if received is not None and received.si_signo != signal.SIGCHLD:
                self.received = self.received or received.si_signo
                self._terminate_at = self._terminate_at or time.monotonic()
        return CANNOT_START if self.exit_code is None else self.exit_code

    def _reap(self) -> bool:
        """Collect what has ended; whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._beside:
                self._beside = None
            if pid == self.trainer:
                self.exit_code = os.waitstatus_to_exitcode(status)
                self._terminate_at = self._terminate_at or time.monotonic() + LINGER_S
                if self._beside is not None:
                    os.kill(self._beside, signal.SIGTERM)

    def _is_beside_stuck(self) -> bool:
        """Whether nothing is left but what ran beside, and not even SIGKILL ends that: a driver that hangs."""
        if self._beside is None or self._kill_at is None or time.monotonic() < self._kill_at + GRACE_S:
            return False
        try:
            return descendants(os.getpid()) == [self._beside]
        except OSError:
            return False

    def _escalate(self, now: float) -> None:
        if self._terminate_at is None or now < self._terminate_at:
            return
        if self._kill_at is None:
            self._kill_at = now + GRACE_S
            self._signal_all(signal.SIGTERM)
        elif now >= self._kill_at:
            self._signal_all(signal.SIGKILL)

    def _signal_all(self, number: int) -> None:
        """Signal the trainer's process group, and whatever has left it."""
        if self.exit_code is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.trainer, number)
        try:
            left = descendants(os.getpid())
        except OSError:
            return  # no descriptor left to look with; the next round looks again
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                if os.getpgid(pid) != self.trainer or self.exit_code is not None:
                    os.kill(pid, number)

    def _patience(self) -> float:
        """Seconds until there is something to do even if nothing happens."""
        now = time.monotonic()
        if self._kill_at is not None:
            return 0.1 if now >= self._kill_at else min(TICK_S, self._kill_at - now)
        if self._terminate_at is not None:
            return min(TICK_S, max(0.01, self._terminate_at - now))
        return TICK_S


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
