"""Where a workspace's supervisor is found: its lock, its socket, and the marks beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import locks
from wantui.paths import require_own_folder

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace


GLANCE_S = 0.2
"""How long the lock may be had by somebody who only looks at it, or by a supervisor that was killed and is going."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The files in the workspace's runtime folder that a supervisor and its clients meet at."""

    folder: Path

    @classmethod
    def of(cls, workspace: Workspace) -> Endpoint:
        """The endpoint of `workspace`, its folder made if need be.

        Raises:
            OSError: the folder cannot be made, or is not this user's alone.
        """
        folder = workspace.runtime
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_own_folder(folder)
        return cls(folder)

    @property
    def lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.folder / "supervisor.lock"

    @property
    def holder(self) -> int | None:
        """The process id of who has the lock, as far as it says so; None: nobody has it, or does not say."""
        try:
            if not locks.is_held(self.lock):
                return None
            return int(self.lock.read_bytes()[:20])
        except (OSError, ValueError):
            return None

    @property
    def socket(self) -> Path:
        """One JSON line in, one JSON line out."""
        return self.folder / "supervisor.sock"

    @property
    def starting(self) -> Path:
        """Held by a client while it starts a supervisor, so that two clients do not start two."""
        return self.folder / "starting.lock"

    @property
    def stopped(self) -> Path:
        """There while a person wants no supervisor."""
        return self.folder / "stopped"
