"""How far a download is, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileState(StrEnum):
    """What is being done with a file."""

    WAITING = "waiting"
    CHECKING = "checking"
    """Its bytes here are read, for their sha256."""
    LOADING = "loading"
    RETRYING = "retrying"
    """Something went wrong, and another try comes."""
    THERE = "there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileProgress:
    """One file."""

    key: str
    """The key of ``[models]``."""
    name: str
    target: str
    """Its path."""
    state: FileState = FileState.WAITING
    size: int | None = None
    """Bytes; None until the Hub has said it."""
    done: int = 0
    """Bytes that are here; while it is checked, those that were read again."""
    speed: float | None = None
    """Bytes a second, of the network; None where nothing is loaded."""
    note: str = ""
    """What somebody who looks on should know: why it is tried again, how it came here, why it failed."""


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """All files of a download."""

    pid: int
    task: str
    started: float
    """Seconds since 1970."""
    updated: float
    """Seconds since 1970."""
    files: tuple[FileProgress, ...]
    ended: str | None = None
    """``done``, ``failed`` or ``stopped``; None while it runs, or where it was killed."""
    is_running: bool = True
    """Whether its process is alive: from the lock, not from the file."""

    @property
    def size(self) -> int:
        """Bytes of all files that the Hub has told of."""
        return sum(file.size or 0 for file in self.files)

    @property
    def done(self) -> int:
        """Bytes of all files that are here."""
        return sum(file.done for file in self.files if file.state is not FileState.CHECKING)

    @property
    def speed(self) -> float:
        """Bytes a second of all files together."""
        return sum(file.speed or 0.0 for file in self.files)

    @property
    def eta_s(self) -> float | None:
        """Seconds until all is loaded; None where nothing moves."""
        left = sum((file.size or 0) - file.done for file in self.files if file.state is not FileState.FAILED)
        return left / self.speed if self.speed > 0 else None
