"""What goes wrong with weight files."""

from __future__ import annotations

from wantui.errors import MachineError


class ModelsError(MachineError):
    """Base of the room's errors; the message says which file, what failed, and what to do."""


class HubError(ModelsError):
    """The Hub has refused, or cannot be reached any more."""


class DamagedError(ModelsError):
    """A file that is not what the Hub says it is."""


class BusyError(ModelsError):
    """Another process is at it."""


class StoppedError(ModelsError):
    """Somebody has asked to stop; what has arrived is kept."""


class TransientError(ModelsError):
    """A try that failed in a way that another may not."""

    def __init__(self, message: str, *, wait_s: float | None = None, is_answer: bool = False) -> None:
        """Say what happened.

        Args:
            message: a clause, without the file's name.
            wait_s: seconds that the server asked to wait.
            is_answer: a whole answer came, and it was wrong: trying often helps little.
        """
        super().__init__(message)
        self.wait_s = wait_s
        self.is_answer = is_answer


class ChangedError(TransientError):
    """The file on the Hub is not the one that was begun with."""
