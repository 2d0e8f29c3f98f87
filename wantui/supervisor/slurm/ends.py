"""What has ended a job from outside: the signal that its shim got, and Slurm's word, put together."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from wantui.jobs.model import InterruptedBy, Interruption

if TYPE_CHECKING:
    from wantui.jobs.store import ExitRecord
    from wantui.slurm.jobs import SlurmJob

BY_LIMIT = signal.SIGUSR1
"""What ``sbatch --signal`` sends before the time limit."""


def why_ended(ended: ExitRecord, listed: SlurmJob | None) -> Interruption | None:
    """What has ended from outside a job that its shim saw end badly; None: nothing did.

    The signal before the time limit is our own agreement with Slurm, so it counts more than the state: the shim then
    ends well, and Slurm calls that ``COMPLETED``.
    """
    if ended.signal == BY_LIMIT:
        return Interruption(InterruptedBy.TIME_LIMIT, "its time limit in Slurm has come")
    if listed is not None and listed.interruption is not None:
        return listed.interruption
    if listed is not None and listed.waits:
        return Interruption(InterruptedBy.PREEMPTED, f"Slurm has put it back into its queue (Slurm {listed.id})")
    if ended.signal is not None:
        return Interruption(InterruptedBy.CANCELLED, "ended from outside; Slurm no longer says by whom")
    return None
