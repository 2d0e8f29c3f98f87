"""What the rooms below complain of, in the one kind that the screen catches."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wantui.services.values import BackendError, CaptionConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator


def room_errors() -> tuple[type[Exception], ...]:
    """The base errors of the rooms: their messages are fit to be shown. Asked for when something is wrong."""
    from wantui.caches.model import CacheError  # noqa: PLC0415  see above, likewise those below
    from wantui.config import ConfigError  # noqa: PLC0415
    from wantui.dataset.model import DatasetError  # noqa: PLC0415
    from wantui.gpus.model import GpuError  # noqa: PLC0415
    from wantui.jobs.model import JobError  # noqa: PLC0415
    from wantui.journal.errors import WorkbenchError  # noqa: PLC0415
    from wantui.paths import WorkspaceError  # noqa: PLC0415
    from wantui.runs.request import PlanError  # noqa: PLC0415
    from wantui.trainer.model import TrainerError  # noqa: PLC0415

    return (
        ConfigError, WorkspaceError, DatasetError, CacheError, GpuError, JobError, PlanError, TrainerError,
        WorkbenchError,
    )  # fmt: skip


def conflict_errors() -> tuple[type[Exception], ...]:
    """Those of them that tell of somebody else's change."""
    from wantui.dataset.captions import CaptionChangedError  # noqa: PLC0415  as above
    from wantui.journal.errors import ConflictError  # noqa: PLC0415

    return (CaptionChangedError, ConflictError)


@contextmanager
def told_as_backend_error() -> Iterator[None]:
    """What the rooms complain of, in the one kind that the screen catches."""
    try:
        yield
    except conflict_errors() as error:
        raise CaptionConflictError(str(error)) from error
    except room_errors() as error:
        raise BackendError(str(error)) from error
    except OSError as error:
        from wantui.access import explain  # noqa: PLC0415  as above

        raise BackendError(explain(error)) from error
