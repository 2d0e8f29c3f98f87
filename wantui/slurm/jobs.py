"""Jobs as ``squeue`` and ``sacct`` list them, and what their states mean.

Text in columns, not ``--json``: it is the same in every version (22.05's ``--json`` lists the jobs of all users,
whatever is asked for), and a comment comes last, so that nothing in it can be taken for a column.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.formatting import clock
from wantui.jobs.model import InterruptedBy, Interruption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.slurm.queue import QueuePlace

_COLUMNS = "%i|%T|%r|%N|%S|%k"
"""Id, state, reason, nodes, when it starts or has started, comment (``squeue(1)``)."""
_WAITING = frozenset(
    {
        "PENDING", "CONFIGURING", "SUSPENDED", "STOPPED", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD",
        "SPECIAL_EXIT",
    }
)  # fmt: skip
_ENDS = {
    "CANCELLED": (InterruptedBy.CANCELLED, "cancelled in Slurm (`scancel`), not by wantui"),
    "TIMEOUT": (InterruptedBy.TIME_LIMIT, "its time limit in Slurm has come"),
    "DEADLINE": (InterruptedBy.TIME_LIMIT, "its deadline in Slurm has come"),
    "PREEMPTED": (InterruptedBy.PREEMPTED, "Slurm has ended it for a job that goes first"),
    "REVOKED": (InterruptedBy.CANCELLED, "taken over by another cluster"),
    "NODE_FAIL": (InterruptedBy.NODE, "its node has failed"),
    "BOOT_FAIL": (InterruptedBy.NODE, "its node could not be started"),
    "OUT_OF_MEMORY": (InterruptedBy.MEMORY, "it took more memory of its node than Slurm had given it"),
}
_HAVE_ENDED = frozenset({*_ENDS, "COMPLETED", "FAILED"})
_REASONS = {
    "Resources": "no node is free",
    "Priority": "jobs before it go first",
    "Dependency": "another job has to end first",
    "BeginTime": "its time to begin has not come",
    "JobHeldUser": "held by a person; `scontrol release {id}` releases it",
    "JobHeldAdmin": "held by an administrator",
    "PartitionDown": "the partition is down",
    "PartitionInactive": "the partition starts nothing at the moment",
    "PartitionTimeLimit": "it asks for more time than the partition allows",
    "PartitionNodeLimit": "it asks for nodes that the partition does not have",
    "ReqNodeNotAvail": "a node that it needs is not available",
    "Reservation": "its reservation has not begun",
    "launch failed requeued held": "its start failed, and Slurm holds it; `scontrol release {id}` tries again",
    "None": "Slurm has not looked at it yet",
}


@dataclass(frozen=True, slots=True)
class SlurmJob:
    """A job at one moment."""

    id: str
    state: str
    """In Slurm's word: ``PENDING``."""
    reason: str = "None"
    """Why it waits, or has ended, in Slurm's word."""
    nodes: str = ""
    starts: float | None = None
    """When it has started, or will by Slurm's reckoning; seconds since 1970."""
    comment: str = ""

    @property
    def waits(self) -> bool:
        """Whether it does not run yet, or not at the moment."""
        return self.state in _WAITING

    @property
    def has_ended(self) -> bool:
        """Whether it runs no longer."""
        return self.state in _HAVE_ENDED

    def why_waiting(self, now: float, place: QueuePlace | None = None) -> str:
        """What it waits for, as a sentence.

        Args:
            now: seconds since 1970.
            place: where it stands among the jobs that wait; None: that is not known.
        """
        if self.state == "SUSPENDED":
            return f"Slurm {self.id}: suspended"
        if self.state == "CONFIGURING":
            return f"Slurm {self.id}: its node is made ready"
        means = _REASONS.get(self.reason.partition(",")[0])
        why = self.reason if means is None else f"{self.reason}, {means.format(id=self.id)}"
        when = f"; expected to start at {clock(self.starts, now=now)}" if self.starts and self.starts > now else ""
        where = "" if place is None else f"{place}: "
        return f"Slurm {self.id}: {where}{why}{when}"

    @property
    def interruption(self) -> Interruption | None:
        """What has ended it from outside; None where nothing did, as far as Slurm knows."""
        if self.state not in _ENDS:
            return None
        by, says = _ENDS[self.state]
        return Interruption(by, f"{says} (Slurm {self.id})")


def listing_command(user: int | None = None) -> list[str]:
    """Lists the jobs of a user that have not ended, and for some minutes those that have (``MinJobAge``)."""
    user = os.getuid() if user is None else user
    return ["squeue", "--noheader", "--states=all", f"--user={user}", f"--format={_COLUMNS}"]


def accounting_command(ticket: str) -> list[str]:
    """Asks for one job that has ended, where Slurm keeps accounts."""
    columns = "--format=JobID,State,NodeList,JobName"
    return ["sacct", "--noheader", "--parsable2", "--allocations", f"--jobs={ticket}", columns]


def read_listing(text: str) -> tuple[SlurmJob, ...]:
    """The jobs that `listing_command` has printed; lines of another form are passed over."""
    columns = [line.split("|", 5) for line in text.splitlines()]
    return tuple(
        SlurmJob(id_, state, reason, nodes, _seconds(starts), "" if comment == "(null)" else comment)
        for id_, state, reason, nodes, starts, comment in (each for each in columns if len(each) == 6)  # noqa: PLR2004
    )


def read_accounts(text: str, ticket: str, name: str) -> SlurmJob | None:
    """The job that `accounting_command` has printed; None where Slurm has no account of it.

    The state may say who: ``CANCELLED by 1000``.

    Args:
        text: what was printed.
        ticket: the number that was asked for.
        name: of the job, for a number may be another's.
    """
    for line in text.splitlines():
        id_, state, nodes, named = (*line.split("|", 3), "", "", "", "")[:4]
        if (id_, named) == (ticket, name) and state:
            return SlurmJob(id_, state.split()[0], nodes=nodes)
    return None


def find(jobs: Iterable[SlurmJob], ticket: str | None, token: str) -> SlurmJob | None:
    """The job with that token in its comment; where a cluster takes comments away, the one of that number.

    A number alone says little: a controller that has lost its last seconds gives it to another job (seen with 22.05).
    """
    for job in jobs:
        if token in job.comment.split() or (ticket == job.id and not job.comment):
            return job
    return None


def _seconds(written: str) -> float | None:
    return float(written) if written.isdecimal() else None
