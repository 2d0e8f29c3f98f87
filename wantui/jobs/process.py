"""Processes by an identity that a reused process id cannot fake."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process of one boot of one machine. For signalling only: that a job lives is told by its lifeline."""

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


@cache
def boot_id() -> str:
    """The kernel's random id of this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def read_stat(pid: int) -> ProcessStat | None:
    """Read ``/proc/PID/stat``; None when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = text.rpartition(b")")[2].split()
    return ProcessStat(pid, fields[0].decode("ascii"), int(fields[1]), int(fields[19]))


def processes_marked(mark: str) -> list[int]:
    """The processes of this user whose environment holds the line `mark` (``NAME=value``), zombies left out.

    An environment is inherited by everything a job starts, however it detaches itself, so a mark finds what has
    escaped from process group, session and parent.
    """
    wanted = mark.encode()
    found = []
    for entry in os.listdir("/proc"):  # noqa: PTH208  names are all that is needed
        if not entry.isdigit():
            continue
        try:
            environment = Path(f"/proc/{entry}/environ").read_bytes()
        except OSError:
            continue
        if wanted in environment.split(b"\0"):
            found.append(int(entry))
    return found


def descendants(of: int) -> list[int]:
    """Every living process below `of` in the tree of parents, nearest first."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if entry.isdigit() and (stat := read_stat(int(entry))) is not None and stat.state not in "ZX":
            children.setdefault(stat.parent, []).append(stat.pid)
    found: list[int] = []
    level = children.get(of, [])
    while level:
        found += level
        level = [child for parent in level for child in children.get(parent, [])]
    return found
