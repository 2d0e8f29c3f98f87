"""Leases: which job has which GPU, agreed between the supervisors of all workspaces of one user on one machine.

A lease is a small file that names a job and its liveness lock, a file that the job's processes keep locked for as
long as one of them lives. The lease holds exactly as long as that lock. Nobody has to be alive to give a lease back:
when the last process of the job is gone, however it ended, the kernel lets go of the lock, and the lease is void.
Where the lock's file was removed under the job, its log tells: who still has it as output, lives.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui import atomic, locks, reading
from wantui.gpus.model import GpuError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST_LEASE = 1 << 20
"""Bytes of a lease's file, which has a few hundred."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A GPU in the hands of a job."""

    uuid: str
    """The GPU's."""
    job: str
    """``RUN.KIND`` in its workspace."""
    workspace: str
    """The workspace's folder."""
    liveness_lock: Path
    """A file that is locked as long as the lease holds."""
    log: Path
    """The file that the job's output goes to."""
    pid: int
    """Process id of who took the lease, for a person who looks into the file."""

    def to_document(self) -> dict[str, Any]:
        """As the file holds it."""
        document = asdict(self)
        del document["liveness_lock"]
        return document | {"lifeline": str(self.liveness_lock), "log": str(self.log)}

    @classmethod
    def from_document(cls, document: Any) -> Lease:
        """Read what `to_document` made.

        Raises:
            KeyError, TypeError, ValueError: it is no lease.
        """
        return cls(
            uuid=str(document["uuid"]),
            job=str(document["job"]),
            workspace=str(document["workspace"]),
            liveness_lock=Path(document["lifeline"]),
            log=Path(document.get("log", "/nonexistent")),
            pid=int(document["pid"]),
        )


class Leases:
    """The leases in a folder that all supervisors of this user share; on a local disk, for the sake of its locks."""

    def __init__(self, folder: Path, is_alive: Callable[[Path, Path], bool]) -> None:
        """Agree with whoever uses the same folder.

        Args:
            folder: made if need be.
            is_alive: whether a job lives, by its liveness lock and its log (`wantui.jobs.liveness.is_alive`).
        """
        self._folder = folder
        self._is_alive = is_alive

    def acquire(self, uuid: str, *, job: str, workspace: str, liveness_lock: Path, log: Path) -> bool:
        """Take a GPU for a job whose liveness lock the caller holds already; False where another live lease is on it.

        Raises:
            GpuError: the folder is not writable.
        """
        with self._alone():
            present = self._read(self._file(uuid))
            if present is not None and present.liveness_lock != liveness_lock and self._holds(present):
                return False
            lease = Lease(uuid, job, workspace, liveness_lock, log, os.getpid())
            atomic.write_json(self._file(uuid), lease.to_document())
            return True

    def release(self, uuid: str, liveness_lock: Path) -> None:
        """Give a GPU back, unless the lease on it is another job's by now.

        Raises:
            GpuError: the folder is not writable.
        """
        with self._alone():
            present = self._read(self._file(uuid))
            if present is not None and present.liveness_lock == liveness_lock:
                self._file(uuid).unlink()

    def is_leased(self, uuid: str, liveness_lock: Path) -> bool:
        """Whether the lease on a GPU is there and names this liveness lock.

        Raises:
            OSError: the file cannot be read at the moment.
        """
        present = self._read(self._file(uuid))
        return present is not None and present.liveness_lock == liveness_lock

    def holders(self) -> dict[str, Lease]:
        """The live leases by the GPU's UUID.

        Raises:
            GpuError: the folder is not readable.
        """
        try:
            names = sorted(name for name in os.listdir(self._folder) if name.endswith(".json"))  # noqa: PTH208
            leases = [self._read(self._folder / name) for name in names if not name.startswith(".")]
            return {lease.uuid: lease for lease in leases if lease is not None and self._holds(lease)}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(error) from error

    def _holds(self, lease: Lease) -> bool:
        return self._is_alive(lease.liveness_lock, lease.log)

    def _file(self, uuid: str) -> Path:
        return self._folder / f"{uuid.replace('/', '_')}.json"

    def _read(self, file: Path) -> Lease | None:
        """The lease in a file; None where there is none. Files are written whole, so a broken one is nobody's."""
        try:
            return Lease.from_document(reading.read_json(file, LARGEST_LEASE))
        except (FileNotFoundError, reading.NotAFileError, reading.FileTooLargeError):
            return None
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every other process out for the few milliseconds that looking and writing take."""
        try:
            with locks.held(self._folder / "mutex"):
                yield
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> GpuError:
        return GpuError(
            f"{self._folder}: GPUs cannot be leased there ({error.strerror or error}); "
            "set WANTUI_RUNTIME_DIR to a writable folder on a local disk"
        )
