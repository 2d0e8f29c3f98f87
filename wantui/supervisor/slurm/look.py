"""What Slurm says of our jobs, asked now and then in the background."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wantui.slurm.jobs import listing_command, read_listing
from wantui.slurm.queue import COMMAND, place_of, read_queue
from wantui.supervisor.slurm.calls import Call

if TYPE_CHECKING:
    from wantui.slurm.commands import SlurmError
    from wantui.slurm.jobs import SlurmJob
    from wantui.slurm.queue import QueuedJob

HURRIED_S = 1.0
"""Between two questions while something changes: a job was submitted, has ended, or is to end."""
STEADY_S = 10.0
"""Otherwise: what the records of the nodes tell is seen at once anyhow."""
HURRY_FOR_S = 30.0
AFTER_ERROR_S = 5.0
QUEUE_S = 15.0
"""Between two looks at the whole queue."""


class SlurmLook:
    """The latest listing of this user's jobs."""

    def __init__(self) -> None:
        self.jobs: tuple[SlurmJob, ...] = ()
        self.asked_at = -1.0
        """When the latest listing was asked for, by `time.monotonic`; before 0: there is none."""
        self.error: SlurmError | None = None
        """Why there is no newer one."""
        self.queue: tuple[QueuedJob, ...] = ()
        """Every job that waits, also of others, as of some seconds ago; empty while none of ours waits."""
        self._call: Call | None = None
        self._queue_call: Call | None = None
        self._queue_at = 0.0
        self._next_at = 0.0
        self._hurry_until = 0.0

    def hurry(self) -> None:
        """Ask often for a while."""
        now = time.monotonic()
        if now >= self._hurry_until and self.error is None:
            self._next_at = min(self._next_at, now)
        self._hurry_until = now + HURRY_FOR_S

    def go_on(self) -> None:
        """Take an answer, and ask where that is due."""
        self._look_at_queue()
        now = time.monotonic()
        if self._call is not None:
            if (outcome := self._call.outcome()) is None:
                return
            self.error = outcome.error
            if outcome.error is None:
                self.jobs, self.asked_at = read_listing(outcome.text), self._call.begun
            pause = AFTER_ERROR_S if outcome.error else HURRIED_S if now < self._hurry_until else STEADY_S
            self._next_at, self._call = now + pause, None
        if now >= self._next_at:
            self._call = Call(listing_command())

    def why_waiting(self, job: SlurmJob) -> str:
        """What a job of the listing waits for, and where it stands in the queue."""
        return job.why_waiting(time.time(), place_of(self.queue, job.id))

    def _look_at_queue(self) -> None:
        """Ask for the jobs of others too while one of ours waits: of those there may be thousands, so seldom."""
        if self._queue_call is not None:
            if (outcome := self._queue_call.outcome()) is None:
                return
            self.queue, self._queue_call = read_queue(outcome.text), None
        if not any(job.state == "PENDING" and job.comment.startswith("wantui ") for job in self.jobs):
            self.queue, self._queue_at = (), 0.0
        elif time.monotonic() >= self._queue_at:
            self._queue_at = time.monotonic() + QUEUE_S
            self._queue_call = Call(COMMAND)

    def knows_since(self, moment: float) -> bool:
        """Whether there is a listing that was asked for after a moment, by `time.monotonic`."""
        return self.asked_at > moment
