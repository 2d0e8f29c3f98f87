"""What the rooms below complain of, in the one kind that the screen catches."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wantui.caches.model import CacheError
from wantui.config import ConfigError
from wantui.dataset.captions import CaptionChangedError
from wantui.dataset.model import DatasetError
from wantui.gpus.model import GpuError
from wantui.jobs.model import JobError
from wantui.paths import WorkspaceError
from wantui.pipeline.request import PlanError
from wantui.trainer.protocol import TrainerError
from wantui.ui.data.backend import BackendError, CaptionConflictError
from wantui.workbench.errors import ConflictError, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM_ERRORS = (
    ConfigError, WorkspaceError, DatasetError, CacheError, GpuError, JobError, PlanError, TrainerError,
    WorkbenchError,
)  # fmt: skip
"""The base errors of the rooms: their messages are fit to be shown."""


@contextmanager
def told_as_backend_error() -> Iterator[None]:
    """What the rooms complain of, in the one kind that the screen catches."""
    try:
        yield
    except (CaptionChangedError, ConflictError) as error:
        raise CaptionConflictError(str(error)) from error
    except ROOM_ERRORS as error:
        raise BackendError(str(error)) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise BackendError(f"{where}{error.strerror or error}") from error
