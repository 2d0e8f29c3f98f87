"""On the node: see that this start of a job is the one that is wanted, then become its shim.

Slurm runs it by ``batch.sh`` with ``python -I -S``. A controller that has lost its last seconds starts a job again
that it does not know to have started (seen with 22.05, in spite of ``--no-requeue``), so the job itself sees to it
that it trains once: who makes the claim, a file that can be made once, trains; who finds it made leaves.

    on_node.py ORDER.json        an `Order`, in the folder of the run
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3]))  # last: only wantui's own modules are wanted from there

from wantui import atomic
from wantui.jobs.exits import CANNOT_START


@dataclass(frozen=True, slots=True)
class Order:
    """What to start; the names are those of files in the folder of the run."""

    token: str
    """Of the submission; another one in `submission` means that this start is of the past."""
    submission: str
    claim: str
    lock: str
    log: str
    task: str
    """A `wantui.supervisor.shim.ShimTask`."""
    exit: str
    cwd: str
    """Where the trainer works, as an absolute path."""


def main(order_file: str) -> int:
    """Become the shim; 0 where there is nothing to do."""
    path = Path(order_file)
    order = Order(**json.loads(path.read_text(encoding="utf-8")))
    folder = path.parent
    if _token(folder / order.submission) != order.token:
        _say("this job was submitted anew or has ended: nothing to do")
        return 0
    if not _claim(folder / order.claim, order.token):
        _say("this job has been started before: it does not train twice")
        return 0
    try:
        _become_shim(folder, order)
    except OSError as error:
        _say(f"{order.cwd}: {error}")
        record = {"exit_code": CANNOT_START, "ended": time.time(), "max_rss_mib": None}
        where = os.environ.get("SLURMD_NODENAME", "the node")
        says = f"cannot be started on {where}: {error.filename or order.cwd}: {error.strerror}"
        atomic.write_json(folder / order.exit, record | {"error": says})
    return 0


def _say(what: str) -> None:
    print(f"wantui: {what}", flush=True)  # noqa: T201  to the file that Slurm keeps


def _token(submission: Path) -> str | None:
    try:
        return str(json.loads(submission.read_text(encoding="utf-8"))["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _claim(claim: Path, token: str) -> bool:
    """Whether nobody has started this attempt so far; from here on somebody has.

    ``O_EXCL`` is kept by network disks too (NFS from its version 3 on, Lustre, BeeGFS, GPFS).
    """
    ticket, node = os.environ.get("SLURM_JOB_ID"), os.environ.get("SLURMD_NODENAME")
    said = {"token": token, "ticket": ticket, "node": node, "time": time.time()}
    try:
        descriptor = os.open(claim, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(said, file)
        file.flush()
        os.fsync(file.fileno())
    return True


def _become_shim(folder: Path, order: Order) -> None:
    """Hold the lock as standard input and the log as output, as every job's shim does, and become it."""
    os.chdir(order.cwd)
    lock = os.open(folder / order.lock, os.O_RDWR | os.O_CREAT, 0o600)
    with suppress(OSError):  # a disk without locks: Slurm alone knows whether it lives
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    log = os.open(folder / order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.dup2(lock, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.set_inheritable(here, True)
    shim = Path(__file__).resolve().parents[1] / "shim.py"
    argv = [sys.executable, "-I", "-S", str(shim), order.task, str(here)]
    os.execv(argv[0], argv)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
