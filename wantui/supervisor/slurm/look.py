"""What Slurm says of our jobs, asked now and then in the background."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wantui.slurm.jobs import listing_command, read_listing
from wantui.supervisor.slurm.calls import Call

if TYPE_CHECKING:
    from wantui.slurm.commands import SlurmError
    from wantui.slurm.jobs import SlurmJob

HURRIED_S = 1.0
"""Between two questions while something changes: a job was submitted, has ended, or is to end."""
STEADY_S = 10.0
"""Otherwise: what the records of the nodes tell is seen at once anyhow."""
HURRY_FOR_S = 30.0
AFTER_ERROR_S = 5.0


class SlurmLook:
    """The latest listing of this user's jobs."""

    def __init__(self) -> None:
        self.jobs: tuple[SlurmJob, ...] = ()
        self.asked_at = -1.0
        """When the latest listing was asked for, by `time.monotonic`; before 0: there is none."""
        self.error: SlurmError | None = None
        """Why there is no newer one."""
        self._call: Call | None = None
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

    def knows_since(self, moment: float) -> bool:
        """Whether there is a listing that was asked for after a moment, by `time.monotonic`."""
        return self.asked_at > moment
