"""Where a job stands among those that wait for the same partition."""

from __future__ import annotations

from dataclasses import dataclass

COMMAND = ("squeue", "--noheader", "--states=PENDING", "--sort=-p,i", "--format=%i|%P|%r")
"""Every job that waits and may be seen, the first to start first: by priority, then by number (``squeue(1)``)."""
_DO_NOT_QUEUE = ("Dependency", "BeginTime", "JobHeld")
"""How the reasons begin of jobs that could not start if they were first."""


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job that waits."""

    id: str
    partitions: tuple[str, ...]
    """Where it may run: one of them is enough."""
    reason: str

    @property
    def queues(self) -> bool:
        """Whether it would start if it were first and there were room."""
        return not self.reason.startswith(_DO_NOT_QUEUE)


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a job stands."""

    position: int
    """From 1."""
    count: int
    """Of jobs that wait there."""
    partition: str

    def __str__(self) -> str:
        return f"{self.position} of {self.count} in {self.partition}"


def read_queue(text: str) -> tuple[QueuedJob, ...]:
    """The jobs that `COMMAND` has printed, in its order; lines of another form are passed over."""
    columns = [line.split("|", 2) for line in text.splitlines()]
    return tuple(QueuedJob(each[0], tuple(each[1].split(",")), each[2]) for each in columns if len(each) == 3)  # noqa: PLR2004


def place_of(queue: tuple[QueuedJob, ...], number: str) -> QueuePlace | None:
    """Where a job stands among all that want one of its partitions; None: it waits for something else."""
    own = next((job for job in queue if job.id == number), None)
    if own is None or not own.queues:
        return None
    rivals = [job for job in queue if job.queues and set(own.partitions).intersection(job.partitions)]
    return QueuePlace(rivals.index(own) + 1, len(rivals), ",".join(own.partitions))
