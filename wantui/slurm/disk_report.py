"""What one of several machines has found that try together whether a disk is shared among them."""

from __future__ import annotations

from dataclasses import dataclass, field

PATIENCE_S = 90.0
"""How long each waits for what another has written: a network disk may keep what it knows of a folder for a minute
(``acdirmax`` of `nfs(5)`)."""
REFUSED, GRANTED = "refused", "granted"
"""What became of asking for a lock that another machine has."""


@dataclass(slots=True)
class DiskReport:
    """What one machine has found; it fills it in as it goes on."""

    machine: str
    rank: int
    stage: str = "begin"
    """Where it is, or was when it gave up."""
    missing: list[int] = field(default_factory=list)
    """The ranks of whom nothing was seen at that stage."""
    seen_after_s: float = 0.0
    """How long it took until it saw what all others wrote at the same time."""
    made: list[int] = field(default_factory=list)
    """The numbers of the files that it was the one to make."""
    torn: str | None = None
    """What it saw of a file, while that was replaced, that is neither the old nor the new one."""
    lock: str | None = None
    """`REFUSED`, as it should be, `GRANTED`, or what went wrong."""
    is_freed: bool | None = None
    """Whether it got the lock once its holder had let it go."""
    stuck: bool = False
    """Whether a call of the disk did not return."""
    error: str | None = None
