"""Processes by an identity that a reused process id cannot fake."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_NOT_THERE = (FileNotFoundError, ProcessLookupError, PermissionError)
"""What a look at a process meets that is gone, or is another user's."""


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process of one boot of one machine. For signalling only: that a job lives is told by its liveness lock."""

    pid: int
    started_ticks: int
    """Field 22 of ``/proc/PID/stat``: clock ticks between boot and the start of the process (`proc(5)`)."""
    boot: str
    """The kernel's random id of this boot."""

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """The identity of a living process; None when there is none (a zombie is dead)."""
        fields = read_stat(pid)
        if fields is None or fields.state in "ZX":
            return None
        return cls(pid, fields.started_ticks, boot_id())

    @property
    def is_alive(self) -> bool:
        """Whether exactly this process still runs."""
        return ProcessIdentity.of(self.pid) == self

    def signal(self, number: int) -> bool:
        """Send a signal to exactly this process; False when it is gone."""
        if not self.is_alive:
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """The fields of ``/proc/PID/stat`` that are used here."""

    pid: int
    state: str
    parent: int
    started_ticks: int
    group: int
    """Of processes."""
    work_ticks: int
    """Clock ticks that it has reckoned for, in its own code and in the kernel."""


@cache
def boot_id() -> str:
    """The kernel's random id of this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def read_stat(pid: int) -> ProcessStat | None:
    """Read ``/proc/PID/stat``; None when the process is gone.

    Raises:
        OSError: nobody can tell, since this process has no descriptor left for one; that is not the same.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except _NOT_THERE:
        return None
    fields = text.rpartition(b")")[2].split()
    return ProcessStat(
        pid=pid,
        state=fields[0].decode("ascii"),
        parent=int(fields[1]),
        started_ticks=int(fields[19]),
        group=int(fields[2]),
        work_ticks=int(fields[11]) + int(fields[12]),
    )


def work_of_group(group: int) -> tuple[int, ...]:
    """What the processes of a group have done by now: their number, their ticks, the bytes that they moved.

    Two equal answers some time apart: they have done nothing in between.
    """
    members = [stat for pid in _process_ids() if (stat := read_stat(pid)) is not None and stat.group == group]
    return (len(members), sum(stat.work_ticks for stat in members), sum(_moved_bytes(stat.pid) for stat in members))


def _moved_bytes(pid: int) -> int:
    """Bytes that a process has read and written so far (``rchar`` and ``wchar`` of `proc(5)`)."""
    try:
        lines = Path(f"/proc/{pid}/io").read_bytes().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines[:2])


def _process_ids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]  # noqa: PTH208  names are all it takes


def processes_of(marks: Collection[str], log: Path) -> list[int]:
    """The processes of a job that are alive: marked in their environment, or with its log as their output.

    The log is known by its inode, so a job is found whose folder was renamed meanwhile, and is not taken for the job
    of a copy of that folder.

    Args:
        marks: lines of an environment (``NAME=value``), any of which marks the job's processes.
        log: the file that the job's output goes to; it need not be there.
    """
    try:
        file: os.stat_result | None = log.stat()
    except OSError:
        file = None
    lines = {mark.encode() for mark in marks}
    return [pid for pid in _process_ids() if _is_living(pid) and (_is_marked(pid, lines) or _writes_to(pid, file))]


def _is_living(pid: int) -> bool:
    stat = read_stat(pid)
    return stat is not None and stat.state not in "ZX"


def _is_marked(pid: int, lines: Collection[bytes]) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except _NOT_THERE:
        return False
    return not set(environment.split(b"\0")).isdisjoint(lines)


def _writes_to(pid: int, file: os.stat_result | None) -> bool:
    if file is None:
        return False
    for descriptor in (1, 2):
        try:
            if os.path.samestat(os.stat(f"/proc/{pid}/fd/{descriptor}"), file):  # noqa: PTH116  a link of the kernel's
                return True
        except OSError:
            continue
    return False


def processes_marked(mark: str) -> list[int]:
    """The processes of this user whose environment holds the line `mark` (``NAME=value``), zombies left out.

    An environment is inherited by everything a job starts, however it detaches itself, so a mark finds what has
    escaped from process group, session and parent.
    """
    lines = {mark.encode()}
    return [pid for pid in _process_ids() if _is_marked(pid, lines)]


def adopt_orphans() -> None:
    """From now on, what the processes below this one leave behind becomes its child (`prctl(2)`, child subreaper)."""
    import ctypes  # noqa: PLC0415  20 ms that only two small processes have to pay

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(of: int) -> list[int]:
    """Every living process below `of` in the tree of parents, nearest first."""
    children: dict[int, list[int]] = {}
    for pid in _process_ids():
        if (stat := read_stat(pid)) is not None and stat.state not in "ZX":
            children.setdefault(stat.parent, []).append(stat.pid)
    found: list[int] = []
    level = children.get(of, [])
    while level:
        found += level
        level = [child for parent in level for child in children.get(parent, [])]
    return found
