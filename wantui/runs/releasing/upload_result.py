"""How the latest upload of a run's release went, where no job has done it: ``upload.json`` in the run's folder.

A job's end is in its record. A verb's is nowhere once its terminal is closed, so it is kept here for the recorder,
which tells of it, and for the next upload, which proposes the same repository.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.jobs.fields import Fields
from wantui.jobs.store import run_folder

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace

_FILE = "upload.json"


@dataclass(frozen=True, slots=True)
class UploadResult:
    """An upload that has ended."""

    run: int
    repository: str
    ended: float
    """Seconds since 1970."""
    files: int = 0
    """That are there, each compared."""
    error: str | None = None
    """Why they are not, or are not known to be; None: they are."""

    def keep(self, workspace: Workspace) -> None:
        """Write it down; a disk that refuses that does not change how the upload went."""
        with suppress(OSError):
            atomic.write_json(_file(workspace, self.run), asdict(self))

    @classmethod
    def of(cls, workspace: Workspace, run: int) -> UploadResult | None:
        """What is kept of a run; None: nothing that can be read."""
        try:
            fields = Fields(reading.read_json(_file(workspace, run)), _FILE)
            repository, error = fields.text("repository"), fields.text_or_none("error")
            return cls(run, repository, fields.number("ended"), fields.integer("files"), error)
        except (OSError, ValueError):
            return None


def _file(workspace: Workspace, run: int) -> Path:
    return run_folder(workspace, run) / _FILE
