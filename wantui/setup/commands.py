"""The values of the setup room: a command, and what it brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.errors import MachineError

if TYPE_CHECKING:
    from wantui.setup.estimates import DiskNeed


class SetupError(MachineError):
    """A setup that cannot go on; the message says what is missing and how to fix it."""


@dataclass(frozen=True, slots=True)
class SetupCommand:
    """One command of a step."""

    says: str
    """What it does, as a verb phrase."""
    argv: tuple[str, ...]
    env: dict[str, str]
    """Set on top of the environment."""
    loads: int = 0
    """Bytes that come over the network, estimated."""
    room: tuple[DiskNeed, ...] = ()
    """What stays on which disk, estimated."""
    seconds: float = 0.0
    """How long it takes, estimated."""
    cure: str = ""
    """What to do where it fails again and again, as an imperative; empty where nothing is known."""
